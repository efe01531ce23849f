using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Our indexes beside those that the packaging systems' own tools make of the same files.</summary>
public sealed class IndexComparisonTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Rpm_metadata_says_what_createrepo_says()
    {
        var temp = _repositories.Temp;
        var snapshot = _repositories.Publish("harbor/rpm",
            RealPackages.Rpm(temp, "plain", "1.0"),
            RealPackages.Rpm(temp, "rich", "2.0~rc1", extra: """
                Epoch: 3
                Vendor: Harbor
                Group: Tests
                Requires: plain >= 1.0
                Requires: plain >= 1.0
                Requires: (plain or other)
                Requires: rich = 3:2.0~rc1-1
                Requires: /usr/bin/rich
                Requires(pre): shadow
                Provides: rich-api = 4, bundled(thing)
                Conflicts: worse < 1:2-3
                Obsoletes: older <= 0.9
                Recommends: nice
                Suggests: nicer
                Supplements: plain
                Enhances: plain
                """, files: "%ghost /var/cache/rich"),
            RealPackages.Rpm(temp, "noarch-text", "1", extra: "BuildArch: noarch"));
        var copy = temp.Make("createrepo");
        foreach (var folder in new[] { "x86_64", "noarch" })
            foreach (var file in Directory.EnumerateFiles(Path.Combine(snapshot.Path, folder)))
                File.Copy(file, Path.Combine(temp.Make("createrepo", folder), Path.GetFileName(file)));
        Tool.Run("createrepo_c", "--quiet", "--general-compress-type=gz", "--simple-md-filenames", "--no-database", copy);
        foreach (var document in new[] { "primary", "filelists", "other" })
        {
            var theirs = IndexDocuments.Rpm(Path.Combine(copy, "repodata", document + ".xml.gz"));
            var ours = IndexDocuments.Rpm(Directory.EnumerateFiles(Path.Combine(snapshot.Path, "repodata")).Single(file => file.EndsWith($"-{document}.xml.gz", StringComparison.Ordinal)));
            Assert.Equal(3, ours.Count);
            Assert.Equal(theirs, ours);
        }
    }

    [Fact]
    public void Apt_packages_say_what_apt_ftparchive_says()
    {
        var temp = _repositories.Temp;
        var snapshot = _repositories.Publish("harbor/bookworm",
            RealPackages.Deb(temp, "plain", "1.0"),
            RealPackages.Deb(temp, "rich", "3:2.0~rc1-1", extra: "Source: richer (1.9)\nDepends: plain (>= 1.0) | other, third\nRecommends: nice\nSection: utils\nPriority: optional\nMulti-Arch: foreign\nHomepage: https://example.org\nX-Own-Field: kept\n"));
        var theirs = IndexDocuments.Stanzas(Tool.RunIn(snapshot.Path, [], "apt-ftparchive", "-q", "packages", "pool"));
        var ours = IndexDocuments.Stanzas(File.ReadAllText(Path.Combine(snapshot.Path, "dists/bookworm/main/binary-amd64/Packages")));
        Assert.Equal(2, ours.Count);
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void Apt_sources_and_contents_say_what_apt_ftparchive_says()
    {
        var temp = _repositories.Temp;
        var tree = temp.Make("source", "hello-1.0", "debian", "source");
        File.WriteAllText(Path.Combine(tree, "format"), "3.0 (native)\n");
        File.WriteAllText(temp["source", "hello-1.0/debian/control"], "Source: hello\nMaintainer: A <a@b.example>\nSection: utils\nPriority: optional\nBuild-Depends: debhelper (>= 13), libfoo-dev [amd64] <!nocheck>\nStandards-Version: 4.6\n\nPackage: hello\nArchitecture: any\nDescription: x\n y\n");
        File.WriteAllText(temp["source", "hello-1.0/debian/changelog"], "hello (1.0) unstable; urgency=low\n\n  * x\n\n -- A <a@b.example>  Thu, 01 Jan 2026 00:00:00 +0000\n");
        Tool.RunIn(temp["source"], [], "dpkg-source", "-b", "hello-1.0");
        var first = RealPackages.Deb(temp, "hello", "1.0");
        string[] files = [first, .. Directory.EnumerateFiles(temp["source"])];
        Assert.Equal(3, files.Length);
        _repositories.Publish("harbor/bookworm", files);
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "other", "2.0", architecture: "all"));

        var sources = File.ReadAllText(Path.Combine(snapshot.Path, "dists/bookworm/main/source/Sources"));
        Assert.Equal(IndexDocuments.Stanzas(Tool.RunIn(snapshot.Path, [], "apt-ftparchive", "-q", "sources", "pool")), IndexDocuments.Stanzas(sources));
        var contents = File.ReadAllText(Path.Combine(snapshot.Path, "dists/bookworm/main/Contents-amd64"));
        Assert.Equal(IndexDocuments.Contents(Tool.RunIn(snapshot.Path, [], "apt-ftparchive", "-q", "contents", "pool")), IndexDocuments.Contents(contents));
        Assert.Equal(2, IndexDocuments.Contents(contents).Count);
        Assert.Empty(_repositories.Store.Verify(new("harbor", "bookworm")).Problems);
    }

    [Fact]
    public void Pacman_databases_say_what_repo_add_says()
    {
        var temp = _repositories.Temp;
        var snapshot = _repositories.Publish("harbor/pacman",
            RealPackages.Pacman(temp, "plain", "1.0-1"),
            RealPackages.Pacman(temp, "rich", "3:2.0-1", architecture: "any",
                extra: "group = tools\nreplaces = older\nconflict = worse<1\nprovides = api=4\ndepend = plain>=1.0\ndepend = glibc\noptdepend = nice: for more\nmakedepend = make\ncheckdepend = check\n"));
        var copy = temp.Make("repo-add");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(snapshot.Path, "files/x86_64")).Where(file => file.Contains(".pkg.tar.zst", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        Tool.RunIn(copy, [], "repo-add", [Path.Combine(copy, "harbor.db.tar.gz"), .. Directory.EnumerateFiles(copy, "*.zst").Order(StringComparer.Ordinal)]);
        Assert.Equal(IndexDocuments.Pacman(Path.Combine(copy, "harbor.db.tar.gz")), IndexDocuments.Pacman(Path.Combine(snapshot.Path, "x86_64/harbor.db")));
        Assert.Equal(IndexDocuments.Pacman(Path.Combine(copy, "harbor.files.tar.gz")), IndexDocuments.Pacman(Path.Combine(snapshot.Path, "x86_64/harbor.files")));
    }
}
