using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;
using Slipway.State;

namespace Slipway.Packages.Tests.Repositories;

public sealed class RepositoryStoreTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Each_publication_adds_a_snapshot_and_the_older_ones_stay_readable()
    {
        var temp = _repositories.Temp;
        var first = _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "one", "1.0"));
        var second = _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "two", "1.0"));
        Assert.True(second.Number > first.Number);
        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
        Assert.Equal(1, Packages(first.Path));
        Assert.Equal(2, Packages(second.Path));
        Assert.Equal(2, Packages(_repositories.PathOf("harbor/bookworm")));
        Assert.Equal(1, Packages(Path.Combine(_repositories.PathOf("harbor/bookworm"), "snapshots", "1")));
        Assert.Equal([second.Number, first.Number], _repositories.Store.History(new("harbor", "bookworm")).Select(snapshot => snapshot.Number));
        // The very file of the store, not a copy.
        var file = _repositories.Store.Files(new("harbor", "bookworm"), 2)[0];
        Assert.Equal(_repositories.Content.PathOf(file.Digest), new FileInfo(_repositories.Content.PathOf(file.Digest)).FullName);
        Assert.Equal(Digest.OfFile(Path.Combine(second.Path, file.Path)), file.Digest);

        static int Packages(string tree) => File.ReadAllLines(Path.Combine(tree, "dists/bookworm/main/binary-amd64/Packages")).Count(line => line.StartsWith("Package:", StringComparison.Ordinal));
    }

    [Fact]
    public void Publishing_the_same_files_again_changes_nothing()
    {
        var package = RealPackages.Rpm(_repositories.Temp, "same", "1.0");
        var first = _repositories.Publish("harbor/rpm", package);
        var again = _repositories.Publish("harbor/rpm", package);
        Assert.Equal(first, again);
    }

    [Fact]
    public void The_same_version_with_other_content_is_refused_and_a_higher_one_is_taken()
    {
        var temp = _repositories.Temp;
        _repositories.Publish("harbor/pacman", RealPackages.Pacman(temp, "hello", "1.0-1"));
        var error = Assert.Throws<SlipwayException>(() => _repositories.Publish("harbor/pacman", RealPackages.Pacman(temp, "hello", "1.0-1", "other\n")));
        Assert.Contains("already published with other content", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _repositories.Store.Current(new("harbor", "pacman"))!.Number);
        Assert.Equal(2, _repositories.Publish("harbor/pacman", RealPackages.Pacman(temp, "hello", "1.0-2", "other\n")).Packages);
    }

    [Theory]
    [InlineData("harbor/bookworm", "dists/bookworm/InRelease")]
    [InlineData("harbor/pacman", "x86_64/harbor.db")]
    public void Snapshots_of_one_second_look_newer_by_whole_seconds_to_clients_that_ask_by_time(string id, string pointer)
    {
        using var stopped = new TestRepositories(signer.Client, new StoppedClock(1_700_000_000));
        var modified = Enumerable.Range(1, 3).Select(version =>
        {
            var package = id.EndsWith("pacman", StringComparison.Ordinal)
                ? RealPackages.Pacman(stopped.Temp, "hello", $"{version}.0-1")
                : RealPackages.Deb(stopped.Temp, "hello", $"{version}.0");
            return File.GetLastWriteTimeUtc(Path.Combine(stopped.Publish(id, package).Path, pointer));
        }).ToList();
        Assert.Equal([DateTime.UnixEpoch.AddSeconds(1_700_000_000), modified[0].AddSeconds(1), modified[0].AddSeconds(2)], modified);
    }

    [Fact]
    public void Rollback_publishes_the_earlier_packages_under_a_new_number()
    {
        var temp = _repositories.Temp;
        var id = new RepositoryId("harbor", "bookworm");
        var first = _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "hello", "1.0"));
        _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "hello", "2.0"));
        var back = _repositories.Store.Rollback(id, first.Number);
        Assert.Equal(3, back.Number);
        Assert.Equal(first.Fingerprint, back.Fingerprint);
        Assert.Equal(["1.0"], _repositories.Store.Files(id, back.Number).Select(file => file.Version));
        Assert.Equal(2, _repositories.Store.Files(id, 2).Count);
        // What was once published under a version stays the only content of that version.
        Assert.Throws<SlipwayException>(() => _repositories.Publish("harbor/bookworm", RealPackages.Deb(temp, "hello", "2.0", "other")));
        Assert.Empty(_repositories.Store.Verify(id).Problems);
    }

    [Fact]
    public void A_directory_is_published_as_a_whole_and_replaces_what_was_there()
    {
        var temp = _repositories.Temp;
        var id = new RepositoryId("base", "rpm");
        RealPackages.Rpm(temp, "one", "1.0");
        Assert.Equal(1, _repositories.Store.PublishDirectory(id, PackageType.Rpm, temp["rpm", "built"], new("base")).Packages);
        File.Delete(temp["rpm", "built", "one-1.0-1.x86_64.rpm"]);
        RealPackages.Rpm(temp, "two", "1.0");
        _repositories.Store.PublishDirectory(id, PackageType.Rpm, temp["rpm", "built"], new("base"));
        Assert.Equal(["two"], _repositories.Store.Files(id, 2).Select(file => file.Name));
        RealPackages.Rpm(temp, "two", "1.0", "made anew");
        Assert.Equal(3, _repositories.Store.PublishDirectory(id, PackageType.Rpm, temp["rpm", "built"], new("base")).Number);
        Assert.Empty(_repositories.Store.Verify(id).Problems);
    }

    [Fact]
    public void The_ledger_leads_from_a_snapshot_to_the_build_of_each_file()
    {
        var package = RealPackages.Rpm(_repositories.Temp, "traced", "1.0");
        var built = _repositories.Content.AddFile(package);
        var snapshot = _repositories.Store.Publish(new("harbor", "rpm"), PackageType.Rpm, [new(built, Path.GetFileName(package), new Node("build", "12"))], new("build 12"));
        var file = Assert.Single(_repositories.Store.Files(new("harbor", "rpm"), snapshot.Number));
        Assert.Equal(built, file.SourceDigest);
        Assert.NotEqual(built, file.Digest);
        Assert.Contains(_repositories.Ledger.Back(snapshot.Node), edge => edge.To == new Node("build", "12"));
        Assert.Contains(_repositories.Ledger.Back(new Node("file", file.Digest.ToString())), edge => edge.To == new Node("build", "12"));
    }

    [Fact]
    public void A_client_that_read_the_pointer_before_the_switch_still_finds_what_it_names()
    {
        string[] Named(string tree) => [.. File.ReadAllLines(Path.Combine(tree, "dists/bookworm/InRelease")).Select(line => line.Trim().Split(' ')).Where(words => words.Length > 1 && words[0].Length == 64)
            .Select(words => Path.Combine("dists/bookworm", Path.GetDirectoryName(words[^1])!, "by-hash/SHA256", words[0]))];
        var seen = Named(_repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello", "1.0")).Path);
        Assert.True(seen.Length >= 3);
        foreach (var version in new[] { "1.1", "1.2" })
        {
            _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello", version));
            Assert.All(seen, path => Assert.True(File.Exists(Path.Combine(_repositories.PathOf("harbor/bookworm"), path)), path));
        }
    }

    [Fact]
    public void Adding_a_package_does_not_read_the_older_ones()
    {
        var id = new RepositoryId("harbor", "bookworm");
        _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "one", "1.0"));
        var older = _repositories.Store.Files(id, 1)[0];
        var stored = _repositories.Content.PathOf(older.Digest);
        File.WriteAllText(stored, "no package");
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "two", "1.0"));
        Assert.Contains(older.Digest.ToString(), File.ReadAllText(Path.Combine(snapshot.Path, "dists/bookworm/main/binary-amd64/Packages")), StringComparison.Ordinal);
        Assert.Contains($"{older.Path} is not what was published", _repositories.Store.Verify(id).Problems);
    }

    [Fact]
    public void Verify_reads_everything_again_and_names_what_is_wrong()
    {
        var id = new RepositoryId("harbor", "rpm");
        var snapshot = _repositories.Publish("harbor/rpm", RealPackages.Rpm(_repositories.Temp, "sound", "1.0"));
        var sound = _repositories.Store.Verify(id);
        Assert.Empty(sound.Problems);
        Assert.True(sound.Files > 5);
        Tool.Flip(Path.Combine(snapshot.Path, "repodata/repomd.xml"), 100);
        Assert.Contains(_repositories.Store.Verify(id).Problems, problem => problem.Contains("repomd.xml.asc: its signature does not verify", StringComparison.Ordinal));
        File.Delete(Path.Combine(snapshot.Path, "x86_64/sound-1.0-1.x86_64.rpm"));
        Assert.Contains(_repositories.Store.Verify(id).Problems, problem => problem == "x86_64/sound-1.0-1.x86_64.rpm is missing");
    }

    [Theory]
    [InlineData("harbor")]
    [InlineData("../harbor/rpm")]
    [InlineData("harbor/../rpm")]
    [InlineData("harbor/.hidden")]
    [InlineData("harbor/snapshots")]
    [InlineData("harbor//rpm")]
    [InlineData("harbor/rpm\n")]
    public void A_path_that_could_leave_or_hide_a_repository_is_refused(string text) =>
        Assert.Throws<SlipwayException>(() => RepositoryId.Parse(text));

    [Fact]
    public void One_repository_cannot_lie_within_another_nor_change_its_type()
    {
        var package = RealPackages.Pacman(_repositories.Temp, "hello", "1.0-1");
        _repositories.Publish("harbor/pacman", package);
        Assert.Throws<SlipwayException>(() => _repositories.Publish("harbor/pacman/inner", package));
        Assert.Throws<SlipwayException>(() => _repositories.Publish("harbor/pacman", RealPackages.Deb(_repositories.Temp, "hello", "1.0")));
    }

    [Fact]
    public void The_same_packages_at_the_same_time_give_the_same_bytes()
    {
        var package = RealPackages.Deb(_repositories.Temp, "hello", "1.0");
        using var one = new TestRepositories(signer.Client, new StoppedClock(2_000_000_000));
        using var two = new TestRepositories(signer.Client, new StoppedClock(2_000_000_000));
        one.Publish("harbor/bookworm", package);
        two.Publish("harbor/bookworm", package);
        using var left = RootedTree.Open(one.Store.Current(new("harbor", "bookworm"))!.Path);
        using var right = RootedTree.Open(two.Store.Current(new("harbor", "bookworm"))!.Path);
        var files = left.Walk().Where(entry => entry.Stat.Type == NodeType.Regular && !entry.Path.ToString().EndsWith(".sources", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count > 8);
        foreach (var file in files) Assert.Equal(left.ReadAllBytes(file.Path), right.ReadAllBytes(file.Path));
    }
}
