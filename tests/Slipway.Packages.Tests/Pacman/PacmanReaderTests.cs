using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Tests.Pacman;

public sealed class PacmanReaderTests
{
    [Theory]
    [InlineData("--zstd", "zst")]
    [InlineData("--xz", "xz")]
    [InlineData("--gzip", "gz")]
    public void A_package_of_each_compression_is_read_whole(string option, string ending)
    {
        using var temp = new TempDirectory();
        var package = Make(temp, "greet", "1:1.0-2", ["depend = glibc>=2.3", "depend = sh", "provides = hello=2", "conflict = old<1", "replaces = older", "optdepend = sugar: for taste"], option, ending);
        var record = PackageFile.Read(package);
        Assert.Equal(("greet", "1:1.0-2", "x86_64", "greet", "Says hello"), (record.Name, record.Version, record.Architecture, record.Source, record.Summary));
        Assert.Equal(["glibc>=2.3", "sh"], record.Requires);
        Assert.Equal(["hello=2"], record.Provides);
        Assert.Equal(["old<1"], record.Conflicts);
        Assert.Equal(["older"], record.Replaces);
        Assert.Equal(["sugar: for taste"], record.Recommends);
        Assert.Equal((1700000000L, 4096L, "MIT AND GPL"), (record.BuildTime, record.InstalledSize, record.License));
        Assert.Equal(Digest.OfFile(package), record.Digest);
        Assert.Equal(["usr Directory 755", "usr/bin Directory 755", "usr/bin/greet Regular 755 " + Payload.DigestOf("hello greet\n"), "usr/bin/hi Symlink 777 greet"], Payload.Lines(package));
        Assert.Equal(["/usr", "/usr/bin", "/usr/bin/greet", "/usr/bin/hi"], PackageFile.Files(package).Select(f => f.Path.ToString()).Order(StringComparer.Ordinal));
        Assert.Contains("greet 1:1.0-2", Tool.Run("pacman", "--dbpath", temp.Make("db"), "-Qp", package), StringComparison.Ordinal);
    }

    [Fact]
    public void Digests_come_from_the_tree_list_whatever_the_name()
    {
        using var temp = new TempDirectory();
        var root = temp.Make("root");
        File.WriteAllText(Path.Combine(root, ".PKGINFO"), "pkgname = greet\npkgver = 1-1\narch = any\n");
        Directory.CreateDirectory(Path.Combine(root, "usr/share/with blank"));
        File.WriteAllText(Path.Combine(root, "usr/share/with blank/\u00fcber#1"), "some data\n");
        File.WriteAllText(Path.Combine(root, "usr/plain"), "plain\n");
        // As makepkg makes it.
        Tool.RunIn(root, [("LANG", "C")], "bsdtar", "-czf", ".MTREE", "--format=mtree", "--options=!all,use-set,type,uid,gid,mode,time,size,md5,sha256,link", ".PKGINFO", "usr");
        Tool.RunIn(root, [("LANG", "C")], "bsdtar", "--uid", "0", "--gid", "0", "-cf", temp["x.pkg.tar"], ".PKGINFO", ".MTREE", "usr");
        var files = PackageFile.Files(temp["x.pkg.tar"]).Where(f => f.Type == NodeType.Regular).ToDictionary(f => f.Path.ToString(), f => f.Digest);
        Assert.Equal(Digest.Of("plain\n"u8).ToString(), files["/usr/plain"]);
        Assert.Equal(Digest.Of("some data\n"u8).ToString(), files["/usr/share/with blank/\u00fcber#1"]);
        Assert.Equal(2, files.Count);
    }

    [Theory]
    [InlineData("pkgname = ../../etc")]
    [InlineData("pkgver = 1 0")]
    [InlineData("arch = ")]
    [InlineData("just words")]
    public void A_bad_field_is_named(string line)
    {
        using var temp = new TempDirectory();
        var package = Make(temp, "greet", "1.0-1", [], "--gzip", "gz", info => string.Join('\n', info.Split('\n').Select(l => l.Split(' ')[0] == line.Split(' ')[0] ? line : l)) + line + "\n");
        var error = Assert.Throws<SlipwayException>(() => PackageFile.Read(package));
        Assert.Contains(package, error.What, StringComparison.Ordinal);
        Assert.Contains(line.Split(' ')[0], error.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_leads_out_of_the_package_is_refused()
    {
        using var temp = new TempDirectory();
        var root = temp.Make("root");
        File.WriteAllText(Path.Combine(root, "evil"), "x");
        Tool.Run("tar", "-C", root, "--transform", "s,evil,../evil,", "-P", "-czf", temp["x.pkg.tar.gz"], "evil");
        Assert.Throws<SlipwayException>(() => PackageFile.ReadContent(temp["x.pkg.tar.gz"], (_, _) => { }));
        Assert.Throws<SlipwayException>(() => PackageFile.Read(temp["x.pkg.tar.gz"]));
        Assert.Throws<SlipwayException>(() => PackageFile.Read(temp["x.zip"]));
    }

    internal static string Make(TempDirectory temp, string name, string version, string[] lines, string option = "--gzip", string ending = "gz", Func<string, string>? change = null)
    {
        var root = temp.Make($"root-{name}-{version}");
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        File.WriteAllText(Path.Combine(root, "usr/bin", name), $"hello {name}\n");
        Tool.Run("chmod", "755", Path.Combine(root, "usr/bin", name));
        Tool.Run("ln", "-sf", name, Path.Combine(root, "usr/bin/hi"));
        var info = string.Create(CultureInfo.InvariantCulture, $"""
            # made by a test
            pkgname = {name}
            pkgbase = {name}
            pkgver = {version}
            pkgdesc = Says hello
            url = https://example.org/
            builddate = 1700000000
            packager = Some One <one@example.org>
            size = 4096
            arch = x86_64
            license = MIT
            license = GPL
            {string.Join('\n', lines)}

            """);
        File.WriteAllText(Path.Combine(root, ".PKGINFO"), change is null ? info : change(info));
        File.WriteAllText(Path.Combine(root, ".MTREE"), "");
        var package = temp[$"{name}-{version}-x86_64.pkg.tar.{ending}"];
        Tool.Run("tar", "-C", root, option, "--owner=0", "--group=0", "--force-local", "-cf", package, ".PKGINFO", ".MTREE", "usr");
        return package;
    }
}
