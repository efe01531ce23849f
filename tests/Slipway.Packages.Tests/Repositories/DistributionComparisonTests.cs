using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>As <see cref="IndexComparisonTests"/>, with real packages, which have in them what nobody thinks of.</summary>
public sealed class DistributionComparisonTests : IDisposable
{
    private readonly TestRepositories _repositories;
    private readonly DistributionPackages _packages;

    public DistributionComparisonTests(RunningSigner signer)
    {
        _repositories = new(signer.Client);
        _packages = new(_repositories.Temp);
    }

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void The_distributions_debs_are_indexed_as_apt_ftparchive_does_and_apt_takes_them()
    {
        var snapshot = _repositories.Publish("real/bookworm", [.. _packages.Debs]);
        Assert.Equal(IndexDocuments.Stanzas(Tool.RunIn(snapshot.Path, [], "apt-ftparchive", "-q", "packages", "pool")), IndexDocuments.Stanzas(Text("main/binary-amd64/Packages")));
        var contents = IndexDocuments.Contents(Text("main/Contents-amd64"));
        Assert.True(contents.Count > 200);
        Assert.Equal(IndexDocuments.Contents(Tool.RunIn(snapshot.Path, [], "apt-ftparchive", "-q", "contents", "pool")), contents);
        // The epoch of this one is in the name of the file that apt-get download gave it.
        using var temp = new TempDirectory();
        var client = new AptClient(temp, File.ReadAllText(Path.Combine(snapshot.Path, "real-bookworm.sources")));
        client.Run("update");
        client.Run("download", "libcap2-bin");

        string Text(string path) => File.ReadAllText(Path.Combine(snapshot.Path, "dists/bookworm", path));
    }

    [Fact]
    public void Rpms_of_real_content_are_indexed_as_createrepo_does()
    {
        var rpms = _packages.Rpms();
        Assert.Contains(rpms, file => file.EndsWith(".src.rpm", StringComparison.Ordinal));
        var snapshot = _repositories.Publish("real/rpm", [.. rpms]);
        var copy = _repositories.Temp.Make("createrepo");
        foreach (var file in _repositories.Store.Files(snapshot.Repository, snapshot.Number))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, file.Path))!);
            File.Copy(Path.Combine(snapshot.Path, "files", file.Path), Path.Combine(copy, file.Path));
        }
        Tool.Run("createrepo_c", "--quiet", "--general-compress-type=gz", "--simple-md-filenames", "--no-database", copy);
        foreach (var document in new[] { "primary", "filelists", "other" })
        {
            var ours = IndexDocuments.Rpm(Directory.EnumerateFiles(Path.Combine(snapshot.Path, "repodata")).Single(file => file.EndsWith($"-{document}.xml.gz", StringComparison.Ordinal)));
            Assert.Equal(rpms.Count, ours.Count);
            Assert.Equal(IndexDocuments.Rpm(Path.Combine(copy, "repodata", document + ".xml.gz")), ours);
        }
    }

    [Fact]
    public void What_makepkg_makes_is_indexed_as_repo_add_does()
    {
        var snapshot = _repositories.Publish("real/arch", [.. _packages.Pacmans()]);
        var copy = _repositories.Temp.Make("repo-add");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(snapshot.Path, "files/x86_64")).Where(file => file.Contains(".pkg.tar.zst", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        Tool.RunIn(copy, [], "repo-add", [Path.Combine(copy, "real.db.tar.gz"), .. Directory.EnumerateFiles(copy, "*.zst").Order(StringComparer.Ordinal)]);
        foreach (var kind in new[] { "db", "files" })
            Assert.Equal(IndexDocuments.Pacman(Path.Combine(copy, $"real.{kind}.tar.gz")), IndexDocuments.Pacman(Path.Combine(snapshot.Path, $"x86_64/real.{kind}")));
    }
}
