using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

public sealed class PublisherKillTests(RunningSigner signer) : IDisposable
{
    private static readonly RepositoryId Id = new("harbor", "bookworm");
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public Task A_publisher_killed_at_any_moment_leaves_the_old_state_or_the_new() => KillPublishers(kills: 10);

    [Fact, Trait("long", "yes")]
    public Task A_publisher_killed_a_hundred_times_leaves_the_old_state_or_the_new() => KillPublishers(kills: 100);

    private async Task KillPublishers(int kills)
    {
        var random = new Random(20261120);
        var packages = Enumerable.Range(1, 12).Select(i => RealPackages.Deb(_repositories.Temp, "torn", $"1.{i}")).ToArray();
        _repositories.Publish(Id.ToString(), packages[0]);
        var socket = signer.Socket;
        var published = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            using var publisher = ChildRoles.Start("publisher", _repositories.Data.Root, [socket, Id.ToString(), .. packages]);
            // Starting takes about 0.3 s and each snapshot some 0.15 s: the kills fall anywhere from the start to the last snapshot.
            await Task.WhenAny(publisher.Completion, Task.Delay(random.Next(200, 1200), TestContext.Current.CancellationToken));
            publisher.Signal(9);
            await publisher.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            published = Math.Max(published, RequireWholeState());
            if (published == packages.Length) published = StartOver(packages[0]);
        }
        _repositories.Store.Recover();
        var verified = _repositories.Store.Verify(Id);
        Assert.Empty(verified.Problems);
        using var left = Content.RootedTree.Open(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots"));
        Assert.Equal(
            _repositories.Store.History(Id).Select(snapshot => snapshot.Number).Order(),
            left.List(Content.BytePath.Empty).Select(entry => long.Parse(entry.Path.ToString(), null)).Order());
    }

    /// <summary>Before anything recovers: what clients see is one whole snapshot that the database knows, or the one it is about to show.</summary>
    private int RequireWholeState()
    {
        var seen = Path.GetFileName(new FileInfo(Path.Combine(_repositories.PathOf(Id.ToString()), "current")).LinkTarget!);
        var number = long.Parse(seen, null);
        var verified = _repositories.Store.Verify(Id, number);
        Assert.Empty(verified.Problems);
        Assert.True(_repositories.Store.Current(Id)!.Number - number is 0 or > 0);
        return _repositories.Store.Show(Id, number).Packages;
    }

    private int StartOver(string first)
    {
        _repositories.Store.Rollback(Id, _repositories.Store.History(Id)[^1].Number);
        Assert.EndsWith(".deb", first, StringComparison.Ordinal);
        return 1;
    }
}
