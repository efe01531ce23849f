using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Tests.Watching;

/// <summary>The ancestor's watcher cases by their numbers, each with the result that is required instead.</summary>
public sealed class WatcherCaseTests
{
    private static readonly VersionScheme s_scheme = new(10, 10, 10, Factor: 1000);

    private static DecisionInput Derivative(uint released, uint upstream, IReadOnlyList<string>? before, InputState koji, int format = 29, int upstreamFormat = 29) => new()
    {
        Scheme = s_scheme,
        Now = Survey(koji),
        Upstream = new UpstreamVersions { Known = [new(upstream, upstreamFormat), .. upstream > 30000 ? [new UpstreamVersion(30000, 29)] : Array.Empty<UpstreamVersion>()] },
        History = released == 0 ? new StreamHistory() : new StreamHistory
        {
            Position = new StreamPosition(released, format, released / 1000, 29),
            LastVersion = released,
            Answered = Survey(before is null ? Koji() with { Packages = null, Fingerprint = "lost" } : Koji([.. before])),
        },
    };

    private static InputSurvey Survey(InputState koji, params InputState[] more) =>
        new([InputState.Available("upstream", InputKind.Upstream, "u"), koji, InputState.Available("s", InputKind.Bundles, "b1"), InputState.Available("s", InputKind.Images, "i1"), .. more]);

    private static InputState Koji(params string[] packages) => InputState.OfPackages("koji", InputKind.Provider, packages);

    private static readonly InputState s_down = InputState.Unavailable("koji", InputKind.Provider, "connection refused");

    private static Decision Expect(DecisionInput input, DecisionKind kind, int exit, params ReasonKind[] reasons)
    {
        var decision = ReleaseDecision.Decide(input);
        Assert.Equal((kind, exit), (decision.Kind, decision.ExitCode));
        Assert.Equal(reasons, decision.Reasons.Select(r => r.Kind));
        Assert.Equal(kind == DecisionKind.Build, decision.Versions.Count > 0);
        return decision;
    }

    private static void Makes(Decision decision, params string[] versions) => Assert.Equal(versions,
        decision.Versions.Select(v => $"{v.Version} f{v.Format} U{v.Upstream} {v.Role}{(v.MinVersion ? " min" : "")}"));

    [Fact]
    public void Case_01_First_look_makes_the_first_version() =>
        Makes(Expect(Derivative(0, 30000, [], Koji()), DecisionKind.Build, 1, ReasonKind.FirstBuild), "30000010 f29 U30000 Regular");

    [Fact]
    public void Case_02_New_upstream_makes_a_version() =>
        Makes(Expect(Derivative(30000010, 30010, ["foo-1-1"], Koji("foo-1-1")), DecisionKind.Build, 1, ReasonKind.NewUpstream), "30010010 f29 U30010 Regular");

