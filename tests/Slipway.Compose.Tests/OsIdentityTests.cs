namespace Slipway.Compose.Tests;

public sealed class OsIdentityTests
{
    private static OsIdentity Identity(string? build = "abc") => new() { Version = 20, Format = 30, Timestamp = 1_700_000_000, ContentUrl = "http://c.example", VersionUrl = "http://v.example", BuildId = build };

    [Fact]
    public void Version_is_put_where_the_template_has_one() =>
        Assert.Equal("NAME=\"Harbor\"\nVERSION_ID=20\nID=harbor\nBUILD_ID=abc\n", Identity().OsReleaseText("NAME=\"Harbor\"\nVERSION_ID=\"12\"\nID=harbor\n"));

    [Fact]
    public void Version_is_added_where_the_template_has_none() =>
        Assert.Equal("NAME=X\nVERSION_ID=20\n", Identity(build: null).OsReleaseText("NAME=X"));

    [Fact]
    public void Without_template_there_is_still_a_name() => Assert.StartsWith("NAME=", Identity().OsReleaseText(""), StringComparison.Ordinal);

    [Fact]
    public void Stamp_and_addresses_are_what_was_given()
    {
        var files = Identity().Files(null).ToDictionary(f => f.Path, f => System.Text.Encoding.UTF8.GetString(f.Content));
        Assert.Equal("1700000000", files["usr/share/clear/versionstamp"]);
        Assert.Equal("20", files["usr/share/clear/version"]);
        Assert.Equal("http://c.example", files["usr/share/defaults/swupd/contenturl"]);
        Assert.Equal("30", files["usr/share/defaults/swupd/format"]);
        Assert.DoesNotContain("usr/share/clear/update-ca/Swupd_Root.pem", files.Keys);
    }
}
