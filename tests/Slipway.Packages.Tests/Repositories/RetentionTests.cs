using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Packages.Tests.Signing;
using Slipway.State;

namespace Slipway.Packages.Tests.Repositories;

public sealed class RetentionTests : IDisposable
{
    private static readonly RepositoryId Id = new("harbor", "bookworm");
    private static readonly SnapshotRetention Strict = new() { Keep = 3, Age = TimeSpan.Zero };
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly MovingClock _clock = new();
    private readonly TestRepositories _repositories;

    public RetentionTests(RunningSigner signer) => _repositories = new(signer.Client, _clock);

    private RepositoryStore Store => _repositories.Store;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Only_superseded_snapshots_beyond_number_age_and_need_go()
    {
        for (var version = 1; version <= 8; version++) Publish($"1.{version}");
        Store.Keep(Id, 2, "the first that worked");
        Assert.Empty(Store.Retire(Strict, _ => false, dryRun: false));
        _clock.Now += TimeSpan.FromHours(23);
        // Whoever began with one of them a moment before it was superseded may still be at it.
        Assert.Empty(Store.Retire(Strict, _ => false, dryRun: false));
        _clock.Now += TimeSpan.FromHours(2);
        Assert.Equal([5, 4, 1], Store.Retire(Strict, snapshot => snapshot.Number == 3, dryRun: true).Select(snapshot => snapshot.Number));
        Assert.Equal(8, Store.History(Id).Count);
        Assert.Equal([5, 4, 1], Store.Retire(Strict, snapshot => snapshot.Number == 3, dryRun: false).Select(snapshot => snapshot.Number));
        Assert.Equal([8, 7, 6, 3, 2], Store.History(Id).Select(snapshot => snapshot.Number));
        Assert.False(Directory.Exists(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots/5")));
        foreach (var left in Store.History(Id)) Assert.Empty(Store.Verify(Id, left.Number).Problems);
        Assert.Equal(["1.2", "1.3", "1.6", "1.7", "1.8"], Versions());
        Assert.True(Store.LetGo(Id, 2));
        Assert.Equal([3, 2], Store.Retire(Strict, _ => false, dryRun: false).Select(snapshot => snapshot.Number));
        Assert.Equal(["1.6", "1.7", "1.8"], Versions());
    }

    [Fact]
    public void A_version_whose_snapshots_are_gone_is_still_refused_with_other_content()
    {
        for (var version = 1; version <= 5; version++) Publish($"1.{version}");
        _clock.Now += TimeSpan.FromDays(2);
        Store.Retire(Strict, _ => false, dryRun: false);
        Store.ForgetRemoved([]);
        Assert.Throws<SlipwayException>(() => _repositories.Publish(Id.ToString(), RealPackages.Deb(_repositories.Temp, "tool", "1.1", "other\n")));
        Assert.Equal(6, Publish("1.1").Number);
    }

    [Fact]
    public void A_package_that_was_swept_can_be_published_again()
    {
        for (var version = 1; version <= 5; version++) Publish($"1.{version}");
        _clock.Now += TimeSpan.FromDays(2);
        Store.Retire(Strict, _ => false, dryRun: false);
        var swept = new StoreSweep(_repositories.Content, _clock, TimeSpan.FromHours(24)).Run([new("snapshots", () => Store.Needed([]))], dryRun: false, TestContext.Current.CancellationToken);
        Assert.Equal(2, swept.Files.Count);
        Store.ForgetRemoved(swept.Files);
        Assert.Empty(Store.Verify(Id).Problems);
        Publish("1.1");
        Assert.Empty(Store.Verify(Id).Problems);
    }

    [Fact]
    public void A_retirement_that_ends_between_records_and_trees_is_finished_by_the_next_start()
    {
        for (var version = 1; version <= 5; version++) Publish($"1.{version}");
        _clock.Now += TimeSpan.FromDays(2);
        using var database = Database.Open(_repositories.Data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        var dying = new RepositoryStore(_repositories.Data, database, _repositories.Content, new SignerClient("/nonexistent"), _clock)
        {
            Reached = step => throw new IOException($"died when it was {step}"),
        };
        Assert.Throws<IOException>(() => dying.Retire(Strict, _ => false, dryRun: false));
        Assert.True(Directory.Exists(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots/1")));
        Assert.Equal([5, 4, 3], Store.History(Id).Select(snapshot => snapshot.Number));
        Store.Recover();
        Assert.False(Directory.Exists(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots/1")));
        Assert.Empty(Store.Verify(Id).Problems);
        Assert.Equal(["1.3", "1.4", "1.5"], Versions());
    }

    private IEnumerable<string> Versions()
    {
        var needed = Store.Needed([]).ToHashSet();
        return Directory.GetFiles(_repositories.Content.Root, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Where(name => Digest.TryParse(name, out var digest) && needed.Contains(digest))
            .Select(name => PackageFile.Read(_repositories.Content.PathOf(Digest.Parse(name!)), PackageType.Deb).Version).Order();
    }

    private Snapshot Publish(string version)
    {
        // The same file each time: dpkg-deb states the time in it.
        if (!_files.TryGetValue(version, out var content)) _files[version] = content = File.ReadAllBytes(RealPackages.Deb(_repositories.Temp, "tool", version, version + "\n"));
        return Store.Replace(Id, PackageType.Deb, [new(_repositories.Content.Add(content), $"tool_{version}_amd64.deb")], new("test"));
    }
}
