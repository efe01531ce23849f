using Slipway.Builds.Tests.Results;

namespace Slipway.Builds.Tests.Planning;

/// <summary>Six packages over two dists: base; left and right upon it; top upon both, in another project; leaf upon top; and one that needs none of them.</summary>
public sealed class DiamondTests(RunningSigner signer) : IDisposable
{
    private const string Dists = "bookworm,sid";
    private readonly TestService _service = new(signer.Client);

    public void Dispose() => _service.Dispose();

    private void PushDiamond(string more = "")
    {
        foreach (var dist in Dists.Split(',')) _service.WriteDist(dist, more: more);
        _service.WritePackage("base", dist: Dists);
        _service.WritePackage("left", needs: "base", dist: Dists);
        _service.WritePackage("right", needs: "base", dist: Dists);
        _service.WritePackage("top", needs: "left, right", dist: Dists, project: "bridge");
        _service.WritePackage("leaf", needs: "top", dist: Dists);
        _service.WritePackage("free", dist: Dists);
        _service.Push();
    }

    // Done when nothing is under way and every result is published; that cannot change by itself any more.
    private async Task<IReadOnlyList<BuildView>> RunToTheEndAsync(int builds)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var run = _service.Roles.RunAsync(stop.Token);
        bool Done() => _service.Queries.Builds() is var all && all.Count >= builds && all.All(one => one.Snapshot is not null || one.State is BuildState.Failed or BuildState.Cancelled)
            && _service.Scalar<string?>("SELECT commit_id FROM builds_cursor") == _service.Source.Head();
        while (!stop.IsCancellationRequested && !Done()) await Task.Delay(20, CancellationToken.None);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(Done(), string.Join('\n', _service.Queries.Builds()));
        return _service.Queries.Builds();
    }

    private List<string> Started(string dist) => [.. _service.Builds.Started.Where(one => one.Dist.Name == dist).Select(one => one.PackageName)];

    private static void InOrder(IReadOnlyList<string> started, params string[] names) =>
        Assert.Equal(names, started.Where(names.Contains));

    [Fact]
    public async Task A_change_at_the_bottom_rebuilds_each_dependent_once_and_in_order()
    {
        PushDiamond();
        await RunToTheEndAsync(12);
        foreach (var dist in Dists.Split(','))
        {
            Assert.Equal(["base", "free", "leaf", "left", "right", "top"], Started(dist).Order());
            InOrder(Started(dist), "base", "left", "top", "leaf");
            InOrder(Started(dist), "base", "right", "top", "leaf");
        }

        _service.Builds.Started.Clear();
        _service.Write("projects/harbor/base/file", "changed");
        _service.Push();
        var builds = await RunToTheEndAsync(22);
        Assert.Equal(22, builds.Count);
        foreach (var dist in Dists.Split(','))
        {
            Assert.Equal(["base", "leaf", "left", "right", "top"], Started(dist).Order());
            InOrder(Started(dist), "base", "left", "top", "leaf");
            InOrder(Started(dist), "base", "right", "top", "leaf");
        }
        var top = builds.First(build => build.Name == "top");
        Assert.Matches(@"projects/harbor/left changed \(build \d+: left 1\.\d+ -> 1\.\d+\); projects/harbor/right changed", _service.Queries.Why(top.Id)!.Because);
        // It was built with what the other project had published just before.
        Assert.Equal(2, _service.Builds.Started.First(one => one.PackageName == "top").ProjectRepositories.Count);
    }

    [Fact]
    public async Task Where_the_result_is_the_same_the_rebuilding_stops()
    {
        PushDiamond();
        _service.Write("projects/harbor/left/behaviour", "same");
        _service.Write("projects/harbor/right/behaviour", "same");
        _service.Push();
        await RunToTheEndAsync(12);
        _service.Builds.Started.Clear();
        _service.Write("projects/harbor/base/file", "changed");
        _service.Push();
        await RunToTheEndAsync(18);
        foreach (var dist in Dists.Split(',')) Assert.Equal(["base", "left", "right"], Started(dist).Order());
    }

    [Fact]
    public async Task A_failed_dependency_holds_its_dependents_until_it_succeeds()
    {
        PushDiamond();
        _service.Write("projects/harbor/base/behaviour", "fail");
        _service.Push();
        _service.FetchAndTake();
        var roles = _service.Roles;
        using var stop = new CancellationTokenSource();
        var run = Task.Run(() => roles.RunAsync(stop.Token), TestContext.Current.CancellationToken);
        await _service.WaitForAsync("left", build => build is { State: BuildState.Waiting } && build.Reason!.EndsWith("which has failed", StringComparison.Ordinal));
        var top = _service.Queries.Builds(200, "projects/bridge/top")[0];
        Assert.Equal(BuildState.Waiting, top.State);
        Assert.Matches("projects/bridge/top needs projects/harbor/left .*\nprojects/bridge/top needs projects/harbor/right .*\nprojects/harbor/left needs projects/harbor/base \\(build \\d+, failed\\)",
            string.Join('\n', _service.Queries.Why(top.Id)!.Chain));
        _service.Write("projects/harbor/base/behaviour", "");
        _service.Push();
        await _service.WaitForAsync("leaf", build => build.Snapshot is not null);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Packages_that_need_each_other_are_built_twice()
    {
        _service.WriteDist();
        _service.WritePackage("chicken", needs: "egg");
        _service.WritePackage("egg", needs: "chicken");
        _service.WritePackage("omelette", needs: "egg");
        _service.Push();
        await RunToTheEndAsync(5);
        Assert.Equal(["chicken", "chicken", "egg", "egg", "omelette"], Started("bookworm").Order());
        Assert.Equal("omelette", Started("bookworm")[^1]);
        Assert.Contains("need each other and are built twice", _service.Queries.Why(_service.Build("egg").Id)!.Because, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("direct", new[] { "base", "left", "right" })]
    [InlineData("new", new[] { "base" })]
    public async Task A_dist_says_how_far_a_change_goes(string strategy, string[] built)
    {
        PushDiamond($"rebuild: {strategy}\n");
        await RunToTheEndAsync(12);
        _service.Builds.Started.Clear();
        _service.Write("projects/harbor/base/file", "changed");
        _service.Push();
        await RunToTheEndAsync(12 + (2 * built.Length));
        foreach (var dist in Dists.Split(',')) Assert.Equal(built, Started(dist).Order());
    }
}
