using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

public sealed class PublisherKillTests(RunningSigner signer, ITestOutputHelper output) : IDisposable
{
    private static readonly RepositoryId Id = new("harbor", "bookworm");
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public Task A_publisher_killed_at_any_moment_leaves_the_old_state_or_the_new() => KillPublishers(kills: 10);

    [Fact, Trait("long", "yes")]
    public Task A_publisher_killed_a_hundred_times_leaves_the_old_state_or_the_new() => KillPublishers(kills: 100);

    [Theory]
    [InlineData("prepared", 1)]
    [InlineData("numbered", 1)]
    [InlineData("linking", 1)]
    [InlineData("written", 1)]
    [InlineData("recorded", 1)]
    [InlineData("switched", 2)]
    public async Task A_publisher_that_dies_at_a_step_is_followed_by_one_that_finishes(string step, int seen)
    {
        var first = RealPackages.Deb(_repositories.Temp, "torn", "1.0");
        var second = RealPackages.Deb(_repositories.Temp, "torn", "1.1");
        _repositories.Publish(Id.ToString(), first);
        using (var publisher = ChildRoles.Start("publisher " + step, _repositories.Data.Root, signer.Socket, Id.ToString(), second))
            Assert.Equal(9, (await publisher.Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Signal);
        Assert.Equal(seen, RequireWholeState());
        // Once recorded it exists, and only the switch is made good; before that, it never was.
        _repositories.Store.Recover();
        Assert.Equal(step is "recorded" or "switched" ? 2 : 1, RequireWholeState());
        Assert.False(HasUnfinished());
        var snapshot = _repositories.Publish(Id.ToString(), second);
        Assert.Equal(2, RequireWholeState());
        // The number of the one that died is not used again.
        Assert.Equal(step is "prepared" or "recorded" or "switched" ? 2 : 3, snapshot.Number);
    }

    private async Task KillPublishers(int kills)
    {
        var random = new Random(20261120);
        var packages = Enumerable.Range(1, 12).Select(i => RealPackages.Deb(_repositories.Temp, "torn", $"1.{i}")).ToArray();
        _repositories.Publish(Id.ToString(), packages[0]);
        var socket = signer.Socket;
        var (interrupted, unfinished) = (0, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var ready = new TaskCompletionSource();
            using var publisher = ChildRoles.Start("publisher", _repositories.Data.Root, ready.SetResult, [socket, Id.ToString(), .. packages]);
            await Task.WhenAny(publisher.Completion, ready.Task);
            // A snapshot takes some 0.15 s on an idle machine: the kills fall anywhere in the first few.
            await Task.WhenAny(publisher.Completion, Task.Delay(random.Next(0, 500), TestContext.Current.CancellationToken));
            if (!publisher.Completion.IsCompleted) interrupted++;
            publisher.Signal(9);
            await publisher.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            if (HasUnfinished()) unfinished++;
            RequireWholeState();
        }
        output.WriteLine($"{kills} kills, {interrupted} of a running publisher, {unfinished} left an unfinished tree or an unmade switch; {_repositories.Store.Current(Id)!.Number} snapshots begun");
        Assert.Equal(kills, interrupted);
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
        Assert.True(_repositories.Store.Current(Id)!.Number >= number);
        return _repositories.Store.Show(Id, number).Packages;
    }

    private bool HasUnfinished()
    {
        var recorded = _repositories.Store.History(Id).Select(snapshot => snapshot.Number).ToHashSet();
        var current = Path.GetFileName(new FileInfo(Path.Combine(_repositories.PathOf(Id.ToString()), "current")).LinkTarget!);
        using var left = Content.RootedTree.Open(Path.Combine(_repositories.PathOf(Id.ToString()), "snapshots"));
        return long.Parse(current, null) != recorded.Max()
            || left.List(Content.BytePath.Empty).Any(entry => !long.TryParse(entry.Path.ToString(), out var number) ? entry.Path.ToString() != ".new-work" : !recorded.Contains(number));
    }
}
