using System.Text;
using System.Text.Json;
using Slipway.Compose.Bundles;
using Slipway.Compose.Payloads;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.Updates;

namespace Slipway.Compose.Tests;

/// <summary>Composes from packages that Debian's own tool made.</summary>
public sealed class ComposerTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();
    private readonly ContentStore _store;

    public ComposerTests() => _store = new ContentStore(_place["store"]);

    public void Dispose() => _place.Dispose();

    private string Root(uint version) => _place[$"mix/image/{version}/full"];

    private ResolvedPackage Package(string name, string version, Action<string> fill)
    {
        var tree = _place[$"tree-{name}-{version}"];
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), $"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: T <t@t.example>\nDescription: t\n");
        File.WriteAllText(Path.Combine(tree, "DEBIAN/postinst"), "#!/bin/sh\ntouch /slipway-script-was-run\n");
        File.SetUnixFileMode(Path.Combine(tree, "DEBIAN/postinst"), (UnixFileMode)0x1ed);
        fill(tree);
        var deb = _place[$"{name}-{version}.deb"];
        ChildProcess.Run(new("dpkg-deb", ["--build", "--root-owner-group", "-z1", tree, deb])).Require("make a package");
        return new ResolvedPackage(name, version, "all", "test", deb, _store.AddFile(deb), new FileInfo(deb).Length, "");
    }

    private static void Write(string tree, string path, string text, int mode = 0x1a4)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!);
        File.WriteAllText(Path.Combine(tree, path), text);
        File.SetUnixFileMode(Path.Combine(tree, path), (UnixFileMode)mode);
    }

    private Composition Compose(uint version, string? content, params (string Bundle, string Text, ResolvedPackage[] Packages)[] bundles)
    {
        var errors = new List<ConfigError>();
        var set = BundleSet.Close(bundles.Select(b => b.Bundle), bundles.ToDictionary(b => b.Bundle, b => BundleParser.Parse(b.Bundle, b.Bundle, b.Text, errors)), "", errors);
        Assert.Empty(errors);
        return new Composer(new PayloadStore(_place["payloads"], _store), _store).Compose(new ComposeOptions
        {
            StateDirectory = _place["mix"],
            Bundles = set,
            Resolved = [.. bundles.Select(b => new ResolvedBundle(b.Bundle, b.Packages))],
            Type = PackageType.Deb,
            ContentDirectory = content,
            Identity = new OsIdentity { Version = version, Format = 30, Timestamp = 1_700_000_000, ContentUrl = "http://c.example", VersionUrl = "http://v.example" },
        }, TestContext.Current.CancellationToken);
    }

    private Dictionary<string, bool> FilesOf(uint version, string bundle) =>
        JsonDocument.Parse(File.ReadAllBytes(_place[$"mix/image/{version}/{bundle}-info"])).RootElement.GetProperty("Files").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetBoolean());

    [Fact]
    public void Root_has_modes_links_and_folded_directories_and_no_script_was_run()
    {
        var package = Package("base", "1", tree =>
        {
            Write(tree, "bin/tool", "tool", 0x9ed);
            File.CreateSymbolicLink(Path.Combine(tree, "bin/alias"), "tool");
            ChildProcess.Run(new("ln", Path.Combine(tree, "bin/tool"), Path.Combine(tree, "bin/twin"))).Require("link");
            Write(tree, "sbin/admin", "admin", 0x1ed);
            Write(tree, "lib/x/data", "data");
            Write(tree, "var/cache/x/gone", "gone");
        });
        Compose(10, null, ("os-core", "base\nun-export(/usr/bin/alias)", [package]));
        using var root = RootedTree.Open(Root(10));
        Assert.Equal(0x9ed, root.Stat(BytePath.From("usr/bin/tool"))!.Value.Permissions);
        Assert.Equal(root.Stat(BytePath.From("usr/bin/tool"))!.Value.Inode, root.Stat(BytePath.From("usr/bin/twin"))!.Value.Inode);
        Assert.Equal("usr/lib64", root.ReadLink(BytePath.From("lib64")).ToString());
        Assert.Equal("admin", File.ReadAllText(Path.Combine(Root(10), "sbin/admin")));
        Assert.Equal("data", File.ReadAllText(Path.Combine(Root(10), "lib/x/data")));
        Assert.Null(root.Stat(BytePath.From("var/cache/x")));
        Assert.False(File.Exists("/slipway-script-was-run"));
        var files = FilesOf(10, "os-core");
        Assert.True(files["/usr/bin/tool"]);
        Assert.False(files["/usr/bin/alias"]);
        Assert.False(files["/usr/sbin/admin"]);
        Assert.Contains("/lib64", files.Keys);
        Assert.Contains("/usr/share/clear/bundles/os-core", files.Keys);
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), files.Keys);
    }

    [Fact]
    public void Every_path_of_the_root_is_in_a_bundle_and_every_path_of_a_bundle_in_the_root()
    {
        var core = Package("core", "1", t => Write(t, "usr/share/core/file", "c"));
        var more = Package("more", "1", t => Write(t, "usr/share/more/file", "m"));
        Compose(10, null, ("os-core", "core", [core]), ("extra", "more", [core, more]));
        using var root = RootedTree.Open(Root(10));
        var there = root.Walk().Where(e => !e.Path.IsEmpty).Select(e => "/" + e.Path).Order(StringComparer.Ordinal).ToList();
        var listed = FilesOf(10, "os-core").Keys.Union(FilesOf(10, "extra").Keys).Order(StringComparer.Ordinal);
        Assert.Equal(listed, there);
    }

    [Fact]
    public void Content_of_a_composed_root_is_made_without_reading_a_file_to_hash_it()
    {
        Compose(10, null, ("os-core", "core", [Package("core", "1", t => Write(t, "usr/bin/tool", "tool", 0x9ed))]));
        var report = Make();
        Assert.Equal(0, report.FilesHashed);
        var with = File.ReadAllText(_place["mix/www/10/Manifest.full"]);
        File.Delete(_place[$"mix/image/10/{NodeRecords.FileName}"]);
        Directory.Delete(_place["mix/cache"], recursive: true);
        Assert.Equal(report.FilesRecorded, Make().FilesHashed);
        Assert.Equal(with, File.ReadAllText(_place["mix/www/10/Manifest.full"]));

        CreateReport Make() => ContentCreation.Create(
            new CreateOptions { StateDirectory = _place["mix"], Version = 10, Format = 30, Timestamp = 1 }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Conflict_of_two_packages_leaves_no_image_and_names_both()
    {
        var one = Package("one", "1", t => Write(t, "usr/share/x", "1"));
        var two = Package("two", "2", t => Write(t, "usr/share/x", "2"));
        var error = Assert.Throws<SlipwayException>(() => Compose(10, null, ("os-core", "one\ntwo", [one, two])));
        Assert.Contains("/usr/share/x is in one 1 and in two 2", error.Why, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_place["mix/image/10"]));
    }

    [Fact]
    public void Content_directory_of_a_bundle_is_merged()
    {
        Write(_place["content"], "harbor/etc/motd", "welcome");
        Compose(10, _place["content"], ("os-core", "content(/harbor)", []));
        Assert.Equal("welcome", File.ReadAllText(Path.Combine(Root(10), "etc/motd")));
        Assert.Contains("/etc/motd", FilesOf(10, "os-core").Keys);
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => Compose(20, _place["content"], ("os-core", "content(/nowhere)", []))).Kind);
    }

    [Fact]
    public void Broken_package_file_is_named_and_nothing_is_kept_of_it()
    {
        var digest = _store.Add("!<arch>\nthis is no package"u8);
        var error = Assert.ThrowsAny<SlipwayException>(() => Compose(10, null, ("os-core", "bad", [new ResolvedPackage("bad", "1", "all", "t", "", digest, 1, "")])));
        Assert.NotEmpty(error.What);
        Assert.False(Directory.Exists(Path.Combine(_place["payloads"], digest.ToString()[..2], digest.ToString())));
    }

    [Fact]
    public void Payload_whose_file_lost_its_content_is_unpacked_again()
    {
        var package = Package("core", "1", t => Write(t, "usr/share/core/file", "content"));
        Compose(10, null, ("os-core", "core", [package]));
        var blob = Path.Combine(_place["payloads"], package.Digest.ToString()[..2], package.Digest.ToString(), "0");
        File.Delete(blob);
        File.WriteAllText(blob, "");
        Compose(20, null, ("os-core", "core", [package]));
        Assert.Equal("content", File.ReadAllText(Path.Combine(Root(20), "usr/share/core/file")));
    }

    [Fact]
    public void Map_names_package_and_bundle_of_each_file_and_survives_being_written_down()
    {
        var core = Package("core", "1", t => Write(t, "usr/share/core/a file % with\ttab", "c"));
        var more = Package("more", "1", t => Write(t, "usr/share/more", "m"));
        var composition = Compose(10, null, ("os-core", "core", [core]), ("extra", "more", [core, more]));
        using var content = _store.Open(composition.Map);
        var map = ReleaseMap.Parse(content, "10");
        Assert.Equal(composition.Map, Digest.Of(map.ToBytes()));
        var file = map.At(BytePath.From("usr/share/core/a file % with\ttab"))!;
        Assert.Equal(["os-core"], file.Bundles);
        Assert.Equal("core", map.PackageOf(file)!.Name);
        Assert.Equal(Digest.Of("c"u8), file.Content);
        Assert.Equal(["extra"], map.At(BytePath.From("usr/share/more"))!.Bundles);
        Assert.Null(map.PackageOf(map.At(BytePath.From("usr/share/clear/version"))!));
        Assert.Null(map.At(BytePath.From("usr/share/nothing")));
    }

    [Fact]
    public void Same_packages_give_the_same_root_whatever_their_order()
    {
        var (a, b) = (Package("aaa", "1", t => Write(t, "usr/a", "1")), Package("bbb", "1", t => Write(t, "usr/b", "2")));
        var one = Compose(10, null, ("os-core", "aaa\nbbb", [a, b]));
        var info = File.ReadAllText(_place["mix/image/10/os-core-info"]);
        var other = Compose(10, null, ("os-core", "bbb\naaa", [b, a]));
        Assert.Equal(one.Map, other.Map);
        Assert.Equal(info, File.ReadAllText(_place["mix/image/10/os-core-info"]), StringComparer.Ordinal);
        Assert.Equal("[os-core]\ngroup=os-core\n\n", Encoding.ASCII.GetString(File.ReadAllBytes(_place["mix/groups.ini"])));
    }
}
