using Slipway.Content;

namespace Slipway.Packages.Tests.Debian;

public sealed class DebReaderTests
{
    private const string Control = """
        Package: greet
        Source: greetings (1.9)
        Version: 1:2.0~rc1-3
        Architecture: amd64
        Maintainer: Some One <one@example.org>
        Installed-Size: 12
        Pre-Depends: libfirst (>= 1)
        Depends: libc6 (>= 2.3), a | b (<< 2),
         long-one
        Provides: hello-world (= 2)
        Breaks: old (<< 1)
        Conflicts: other
        Replaces: older
        Homepage: https://example.org/
        Description: says hello
         A longer text.
         .
         Its end.

        """;

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void A_deb_of_each_compression_is_read_whole(string compression)
    {
        using var temp = new TempDirectory();
        var deb = Make(temp, compression);
        var record = PackageFile.Read(deb);
        Assert.Equal(("greet", "1:2.0~rc1-3", "amd64", "greetings"), (record.Name, record.Version, record.Architecture, record.Source));
        Assert.Equal(["libfirst (>= 1)", "libc6 (>= 2.3)", "a | b (<< 2)", "long-one"], record.Requires);
        Assert.Equal(["other", "old (<< 1)"], record.Conflicts);
        Assert.Equal(["hello-world (= 2)"], record.Provides);
        Assert.Equal(["older"], record.Replaces);
        Assert.Equal(("says hello", " A longer text.\n .\n Its end.", 12 << 10), (record.Summary, record.Description, record.InstalledSize));
        Assert.Equal(Digest.OfFile(deb), record.Digest);
        Assert.Equal(Tool.Run("dpkg-deb", "-f", deb, "Maintainer").Trim(), record.Field("maintainer"));
        Assert.Equal(
        [
            $"usr Directory 755", "usr/bin Directory 755", $"usr/bin/greet Regular 755 {Payload.DigestOf("#!/bin/sh\necho hello\n")}",
            "usr/bin/hail HardLink 755 usr/bin/greet", "usr/bin/hi Symlink 777 greet",
        ], Payload.Lines(deb));
        Assert.Contains(PackageFile.Files(deb), f => f.Path.ToString() == "/usr/bin/hi" && f.LinkTarget.ToString() == "greet");
    }

    [Theory]
    [InlineData("Package: ../evil")]
    [InlineData("Package: a/b")]
    [InlineData("Package: ")]
    [InlineData("Version: 1 2")]
    [InlineData("Architecture: amd64/..")]
    public void A_name_that_could_leave_its_place_is_refused(string line)
    {
        using var temp = new TempDirectory();
        var key = line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)];
        var control = string.Join('\n', Control.Split('\n').Select(l => l.StartsWith(key, StringComparison.Ordinal) ? line : l));
        var root = temp.Make("control");
        File.WriteAllText(Path.Combine(root, "control"), control);
        File.WriteAllText(temp["debian-binary"], "2.0\n");
        Tool.Run("tar", "-C", root, "-czf", temp["control.tar.gz"], "./control");
        Tool.Run("tar", "-C", temp.Make("empty"), "-czf", temp["data.tar.gz"], ".");
        var deb = temp["x.deb"];
        Tool.RunIn(temp.Path, [], "ar", "rc", deb, "debian-binary", "control.tar.gz", "data.tar.gz");
        var error = Assert.Throws<SlipwayException>(() => PackageFile.Read(deb));
        Assert.Contains(key[..^1], error.Why, StringComparison.Ordinal);
        Assert.Contains(deb, error.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_and_every_flipped_head_byte_ends_in_a_clear_error_or_a_record()
    {
        using var temp = new TempDirectory();
        var whole = File.ReadAllBytes(Make(temp, "gzip"));
        var refused = 0;
        for (var i = 0; i < whole.Length; i += 1 + i / 64)
        {
            refused += Refused(whole[..i]);
            var flipped = (byte[])whole.Clone();
            flipped[i] ^= 0x41;
            Refused(flipped);
        }
        Assert.True(refused > 50);

        int Refused(byte[] bytes)
        {
            var file = temp["bad.deb"];
            File.WriteAllBytes(file, bytes);
            try
            {
                PackageFile.Read(file);
                PackageFile.ReadContent(file, (_, content) => content?.CopyTo(Stream.Null));
                return 0;
            }
            catch (SlipwayException error)
            {
                Assert.Contains(file, error.What, StringComparison.Ordinal);
                return 1;
            }
        }
    }

    internal static string Make(TempDirectory temp, string compression)
    {
        var root = temp.Make("root-" + compression);
        Directory.CreateDirectory(Path.Combine(root, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        File.WriteAllText(Path.Combine(root, "DEBIAN/control"), Control);
        File.WriteAllText(Path.Combine(root, "usr/bin/greet"), "#!/bin/sh\necho hello\n");
        Tool.Run("chmod", "755", Path.Combine(root, "usr/bin/greet"));
        Tool.Run("ln", Path.Combine(root, "usr/bin/greet"), Path.Combine(root, "usr/bin/hail"));
        Tool.Run("ln", "-s", "greet", Path.Combine(root, "usr/bin/hi"));
        var deb = temp[$"greet-{compression}.deb"];
        Tool.Run("dpkg-deb", "--root-owner-group", $"-Z{compression}", "-b", root, deb);
        return deb;
    }
}
