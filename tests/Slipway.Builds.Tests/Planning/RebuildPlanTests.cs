namespace Slipway.Builds.Tests.Planning;

public sealed class RebuildPlanTests
{
    private static KnownBuild Known(long id, string name, string needs = "", BuildState state = BuildState.Succeeded, string wave = "before", int pass = 1, string chosen = "", string dist = "bookworm") => new(
        new(id, $"projects/harbor/{name}", "harbor", dist, "x86_64", "harbor", false, state, false, [name, $"lib{name}-dev"], Words(needs)), wave, pass, Words(chosen));

    private static PackageChange Change(KnownBuild of, RebuildStrategy strategy = RebuildStrategy.All, bool isRebuild = false) =>
        new(of, of.Build.Produces, "1.0 -> 1.1", strategy, isRebuild);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<long> Ids(IReadOnlyList<PlannedRebuild> plan) => plan.Select(one => one.Build);

    [Fact]
    public void What_needs_a_changed_package_is_built_again_and_says_why()
    {
        var lib = Known(5, "greet", wave: "now");
        var one = Assert.Single(RebuildPlan.Of([lib, Known(2, "app", "libgreet-dev"), Known(3, "other", "gcc")], [Change(lib)]));
        Assert.Equal(new PlannedRebuild(2, "projects/harbor/greet changed (build 5: 1.0 -> 1.1)", "now", 1), one);
    }

    [Fact]
    public void What_the_solver_chose_counts_as_needed()
    {
        var lib = Known(5, "greet");
        Assert.Equal([2], Ids(RebuildPlan.Of([lib, Known(2, "app", chosen: "gcc libgreet-dev")], [Change(lib)])));
    }

    [Theory]
    [InlineData(BuildState.Queued, false)]
    [InlineData(BuildState.Waiting, false)]
    [InlineData(BuildState.Running, true)]
    [InlineData(BuildState.Failed, true)]
    public void A_build_that_has_not_started_will_have_the_change_anyway(BuildState state, bool again)
    {
        var lib = Known(5, "greet");
        Assert.Equal(again, RebuildPlan.Of([lib, Known(2, "app", "greet", state)], [Change(lib)]).Count == 1);
    }

    [Theory]
    [InlineData(RebuildStrategy.All, false, 1)]
    [InlineData(RebuildStrategy.All, true, 1)]
    [InlineData(RebuildStrategy.Direct, false, 1)]
    [InlineData(RebuildStrategy.Direct, true, 0)]
    [InlineData(RebuildStrategy.New, false, 0)]
    public void The_strategy_says_how_far_a_change_goes(RebuildStrategy strategy, bool isRebuild, int rebuilds)
    {
        var lib = Known(5, "greet");
        Assert.Equal(rebuilds, RebuildPlan.Of([lib, Known(2, "app", "greet")], [Change(lib, strategy, isRebuild)]).Count);
    }

    [Fact]
    public void Packages_that_need_each_other_are_built_twice_and_not_for_ever()
    {
        KnownBuild a = Known(1, "a", "libb-dev", wave: "now"), b = Known(2, "b", "liba-dev", wave: "now");
        var second = RebuildPlan.Of([a, b], [Change(a), Change(b)]);
        Assert.All(second, one => Assert.Equal(("now", 2), (one.Wave, one.Pass)));
        Assert.Contains("need each other and are built twice, this is time 2", second[0].Because, StringComparison.Ordinal);
        Assert.Equal(2, second.Count);
        KnownBuild a2 = Known(3, "a", "libb-dev", wave: "now", pass: 2), b2 = Known(4, "b", "liba-dev", wave: "now", pass: 2);
        Assert.Equal([5L], Ids(RebuildPlan.Of([a2, b2, Known(5, "user", "a")], [Change(a2, isRebuild: true), Change(b2, isRebuild: true)])));
    }

    [Fact]
    public void When_one_of_a_cycle_changes_each_is_built_twice_at_most()
    {
        KnownBuild a = Known(10, "a", "b", wave: "now"), b = Known(2, "b", "a");
        var wave = new List<(string, int)> { ("a", 1) };
        for (var (changed, id) = (a, 11L); RebuildPlan.Of([a, b], [Change(changed)]) is [var next]; id++)
        {
            changed = next.Build == a.Build.Id ? a = Known(id, "a", "b", wave: next.Wave, pass: next.Pass) : b = Known(id, "b", "a", wave: next.Wave, pass: next.Pass);
            wave.Add((changed.Build.Produces[0], next.Pass));
        }
        Assert.Equal([("a", 1), ("b", 1), ("a", 2), ("b", 2)], wave);
    }
}
