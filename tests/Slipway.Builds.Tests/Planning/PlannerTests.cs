namespace Slipway.Builds.Tests.Planning;

public sealed class PlannerTests
{
    private static readonly ServedGroup[] Served = [new("harbor", "x86_64")];

    private static PlannedBuild Build(long id, string name, string needs = "", BuildState state = BuildState.Queued, string dist = "bookworm", string project = "harbor", bool live = false, string arch = "x86_64", string group = "harbor", bool image = false) =>
        new(id, $"projects/{project}/{name}", project, dist, arch, group, image, state, live, [name, $"lib{name}-dev"], needs.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void A_build_waits_for_the_queued_build_of_what_it_needs()
    {
        var plan = Planner.Plan([Build(1, "app", "libgreet-dev"), Build(2, "greet")], Served);
        Assert.Equal([2], plan.Ready);
        var hold = Assert.Single(plan.Holds);
        Assert.Equal((1, "needs libgreet-dev of projects/harbor/greet (build 2), which is queued"), (hold.Build, hold.Reason));
        Assert.Equal([2], hold.For);
    }

    [Theory]
    [InlineData(BuildState.Running, false)]
    [InlineData(BuildState.Succeeded, false)]
    [InlineData(BuildState.Failed, false)]
    [InlineData(BuildState.Cancelled, true)]
    public void It_waits_until_the_needed_package_is_published_also_when_that_has_failed(BuildState state, bool ready) =>
        Assert.Equal(ready, Planner.Plan([Build(1, "app", "libgreet-dev"), Build(2, "greet", state: state)], Served).Ready.Contains(1));

    [Theory]
    [InlineData("sid", "harbor", true)]
    [InlineData("bookworm", "other", false)]
    public void Builds_for_another_dist_hold_nothing_those_of_another_project_do(string dist, string project, bool ready) =>
        Assert.Equal(ready, Planner.Plan([Build(1, "app", "libgreet-dev"), Build(2, "greet", dist: dist, project: project)], Served).Ready.Contains(1));

    [Fact]
    public void Who_needs_what_has_failed_waits_and_says_for_what() =>
        Assert.Equal("needs libgreet-dev of projects/harbor/greet (build 2), which has failed", Assert.Single(Planner.Plan([Build(1, "app", "libgreet-dev"), Build(2, "greet", state: BuildState.Failed)], Served).Holds).Reason);

    [Fact]
    public void A_diamond_is_released_in_its_order()
    {
        PlannedBuild[] builds = [Build(1, "top", "libleft-dev libright-dev"), Build(2, "left", "libbase-dev"), Build(3, "right", "libbase-dev"), Build(4, "base")];
        Assert.Equal([4], Planner.Plan(builds, Served).Ready);
        builds[3] = builds[3] with { State = BuildState.Cancelled };
        Assert.Equal([2, 3], Planner.Plan(builds, Served).Ready);
        Assert.Equal([2L, 3L], Assert.Single(Planner.Plan(builds, Served).Holds).For);
    }

    [Fact]
    public void Packages_that_need_each_other_are_not_held_for_each_other_and_are_reported()
    {
        var plan = Planner.Plan([Build(1, "a", "libb-dev"), Build(2, "b", "liba-dev"), Build(3, "user", "liba-dev")], Served);
        Assert.Equal([1, 2], plan.Ready);
        Assert.Equal(3, Assert.Single(plan.Holds).Build);
        Assert.Equal(["projects/harbor/a", "projects/harbor/b"], Assert.Single(plan.Cycles));
    }

    [Fact]
    public void A_package_that_needs_what_it_makes_itself_is_not_held() =>
        Assert.Equal([1], Planner.Plan([Build(1, "gcc", "gcc")], Served).Ready);

    [Fact]
    public void A_build_waits_while_an_older_one_of_its_target_still_runs()
    {
        var plan = Planner.Plan([Build(1, "a", state: BuildState.Cancelled, live: true), Build(2, "a")], Served);
        Assert.Equal("build 1 of the same target is being stopped", Assert.Single(plan.Holds).Reason);
    }

    [Theory]
    [InlineData("suse", "x86_64", "no runner serves the group `suse`")]
    [InlineData("harbor", "aarch64", "no runner of the group `harbor` has the architecture aarch64")]
    public void A_build_that_nobody_can_run_says_so(string group, string arch, string reason) =>
        Assert.Equal(reason, Assert.Single(Planner.Plan([Build(1, "a", group: group, arch: arch)], Served).Holds).Reason);

    [Fact]
    public void A_request_for_the_group_local_runs_anywhere() =>
        Assert.Equal([1], Planner.Plan([Build(1, "a", group: "local")], Served).Ready);

    [Fact]
    public void A_chain_of_ten_thousand_packages_is_planned()
    {
        var builds = Enumerable.Range(1, 10_000).Select(id => Build(id, $"p{id}", id == 1 ? "" : $"libp{id - 1}-dev")).ToList();
        Assert.Equal([1], Planner.Plan(builds, Served).Ready);
    }
}
