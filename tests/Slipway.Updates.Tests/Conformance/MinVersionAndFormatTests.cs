using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern minimum versions and changes of format (cases 17 to 19, 27, 28).</summary>
public sealed class MinVersionAndFormatTests : IDisposable
{
    private readonly TestRelease _os = new();

    public MinVersionAndFormatTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "17")]
    public void A_minimum_version_lifts_present_records_only_and_is_inherited_without_lifting_again()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10);
        _os.Build(30, 20, minVersion: 30);
        Assert.Equal("F... 30", _os.Row(30, "b", "/usr/share/y"));
        Assert.Equal(".d.. 20", _os.Row(30, "b", "/usr/share/x"));
        Assert.Equal(30u, _os.Read(30, "MoM").MinVersion);
        Assert.Equal(0u, _os.Read(30, "b").MinVersion);
        _os.File("/usr/share/z", "1", bundle: "b");
        _os.Build(40, 30);
        Assert.Equal(30u, _os.Read(40, "MoM").MinVersion);
        Assert.Equal("F... 30", _os.Row(40, "b", "/usr/share/y"));
    }

    [Fact]
    [Trait("case", "18")]
    public void A_change_of_format_forgets_old_deletions()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10, format: 29);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10, format: 29);
        _os.Build(30, 20, minVersion: 30, format: 30);
        Assert.Null(_os.Row(30, "b", "/usr/share/x"));
    }

    [Fact]
    [Trait("case", "19")]
    public void A_minimum_version_above_the_version_is_refused() =>
        Assert.Throws<SlipwayException>(() => _os.Build(10, minVersion: 11));

    [Theory]
    [Trait("case", "28")]
    [InlineData(26, "M... 10")]
    [InlineData(27, "Me.. 10")]
    [InlineData(30, "Me.. 10")]
    public void An_experimental_bundle_is_marked_from_format_27_on(int format, string row)
    {
        _os["b"].Status = "Experimental";
        _os.Build(10, format: format);
        Assert.Equal(row, _os.Row(10, "MoM", "b"));
        _os["b"].Status = "";
        _os.File("/usr/lib/os-release", "20");
        _os.Build(20, 10, format: format);
        Assert.Equal(row, _os.Row(20, "MoM", "b"));
    }

    [Theory]
    [Trait("case", "27")]
    [InlineData(25, 1_999_999_999)]
    [InlineData(26, 2_000_000_002)]
    public void Format_25_alone_caps_the_content_size_of_bundles(int format, ulong size)
    {
        using var tree = new TemporaryDirectory();
        var full = Directory.CreateDirectory(tree["image/10/full"]).FullName;
        // Sparse, and with its hash beside it: nothing of it is read or written.
        using (var file = File.Create(Path.Combine(full, "large"))) file.SetLength(2_000_000_000);
        File.WriteAllText(Path.Combine(full, "ab"), "ab");
        File.SetUnixFileMode(Path.Combine(full, "large"), (UnixFileMode)420);
        File.WriteAllBytes(tree[$"image/10/{NodeRecords.FileName}"], NodeRecords.ToBytes(
            [new NodeRecord(BytePath.From("/large"), SwupdHash.Parse(new string('7', 64)), null, 420, 0, 0, 2_000_000_000)]));
        File.WriteAllText(tree["image/10/os-core-info"], """{"Files":{"/large":false,"/ab":false}}""");
        File.WriteAllText(tree["groups.ini"], "[os-core]\n");
        ContentCreation.Create(
            new CreateOptions { StateDirectory = tree.Path, Version = 10, Format = format, Timestamp = 1, Fullfiles = false, Packs = false },
            TestContext.Current.CancellationToken);
        Assert.Equal(size, Read("os-core"));
        Assert.Equal(2_000_000_002ul, Read("full"));

        ulong Read(string name) => Manifest.Parse(File.ReadAllBytes(tree[$"www/10/Manifest.{name}"]), name).ContentSize;
    }
}
