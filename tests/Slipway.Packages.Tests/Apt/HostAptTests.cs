using Slipway.Content;

namespace Slipway.Packages.Tests.Apt;

public sealed class HostAptTests : IDisposable
{
    private readonly TempDirectory temp = new();
    private readonly SignedArchive archive;
    private readonly ContentStore store;

    public HostAptTests()
    {
        archive = new SignedArchive(temp, "good");
        store = new ContentStore(temp["store"]);
        // apt's file method reads as its own user.
        Tool.Run("chmod", "755", temp.Path);
    }

    public void Dispose()
    {
        archive.Dispose();
        temp.Dispose();
    }

    [Fact]
    public void A_list_that_fails_is_named_and_the_others_are_used()
    {
        archive.AddDeb("app", "1.0");
        archive.Publish();
        using var stranger = new SignedArchive(temp, "stranger");
        stranger.AddDeb("evil", "1.0");
        stranger.Publish();
        var apt = Apt(archive.Line, stranger.Line.Replace(stranger.Keyring, archive.Keyring, StringComparison.Ordinal),
            $"deb [trusted=yes] file:{stranger.Root} stable main", "deb http://127.0.0.1:9/closed stable main", "# deb file:/nowhere x y");
        var update = apt.Update();
        Assert.Equal(1, update.Indexes);
        Assert.Contains(update.Failures, f => f.Contains("trusted without a signature", StringComparison.Ordinal));
        Assert.Contains(update.Failures, f => f.Contains("127.0.0.1:9", StringComparison.Ordinal));
        Assert.Contains(update.Failures, f => f.Contains("/stranger", StringComparison.Ordinal) && f.Contains("NO_PUBKEY", StringComparison.Ordinal));
        using var pool = apt.OpenSolver();
        Assert.True(pool.Resolve(["app"]).Succeeded);
        Assert.False(pool.Resolve(["evil"]).Succeeded);
        Assert.False(File.Exists(temp["hook-ran"]));

        var again = apt.Update(TimeSpan.FromMinutes(1));
        Assert.False(again.Asked);
        Assert.Equal(update.Failures, again.Failures);
        Assert.Throws<SlipwayException>(() => Apt("deb http://127.0.0.1:9/closed stable main", "other").Update());
    }

    [Fact]
    public void The_fingerprint_changes_with_the_archive_and_only_then()
    {
        archive.AddDeb("app", "1.0");
        archive.Publish();
        var apt = Apt(archive.Line);
        apt.Update();
        var (first, old) = (apt.Fingerprint(), apt.BinaryIndexes());
        apt.Update();
        Assert.Equal(first, apt.Fingerprint());
        archive.AddDeb("app", "2.0");
        archive.Publish();
        apt.Update();
        Assert.NotEqual(first, apt.Fingerprint());
        using (var before = new SolverPool(PackageType.Deb, "amd64"))
        {
            // Whoever asked for the indexes before the update still finds what they name.
            foreach (var index in old) before.AddDebIndex(index.Name, index.File, expected: index.Content);
            Assert.Equal("1.0", before.Newest("app")!.Version);
        }
        using var pool = apt.OpenSolver();
        Assert.Equal("2.0", pool.Newest("app")!.Version);
    }

    [Fact]
    public async Task Packages_are_fetched_once_verified_and_by_two_at_the_same_time()
    {
        var debs = Enumerable.Range(0, 30).Select(i => archive.AddDeb($"p{i}", "1", i > 0 ? $"Depends: p{i - 1}\n" : "")).ToList();
        archive.Publish();
        var apt = Apt(archive.Line);
        apt.Update();
        IReadOnlyList<ResolvedPackage> packages;
        using (var pool = apt.OpenSolver()) packages = pool.Resolve(["p29"]).Require("resolve");
        Assert.Equal(30, packages.Count);
        var cancellation = TestContext.Current.CancellationToken;
        await Task.WhenAll(Task.Run(() => apt.Fetch(packages, cancellation), cancellation), Task.Run(() => Apt(archive.Line).Fetch(packages, cancellation), cancellation));
        Assert.All(packages, p => Assert.Equal(p.Digest, Digest.OfFile(store.PathOf(p.Digest))));

        // Nothing is asked of the archive any more.
        debs.ForEach(File.Delete);
        Assert.Equal(packages.Select(p => p.Digest), apt.Fetch(packages, cancellation));
        Assert.Empty(Directory.GetFiles(temp["apt", "downloads"], "*.part"));
    }

    [Fact]
    public void A_package_that_differs_from_the_index_is_refused()
    {
        var deb = archive.AddDeb("app", "1.0");
        archive.AddDeb("lib", "1.0");
        archive.Publish();
        var apt = Apt(archive.Line);
        apt.Update();
        using var pool = apt.OpenSolver();
        var packages = pool.Resolve(["app", "lib"]).Packages;
        Tool.Flip(deb, -20);
        var error = Assert.Throws<SlipwayException>(() => apt.Fetch(packages));
        Assert.Contains("app_1.0_amd64.deb", error.Why, StringComparison.Ordinal);
        Assert.False(store.Contains(packages.Single(p => p.Name == "app").Digest));
        Assert.True(store.Contains(packages.Single(p => p.Name == "lib").Digest));
    }

    [Fact]
    public void The_newest_source_whose_every_file_downloads_is_taken()
    {
        archive.AddSource("hello", "1.0");
        archive.AddSource("hello", "2.0~rc1");
        archive.AddSource("hello", "2.0", "hello_2.0.orig.tar.gz");
        archive.Publish();
        var apt = Apt(archive.Line);
        var source = apt.FetchSource("hello", temp["into"]);
        Assert.Equal(("2.0~rc1", "hello_2.0~rc1.dsc"), (source.Version, source.Dsc));
        Assert.Equal(["hello_2.0~rc1.dsc", "hello_2.0~rc1.orig.tar.gz"], source.Files.Select(f => f.Name));
        Assert.All(source.Files, f => Assert.Equal(f.Digest, Digest.OfFile(temp["into", f.Name])));
        Assert.Contains("no source list", Assert.Throws<SlipwayException>(() => apt.FetchSource("unknown", temp["into"])).Why, StringComparison.Ordinal);
    }

    private HostApt Apt(params string[] lines) => Apt(lines, "apt");

    private HostApt Apt(string line, string directory) => Apt([line], directory);

    private HostApt Apt(string[] lines, string directory) =>
        new(temp[directory], store, TimeProvider.System, SignedArchive.Configuration(temp, lines));
}
