using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Packages.Tests.Rpm;

/// <summary>Both formats, from files written by their descriptions; what Debian's rpm says of them beside what is read.</summary>
public sealed class RpmFormatTests
{
    private static readonly RpmBuilder.FileEntry[] Tree =
    [
        new("/usr/bin/", "greet", 0x81ed, "#!/bin/sh\necho hello\n", Inode: 7),
        new("/usr/bin/", "hail", 0x81ed, "#!/bin/sh\necho hello\n", Inode: 7),
        new("/usr/bin/", "hi", 0xa1ff, "", "greet"),
        new("/usr/share/", "greet", 0x41ed, ""),
        new("/usr/share/greet/", "data", 0x81a4, "some data\n", Capabilities: "cap_net_raw=ep"),
    ];

    [Theory]
    [InlineData(4, Compression.Gzip)]
    [InlineData(4, Compression.Bzip2)]
    [InlineData(4, Compression.None)]
    [InlineData(6, Compression.Zstd)]
    [InlineData(6, Compression.Xz)]
    [InlineData(6, Compression.None)]
    public void Each_format_is_read_whole(int format, Compression compression)
    {
        using var temp = new TempDirectory();
        var rpm = Write(temp, Builder(format, compression));
        var record = PackageFile.Read(rpm);
        Assert.Equal(("greet", "1.5-3", "x86_64", "greeting"), (record.Name, record.Version, record.Architecture, record.Source));
        Assert.Equal(["greet = 1.5-3"], record.Provides);
        Assert.Equal(Tree.Sum(f => f.Content.Length), record.InstalledSize);
        if (format == 6) Assert.True(record.Rpm!.ArchiveSize > record.InstalledSize);
        var files = PackageFile.Files(rpm);
        Assert.Equal(Tree.Select(f => f.Directory + f.Name), files.Select(f => f.Path.ToString()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("some data\n"u8)), files[^1].Digest);
        Assert.Equal(
        [
            "usr/bin/greet Regular 755 " + Payload.DigestOf("#!/bin/sh\necho hello\n"), "usr/bin/hail HardLink 755 usr/bin/greet", "usr/bin/hi Symlink 777 greet",
            "usr/share/greet Directory 755", "usr/share/greet/data Regular 644 " + Payload.DigestOf("some data\n"),
        ], Payload.Lines(rpm));
        // rpm 4 reads the sixth format's headers, but proves and unpacks only its own.
        Assert.Equal(string.Join('\n', Tree.Select(f => f.Directory + f.Name)), Tool.Run("rpm", "-qpl", "--nosignature", "--nodigest", rpm).Trim());
        if (format == 4) Assert.Contains("digests OK", Tool.Run("rpmkeys", "-K", "--dbpath", temp.Make("db"), rpm), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void A_changed_header_or_payload_is_found_out_by_its_digest(int format)
    {
        using var temp = new TempDirectory();
        var rpm = Write(temp, Builder(format, Compression.None));
        var facts = PackageFile.Read(rpm).Rpm!;
        var whole = File.ReadAllBytes(rpm);
        // The last byte of "some data": the sizes and the cpio stay right.
        var at = whole.AsSpan().LastIndexOf("some data"u8) + 8;
        Tool.Flip(rpm, at);
        Assert.Contains("sha256 of its payload", Assert.Throws<SlipwayException>(() => Payload.Lines(rpm)).Why, StringComparison.Ordinal);
        File.WriteAllBytes(rpm, whole);
        Tool.Flip(rpm, facts.HeaderStart + whole.AsSpan((int)facts.HeaderStart).IndexOf("Says hello"u8));
        Assert.Contains("sha256 of its header", Assert.Throws<SlipwayException>(() => PackageFile.Read(rpm)).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format", "newer than this program knows")]
    [InlineData("payload size", "its header says 1")]
    [InlineData("sha512", "sha512 of its payload")]
    [InlineData("sha3", "sha3-256 of its payload")]
    [InlineData("header sha3", "sha3-256 of its header")]
    [InlineData("form", "`tar`")]
    [InlineData("alignment", "aligned")]
    [InlineData("size", "payload")]
    [InlineData("directory", "not listed")]
    [InlineData("slash", "slash")]
    [InlineData("upwards", "leads out")]
    [InlineData("capability", "cap_everything")]
    public void What_a_header_says_wrongly_is_named(string fault, string why)
    {
        using var temp = new TempDirectory();
        var builder = Builder(6, Compression.Gzip, tags =>
        {
            switch (fault)
            {
                case "format": tags[5114] = (4, 1, RpmBuilder.Big(7, 4)); break;
                case "payload size": tags[5112] = (5, 1, RpmBuilder.Big(1, 8)); break;
                case "sha512": tags.Remove(5092); tags[5121] = RpmBuilder.Text("00"); break;
                case "sha3": tags.Remove(5092); tags.Remove(5121); tags[5123] = RpmBuilder.Text("00"); break;
                case "form": tags[1124] = RpmBuilder.Text("tar"); break;
                case "alignment":
                    tags[1048] = (4, 1, RpmBuilder.Big(0x100000a, 4));
                    tags[1049] = RpmBuilder.Texts(["rpmlib(PayloadAlignment)"]);
                    tags[1050] = RpmBuilder.Texts(["6.2.0-1"]);
                    break;
                case "size": tags[5008].Value[^1] += 40; break;
                case "directory": tags[1116].Value[^1] = 9; break;
                case "slash": tags[1117] = RpmBuilder.Texts(Tree.Select(f => f.Name == "data" ? "da/ta" : f.Name)); break;
                case "upwards": tags[1118] = RpmBuilder.Texts(["/usr/bin/", "/usr/share/", "/usr/../../"]); break;
                case "capability": tags[5010] = RpmBuilder.Texts(Tree.Select(f => f.Name == "data" ? "cap_everything=ep" : "")); break;
                default: break;
            }
        }, signature =>
        {
            if (fault != "header sha3") return;
            signature.Remove(273);
            signature[279] = RpmBuilder.Text("00");
        });
        // Where this machine's OpenSSL has no SHA-3, nothing can be said of it.
        if (fault.EndsWith("sha3", StringComparison.Ordinal) && !SHA3_256.IsSupported) return;
        var rpm = Write(temp, builder);
        var error = Assert.Throws<SlipwayException>(() =>
        {
            PackageFile.Read(rpm);
            Payload.Lines(rpm);
        });
        Assert.Contains(why, error.Why, StringComparison.Ordinal);
        Assert.Contains(rpm, error.What, StringComparison.Ordinal);
    }

    internal static RpmBuilder Builder(int format, Compression compression, Action<SortedDictionary<int, (int Type, int Count, byte[] Value)>>? header = null,
        Action<SortedDictionary<int, (int Type, int Count, byte[] Value)>>? signature = null)
    {
        var builder = new RpmBuilder(format) { Compression = compression, Header = header ?? (_ => { }), Signature = signature ?? (_ => { }) };
        builder.Files.AddRange(Tree);
        return builder;
    }

    private static string Write(TempDirectory temp, RpmBuilder builder)
    {
        File.WriteAllBytes(temp["greet.rpm"], builder.Build());
        return temp["greet.rpm"];
    }
}
