using Slipway.Compose;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Tests.Planning;

public sealed class ReleasePlanTests
{
    private static readonly Reason[] s_because = [new(ReasonKind.ContentChanged, "the repository own changed")];

    private static StreamConfig Config(string more = "") => StreamConfigReader.Parse(
        $$"""
        stream: harbor
        upstream: {type: apt, sources: host}
        providers: [{name: own, project: harbor, dist: bookworm}]
        bundles: [os-core, {name: harbor, needs: own}]
        versions: {first: 5, then: 10, step: 10}
        deltas: {from_previous: 2}
        content_url: http://c.example
        channels: [{name: stable, publish: auto}, {name: lts}]
        {{more}}
        """);

    private static ResolvedPackage Package(string text)
    {
        var (name, version) = (text.Split(' ')[0], text.Split(' ')[1]);
        return new ResolvedPackage(name, version, "amd64", "r", "", Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)), 1, "");
    }

    private static ReleaseContent Content(StreamConfig config, IReadOnlyList<string> bundles, params string[] packages) => new()
    {
        Config = config,
        Commit = "c1",
        PackageType = PackageType.Deb,
        UpstreamState = "u",
        Bundles = [.. bundles.Select(b => new BundleDefinition(b, "bundles/" + b, BundleHeader.Empty, [], [], [], [], []))],
        LeftOut = [.. config.Bundles.Where(b => !bundles.Contains(b.Name))],
        Resolved = [new ResolvedBundle("os-core", [.. packages.Select(Package)])],
    };

    private static PreviousRelease Previous(uint version, ReleaseContent content) =>
        new(version, content.Config.Format, content.Key, PackageChanges.Of(content.Resolved), [.. content.Bundles.Select(b => b.Name)]);

    [Fact]
    public void First_version_comes_from_the_distribution_alone_and_the_next_has_everything()
    {
        var alone = Content(Config(), ["os-core"], "bash 1");
        var first = ReleasePlan.Make(alone, 0, null, [], s_because);
        Assert.Equal((5u, 0u), (first.Version, first.Previous));
        Assert.Equal("harbor", Assert.Single(first.LeftOut).Name);
        var whole = Content(Config(), ["os-core", "harbor"], "bash 1", "hello 1");
        var second = ReleasePlan.Make(whole, 5, Previous(5, alone), [5], s_because);
        Assert.Equal((10u, 5u), (second.Version, second.Previous));
        Assert.Equal([5u], second.DeltasFrom);
        Assert.Empty(second.Problems);
        Assert.Equal(["stable"], second.PublishTo);
        Assert.Equal(20u, ReleasePlan.Make(whole, 10, Previous(10, whole), [10, 5], s_because).Version);
    }

    [Fact]
    public void Burned_number_is_not_used_again() =>
        Assert.Equal(50u, ReleasePlan.Make(Content(Config(), ["os-core", "harbor"], "a 1"), 40, null, [20], s_because).Version);

    [Fact] // case 43
    public void Packages_are_compared_by_name()
    {
        var before = Content(Config(), ["os-core"], "foo 1.0-1", "bar 2-3", "lib-x-y 1.2-9");
        var after = Content(Config(), ["os-core"], "lib-x-y 1.2-9", "new 1-1", "foo 1.1-2");
        var changes = ReleasePlan.Make(after, 10, Previous(10, before), [10], s_because).Packages;
        Assert.Equal("new", Assert.Single(changes.Added).Name);
        Assert.Equal("bar", Assert.Single(changes.Removed).Name);
        Assert.Equal(new UpdatedPackage("foo", "1.0-1", "1.1-2"), Assert.Single(changes.Updated));
    }

    [Fact] // case 44
    public void Everything_removed_is_not_something_added()
    {
        var changes = PackageChanges.Between(PackageChanges.Of([new ResolvedBundle("b", [Package("foo 1")])]), []);
        Assert.Empty(changes.Added);
        Assert.Equal("foo", Assert.Single(changes.Removed).Name);
    }

    [Fact]
    public void Inputs_that_move_without_consequence_change_nothing()
    {
        var one = Content(Config(), ["os-core"], "a 1", "b 1");
        var other = Content(Config(), ["os-core"], "b 1", "a 1") with { Commit = "c2", UpstreamState = "u2" };
        Assert.False(ReleasePlan.Make(other, 10, Previous(10, one), [10], s_because).ChangesAnything);
        Assert.True(ReleasePlan.Make(Content(Config(), ["os-core"], "a 1", "b 2"), 10, Previous(10, one), [10], s_because).ChangesAnything);
    }

    [Fact] // case 5, W1
    public void Removing_more_packages_than_the_budget_is_a_problem()
    {
        var config = Config("budgets: {removed_packages_percent: 40}");
        var before = Content(config, ["os-core"], "a 1", "b 1");
        var plan = ReleasePlan.Make(Content(config, ["os-core"], "a 1"), 10, Previous(10, before), [10], s_because);
        Assert.Contains("more than the budget of 40 %", Assert.Single(plan.Problems).Text, StringComparison.Ordinal);
    }

    [Fact] // case 36
    public void Bundle_that_vanishes_is_a_problem()
    {
        var before = Content(Config(), ["os-core", "harbor"], "a 1");
        var plan = ReleasePlan.Make(Content(Config(), ["os-core"], "a 1"), 10, Previous(10, before), [10], s_because);
        Assert.Contains("bundle harbor", Assert.Single(plan.Problems).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_that_changes_without_a_bump_is_a_problem()
    {
        var before = Content(Config(), ["os-core"], "a 1");
        var plan = ReleasePlan.Make(Content(Config("format: 31"), ["os-core"], "a 1"), 10, Previous(10, before), [10], s_because);
        Assert.Contains("format bump", Assert.Single(plan.Problems).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Deltas_go_back_as_far_as_the_configuration_says() => Assert.Equal(
        [30u, 20u], ReleasePlan.Make(Content(Config(), ["os-core", "harbor"], "a 1"), 30, null, [30, 20, 10], s_because).DeltasFrom);

    [Fact]
    public void Plan_and_content_survive_being_written_down()
    {
        var content = Content(Config("gates: [{name: x, run: [/bin/true], expect: y}]"), ["os-core"], "a 1");
        var plan = ReleasePlan.Make(content, 0, null, [], s_because);
        Assert.Equal(ReleaseJson.Write(plan), ReleaseJson.Write(ReleaseJson.Read<ReleasePlan>(ReleaseJson.Write(plan))));
        Assert.Equal(content.Key, ReleaseJson.Read<ReleaseContent>(ReleaseJson.Write(content)).Key);
    }
}