    [Fact]
    public void Case_03_Equal_lists_are_up_to_date() =>
        Expect(Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1")), DecisionKind.UpToDate, 0);

    [Fact]
    public void Case_04_Updated_package_makes_a_version_and_is_named()
    {
        var decision = Expect(Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-2")), DecisionKind.Build, 1, ReasonKind.ContentChanged);
        Assert.Contains("updated foo 1-1 -> 1-2", decision.Reasons[0].Text, StringComparison.Ordinal);
        Makes(decision, "30000020 f29 U30000 Regular");
    }

    [Fact]
    public void Case_05_Removed_package_makes_a_version_unless_the_budget_forbids()
    {
        var input = Derivative(30000010, 30000, ["foo-1-1", "bar-1-1"], Koji("foo-1-1"));
        Assert.Contains("removed bar 1-1", Expect(input, DecisionKind.Build, 1, ReasonKind.ContentChanged).Reasons[0].Text, StringComparison.Ordinal);
        Expect(input with { RemovedPackagesPercent = 40 }, DecisionKind.Blocked, 4, ReasonKind.RemovalBudget);
    }

    [Fact]
    public void Case_06_Same_set_in_another_order_is_up_to_date() =>
        Expect(Derivative(30000010, 30000, ["foo-1-1", "bar-2-1"], Koji("bar-2-1", "foo-1-1")), DecisionKind.UpToDate, 0);

    [Fact]
    public void Case_07_Provider_that_is_down_is_an_error_and_makes_nothing() =>
        Expect(Derivative(30000010, 30000, ["foo-1-1"], s_down), DecisionKind.Error, 3, ReasonKind.InputUnavailable);

    [Fact]
    public void Case_08_Provider_that_is_down_is_an_error_also_when_it_had_nothing() =>
        Expect(Derivative(30000010, 30000, [], s_down), DecisionKind.Error, 3, ReasonKind.InputUnavailable);

    [Fact]
    public void Case_09_Empty_list_after_an_empty_file_is_up_to_date()
    {
        Expect(Derivative(30000010, 30000, [], Koji()), DecisionKind.UpToDate, 0);
        Expect(Derivative(30000010, 30000, [""], Koji()), DecisionKind.UpToDate, 0);
    }

    [Fact]
    public void Case_10_Missing_baseline_is_a_warning_or_by_policy_an_error()
    {
        var input = Derivative(30000010, 30000, null, Koji("foo-1-1"));
        Assert.Contains("not known", Assert.Single(Expect(input, DecisionKind.Build, 1, ReasonKind.ContentChanged).Warnings), StringComparison.Ordinal);
        Expect(input with { BaselineRequired = true }, DecisionKind.Error, 2, ReasonKind.StateCorrupted);
    }

    [Fact]
    public void Case_11_Upstream_that_is_down_is_an_error()
    {
        var input = Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1"));
        Expect(input with { Upstream = null, Now = new([InputState.Unavailable("upstream", InputKind.Upstream, "no route to host"), Koji("foo-1-1")]) },
            DecisionKind.Error, 3, ReasonKind.InputUnavailable);
    }

    [Fact]
    public void Case_12_Mirror_that_lags_blocks() => Expect(
        Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1")) with { Upstream = new UpstreamVersions { Known = [], Lag = "the mirror says 30100 is its newest version and has no update/30100/format" } },
        DecisionKind.Blocked, 4, ReasonKind.MirrorLag);

    [Fact]
    public void Case_13_Version_that_cannot_be_a_derivatives_is_corrupted_state() =>
        Expect(Derivative(10, 30000, ["foo-1-1"], Koji("foo-1-1")), DecisionKind.Error, 2, ReasonKind.StateCorrupted);

    [Fact]
    public void Case_14_Published_state_that_cannot_be_read_is_corrupted()
    {
        var input = Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1"));
        Expect(input with { History = input.History with { Corrupted = "30000010/format is missing" } }, DecisionKind.Error, 2, ReasonKind.StateCorrupted);
    }

    [Fact]
    public void Case_15_Upstream_that_went_back_is_a_warning() => Assert.Contains("went back",
        Assert.Single(Expect(Derivative(30000010, 29990, ["foo-1-1"], Koji("foo-1-1")), DecisionKind.UpToDate, 0).Warnings), StringComparison.Ordinal);

    [Fact]
    public void Case_16_Upstream_that_went_back_blocks_changed_content_or_stays_on_the_base()
    {
        var input = Derivative(30000010, 29990, ["foo-1-1"], Koji("foo-1-2"));
        Expect(input, DecisionKind.Blocked, 4, ReasonKind.UpstreamWentBack);
        Makes(Expect(input with { StayWhenUpstreamWentBack = true }, DecisionKind.Build, 1, ReasonKind.ContentChanged), "30000020 f29 U30000 Regular");
    }

    [Fact]
    public void Case_17_Pin_holds_and_says_so()
    {
        var input = Derivative(29990010, 30000, ["foo-1-1"], Koji("foo-1-1")) with
        {
            Upstream = new UpstreamVersions { Known = [new(30000, 29), new(29990, 29)] },
            Policy = new UpstreamPolicy(UpstreamPolicyKind.Pin, 29990),
        };
        Assert.Contains("'pin 29990' holds 29990", Assert.Single(Expect(input, DecisionKind.UpToDate, 0).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Case_18_Format_bump_of_the_upstream_is_planned_whole()
    {
        var input = Derivative(30000010, 30100, ["foo-1-1"], Koji("foo-1-1")) with
        {
            Upstream = new UpstreamVersions
            {
                Known = [new(30100, 30)],
                Formats = new Dictionary<int, FormatRange> { [29] = new(20000, 30080), [30] = new(30090, 30100) },
            },
        };
        Makes(Expect(input, DecisionKind.Build, 1, ReasonKind.NewUpstream, ReasonKind.FormatBump),
            "30080010 f29 U30080 Plus10", "30090020 f30 U30090 Plus20 min", "30100010 f30 U30100 Regular");
    }

    [Fact]
    public void Case_19_Stream_without_upstream_is_up_to_date_when_nothing_changed() => Expect(new DecisionInput
    {
        Now = new([Koji("foo-1-1")]),
        History = new StreamHistory { Position = new(30, 1), LastVersion = 30, Answered = new([Koji("foo-1-1")]) },
    }, DecisionKind.UpToDate, 0);

    [Fact]
    public void Case_20_Configuration_that_cannot_be_read_is_an_error_never_a_build()
    {
        using var stream = new TestStream();
        var decision = stream.Planner.Look("nosuch", cancellation: TestContext.Current.CancellationToken).Decision;
        Assert.Equal((DecisionKind.Error, 2), (decision.Kind, decision.ExitCode));
        stream.Commit(more: "gates: 7");
        decision = stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision;
        Assert.Equal((DecisionKind.Error, 2, ReasonKind.Configuration), (decision.Kind, decision.ExitCode, decision.Reasons[0].Kind));
    }

    [Theory]
    [InlineData(InputKind.Bundles, ReasonKind.BundlesChanged)]
    [InlineData(InputKind.Images, ReasonKind.ImagesChanged)]
    public void Case_21_Changed_bundles_and_images_make_a_version(InputKind kind, ReasonKind reason)
    {
        var input = Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1"));
        var now = input.Now.Inputs.Select(i => i.Kind == kind ? i with { Fingerprint = "changed" } : i);
        Makes(Expect(input with { Now = new([.. now]) }, DecisionKind.Build, 1, reason), "30000020 f29 U30000 Regular");
    }

    [Fact]
    public void Case_22_Forced_request_makes_the_next_version() => Makes(
        Expect(Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-1")) with { Request = new(Forced: true) }, DecisionKind.Build, 1, ReasonKind.Forced), "30000020 f29 U30000 Regular");

    [Fact]
    public void Case_23_Inputs_that_are_being_built_or_failed_are_not_begun_again()
    {
        var input = Derivative(30000010, 30000, ["foo-1-1"], Koji("foo-1-2"));
        Expect(input with { History = input.History with { Running = 30000020 } }, DecisionKind.UpToDate, 0, ReasonKind.InProgress);
        var failed = input with { History = input.History with { LastVersion = 30000020, Failed = new FailedInputs(2, SameAgain: true, "gate update", Due: true) } };
        Expect(failed, DecisionKind.Blocked, 4, ReasonKind.KnownBadInputs);
        Makes(Expect(failed with { Request = new(Forced: true) }, DecisionKind.Build, 1, ReasonKind.Forced, ReasonKind.ContentChanged), "30000030 f29 U30000 Regular");
    }
}
