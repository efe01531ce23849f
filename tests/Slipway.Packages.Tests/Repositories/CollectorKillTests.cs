using Dapper;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;
using Slipway.State;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>`slipway gc` is killed at any moment, while somebody publishes.</summary>
public sealed class CollectorKillTests : IDisposable
{
    private const int Snapshots = 4;
    private const int Garbage = 500;
    private static readonly RepositoryId Id = new("harbor", "bookworm");
    private readonly ITestOutputHelper _output;
    private readonly TestRepositories _repositories;
    private int _versions;

    public CollectorKillTests(RunningSigner signer, ITestOutputHelper output)
    {
        _repositories = new(signer.Client);
        _output = output;
    }

    private RepositoryStore Store => _repositories.Store;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public Task A_collector_killed_at_any_moment_loses_nothing_that_is_needed() => KillCollectors(kills: 5);

    [Fact, Trait("long", "yes")]
    public Task A_collector_killed_a_hundred_times_loses_nothing_that_is_needed() => KillCollectors(kills: 100);

    private async Task KillCollectors(int kills)
    {
        var random = new Random(20261121);
        var (interrupted, unfinished) = (0, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var garbage = AgeEverything();
            var ready = new TaskCompletionSource();
            using var collector = ChildRoles.Start("collector", _repositories.Data.Root, ready.SetResult, []);
            await Task.WhenAny(collector.Completion, ready.Task);
            // A publication keeps it from the repository for a while, not from the store.
            var publishing = kill % 2 == 0 ? Task.CompletedTask : Task.Run(() => Publish(), TestContext.Current.CancellationToken);
            await Task.WhenAny(collector.Completion, Task.Delay(random.Next(0, 400), TestContext.Current.CancellationToken));
            if (!collector.Completion.IsCompleted) interrupted++;
            collector.Signal(9);
            await collector.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            await publishing;
            RequireWhole();
            if (garbage.Count(digest => File.Exists(_repositories.Content.PathOf(digest))) is > 0 and < Garbage || Store.History(Id).Count is > 3 and < Snapshots + 3) unfinished++;
        }
        Assert.Equal(kills, interrupted);
        _output.WriteLine($"{kills} kills of a running collector, {unfinished} of them in the middle of its removals; {_versions} snapshots published");

        // The next one that is left alone finishes what they began.
        AgeEverything();
        Store.Retire(new() { Keep = 3, Age = TimeSpan.Zero }, _ => false, dryRun: false);
        var swept = new StoreSweep(_repositories.Content, TimeProvider.System, TimeSpan.FromHours(24)).Run([new("snapshots", () => Store.Needed([]))], dryRun: false, TestContext.Current.CancellationToken);
        Store.ForgetRemoved(swept.Files);
        RequireWhole();
        Assert.Equal(Store.Needed([]).Distinct().Count(), Contents());
        Assert.Equal(3, Store.History(Id).Count);
        using var snapshots = RootedTree.Open(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots"));
        Assert.Equal(3, snapshots.List(BytePath.Empty).Count);
    }

    /// <summary>Snapshots that are superseded for days, and contents that nobody ever needed, beside the ones of the present.</summary>
    private IReadOnlyList<Digest> AgeEverything()
    {
        for (var i = 0; i < Snapshots; i++) Publish();
        var garbage = _repositories.Content.AddMany(Garbage, _ => new MemoryStream(Guid.NewGuid().ToByteArray()));
        var then = TimeProvider.System.GetUtcNow().AddDays(-3);
        foreach (var file in Files()) File.SetLastWriteTimeUtc(file, then.UtcDateTime);
        using var database = Database.Open(_repositories.Data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        database.Write(transaction => transaction.Connection!.Execute("UPDATE packages_snapshots SET time = min(time, @then)", new { then = then.ToUnixTimeSeconds() }, transaction));
        return garbage;
    }

    private void Publish()
    {
        var version = $"1.{Interlocked.Increment(ref _versions)}";
        Store.Replace(Id, PackageType.Deb, [new(_repositories.Content.AddFile(RealPackages.Deb(_repositories.Temp, "tool", version)), $"tool_{version}_amd64.deb")], new("test"));
    }

    /// <summary>What is recorded can be read whole: every snapshot's packages, indexes and signatures.</summary>
    private void RequireWhole()
    {
        foreach (var snapshot in Store.History(Id)) Assert.Empty(Store.Verify(Id, snapshot.Number).Problems);
        Assert.Empty(Store.Verify(Id).Problems);
    }

    private int Contents() => Files().Count();

    private IEnumerable<string> Files() => Directory.GetDirectories(_repositories.Content.Root, "??").SelectMany(shelf => Directory.GetFiles(shelf));
}
