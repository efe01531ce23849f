using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Indexes that are made from those of the snapshot before.</summary>
public sealed class IncrementalIndexTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client, new StoppedClock(2_000_000_000));

    public void Dispose() => _repositories.Dispose();

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Pacman)]
    public void Packages_that_come_one_by_one_are_indexed_as_if_all_had_come_at_once(PackageType type)
    {
        string Make(string name, string version, string architecture) => type == PackageType.Deb
            ? RealPackages.Deb(_repositories.Temp, name, version, architecture: architecture)
            : RealPackages.Pacman(_repositories.Temp, name, version + "-1", architecture: architecture);
        var (own, all, other) = type == PackageType.Deb ? ("amd64", "all", "arm64") : ("x86_64", "any", "aarch64");
        string[] files = [Make("beta", "1.0", own), Make("beta", "1.10", own), Make("beta", "1.9", own), Make("common", "1", all), Make("alpha", "2", own), Make("beta", "3", other), Make("late", "1", all)];
        foreach (var file in files) _repositories.Publish("one/by-one", file);
        _repositories.Publish("one/by-all", files);
        foreach (var (path, content) in Indexes("one/by-all")) Assert.Equal(content, Indexes("one/by-one")[path]);
        // What is taken away again leaves no trace.
        _repositories.Publish("one/by-one", Make("stray", "1", own), Make("beta", "4", own));
        _repositories.Store.Rollback(new("one", "by-one"), files.Length);
        foreach (var (path, content) in Indexes("one/by-all")) Assert.Equal(content, Indexes("one/by-one")[path]);
        Assert.Empty(_repositories.Store.Verify(new("one", "by-one")).Problems);
    }

    [Fact]
    public void Zstd_metadata_is_what_dnf_reads_and_what_is_passed_through_is_there()
    {
        const string UpdateInfo = """
            <?xml version="1.0" encoding="UTF-8"?>
            <updates><update from="harbor" status="stable" type="security" version="1"><id>HARBOR-1</id><title>A hole</title><issued date="2026-11-20"/><severity>important</severity><description>mended</description>
            <pkglist><collection short="h"><name>h</name><package name="hello-slipway" version="1.1" release="1" epoch="0" arch="x86_64" src="h.src.rpm"><filename>hello-slipway-1.1-1.x86_64.rpm</filename></package></collection></pkglist></update></updates>
            """;
        const string Modules = """
            ---
            document: modulemd
            version: 2
            data:
              name: tide
              stream: "1"
              version: 1
              context: c0ffee
              arch: x86_64
              summary: A module
              description: A module of tests
              license:
                module: [Apache-2.0]
            ...

            """;
        var id = new RepositoryId("harbor", "rpm");
        _repositories.Store.Configure(id, new IndexSettings { Compression = Compression.Zstd });
        var package = RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.0");
        var extras = new Dictionary<string, ReadOnlyMemory<byte>> { ["updateinfo.xml"] = System.Text.Encoding.UTF8.GetBytes(UpdateInfo), ["modules.yaml"] = System.Text.Encoding.UTF8.GetBytes(Modules) };
        _repositories.Store.Publish(id, PackageType.Rpm, [new(_repositories.Content.AddFile(package), Path.GetFileName(package))], new("test") { Extras = extras });
        // Later publications keep it.
        var snapshot = _repositories.Publish("harbor/rpm", RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.1", "new"));
        var client = new DnfClient(_repositories.Temp, File.ReadAllText(Path.Combine(_repositories.Store.PathOf(id), "harbor-rpm.repo")));
        client.Run("install", "hello-slipway-1.0");
        var advisories = client.Try("updateinfo", "list", "--available");
        Assert.Contains("HARBOR-1", advisories.Text, StringComparison.Ordinal);
        Assert.Contains("tide", client.Try("module", "list").Text, StringComparison.Ordinal);
        client.Run("upgrade");
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        Assert.All(Directory.EnumerateFiles(Path.Combine(snapshot.Path, "repodata"), "*-*"), file => Assert.EndsWith(".zst", file, StringComparison.Ordinal));
        Assert.Contains("type=\"modules\"", File.ReadAllText(Path.Combine(snapshot.Path, "repodata/repomd.xml")), StringComparison.Ordinal);
        Assert.Empty(_repositories.Store.Verify(id).Problems);
    }

    [Fact]
    public void A_release_says_how_long_it_is_valid()
    {
        var id = new RepositoryId("harbor", "bookworm");
        _repositories.Store.Configure(id, new IndexSettings { ValidFor = TimeSpan.FromDays(7) });
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello", "1.0"));
        var release = File.ReadAllLines(Path.Combine(snapshot.Path, "dists/bookworm/InRelease"));
        Assert.Contains("Date: Wed, 18 May 2033 03:33:20 UTC", release);
        Assert.Contains("Valid-Until: Wed, 25 May 2033 03:33:20 UTC", release);
    }

    private Dictionary<string, byte[]> Indexes(string repository)
    {
        using var tree = RootedTree.Open(_repositories.Store.Current(RepositoryId.Parse(repository))!.Path);
        // The dist is part of apt's paths.
        var indexes = tree.Walk().Where(entry => entry.Stat.Type == NodeType.Regular).Select(entry => entry.Path.ToString())
            .Where(path => Path.GetFileName(path) is "Packages" or "Packages.gz" or "one.db" or "one.files" || path.Contains("Contents", StringComparison.Ordinal))
            .ToDictionary(path => path.Replace(repository[4..], "dist", StringComparison.Ordinal), path => tree.ReadAllBytes(BytePath.From(path)), StringComparer.Ordinal);
        Assert.True(indexes.Count >= 4);
        return indexes;
    }
}
