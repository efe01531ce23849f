using Slipway.Releases.Watching;

namespace Slipway.Releases.Tests.Watching;

/// <summary>The watcher's cases of the distribution factory that apply here, by their numbers there.</summary>
public sealed class ReleaseDecisionTests
{
    private static readonly InputState s_stream = InputState.Available("harbor", InputKind.Stream, "c1");
    private static readonly InputState s_tool = InputState.Available("slipway", InputKind.Tool, "1");
    private static readonly InputState s_apt = InputState.Available("apt", InputKind.Upstream, "u1");
    private static readonly InputState s_own = InputState.Available("own", InputKind.Provider, "p1");

    private static InputSurvey Survey(params InputState[] inputs) => new(inputs);

    private static InputSurvey Usual => Survey(s_apt, s_own, s_stream, s_tool);

    private static StreamHistory After(InputSurvey survey, uint version = 20) => new() { Answered = survey, LastVersion = version };

    private static void Expect(Decision decision, DecisionKind kind, int exit, params ReasonKind[] reasons)
    {
        Assert.Equal(kind, decision.Kind);
        Assert.Equal(reasons, decision.Reasons.Select(r => r.Kind));
        Assert.Equal(exit, decision.ExitCode);
    }

    [Fact] // 1
    public void First_look_builds() =>
        Expect(ReleaseDecision.Decide(Usual, new StreamHistory()), DecisionKind.Build, 1, ReasonKind.FirstBuild);

    [Fact]
    public void First_look_builds_although_a_provider_has_nothing_yet() =>
        Expect(ReleaseDecision.Decide(Survey(s_apt, InputState.Absent("own", InputKind.Provider), s_stream), new StreamHistory()), DecisionKind.Build, 1, ReasonKind.FirstBuild);

    [Fact] // 2
    public void New_upstream_builds() =>
        Expect(ReleaseDecision.Decide(Survey(s_apt with { Fingerprint = "u2" }, s_own, s_stream, s_tool), After(Usual)), DecisionKind.Build, 1, ReasonKind.NewUpstream);

    [Fact] // 3
    public void Equal_inputs_are_up_to_date() => Expect(ReleaseDecision.Decide(Usual, After(Usual)), DecisionKind.UpToDate, 0);

    [Fact] // 4
    public void Changed_provider_builds() =>
        Expect(ReleaseDecision.Decide(Survey(s_apt, s_own with { Fingerprint = "p2" }, s_stream, s_tool), After(Usual)), DecisionKind.Build, 1, ReasonKind.ContentChanged);

    [Fact]
    public void First_snapshot_of_a_provider_builds() =>
        Expect(ReleaseDecision.Decide(Usual, After(Survey(s_apt, InputState.Absent("own", InputKind.Provider), s_stream, s_tool), 5)), DecisionKind.Build, 1, ReasonKind.ContentChanged);

    [Fact] // 6
    public void Same_inputs_in_another_order_are_up_to_date()
    {
        var turned = Survey(s_tool, s_stream, s_own, s_apt);
        Expect(ReleaseDecision.Decide(turned, After(Usual)), DecisionKind.UpToDate, 0);
        Assert.Equal(Usual.Fingerprint, turned.Fingerprint);
    }

    [Theory] // 7, 8
    [InlineData(InputAvailability.Available)]
    [InlineData(InputAvailability.Absent)]
    public void Unreachable_provider_is_an_error_whatever_it_had(InputAvailability before)
    {
        var had = before == InputAvailability.Available ? s_own : InputState.Absent("own", InputKind.Provider);
        var now = Survey(s_apt, InputState.Unavailable("own", InputKind.Provider, "connection refused"), s_stream, s_tool);
        var decision = ReleaseDecision.Decide(now, After(Survey(s_apt, had, s_stream, s_tool)));
        Expect(decision, DecisionKind.Error, 3, ReasonKind.InputUnavailable);
        Assert.Contains("connection refused", decision.ToString(), StringComparison.Ordinal);
    }

    [Fact] // 8: never read as empty
    public void Provider_that_had_content_and_has_none_is_an_error() =>
        Expect(ReleaseDecision.Decide(Survey(s_apt, InputState.Absent("own", InputKind.Provider), s_stream, s_tool), After(Usual)), DecisionKind.Error, 2, ReasonKind.InputLost);

    [Fact] // 11
    public void Unreachable_upstream_is_an_error_also_at_the_first_look() =>
        Expect(ReleaseDecision.Decide(Survey(InputState.Unavailable("apt", InputKind.Upstream, "no route"), s_stream), new StreamHistory()), DecisionKind.Error, 3, ReasonKind.InputUnavailable);

    [Fact]
    public void All_errors_are_given_at_once()
    {
        var now = Survey(InputState.Unavailable("apt", InputKind.Upstream, "a"), InputState.Unavailable("own", InputKind.Provider, "b"));
        Assert.Equal(2, ReleaseDecision.Decide(now, After(Usual)).Reasons.Count);
    }

    [Fact] // 18
    public void Every_true_reason_is_given() => Expect(
        ReleaseDecision.Decide(Survey(s_apt with { Fingerprint = "u2" }, s_own with { Fingerprint = "p2" }, s_stream with { Fingerprint = "c2" }, s_tool with { Fingerprint = "2" }), After(Usual)),
        DecisionKind.Build, 1, ReasonKind.NewUpstream, ReasonKind.ContentChanged, ReasonKind.ConfigChanged, ReasonKind.ToolChanged);

    [Fact] // 20
    public void Configuration_that_cannot_be_read_is_an_error() =>
        Expect(Decision.Error(ReasonKind.Configuration, "stream.yml:3: ..."), DecisionKind.Error, 2, ReasonKind.Configuration);

    [Fact] // 22
    public void Forced_request_builds_from_equal_inputs() =>
        Expect(ReleaseDecision.Decide(Usual, After(Usual), forced: true), DecisionKind.Build, 1, ReasonKind.Forced);

    [Fact] // 23
    public void Release_in_the_making_is_not_begun_again() =>
        Expect(ReleaseDecision.Decide(Usual, new StreamHistory { Running = 30 }), DecisionKind.UpToDate, 0, ReasonKind.InProgress);

    [Fact] // 23, W39
    public void Inputs_that_a_gate_refused_are_left_alone_until_they_change()
    {
        var changed = Survey(s_apt, s_own with { Fingerprint = "p2" }, s_stream, s_tool);
        var history = After(Usual) with { Failed = new FailedInputs(1, SameAgain: true, "gate hello: exit code 1", Due: true) };
        Expect(ReleaseDecision.Decide(changed, history), DecisionKind.Blocked, 4, ReasonKind.KnownBadInputs);
        Expect(ReleaseDecision.Decide(changed, history, forced: true), DecisionKind.Build, 1, ReasonKind.Forced, ReasonKind.ContentChanged);
    }

    [Theory] // 23
    [InlineData(true, DecisionKind.Build)]
    [InlineData(false, DecisionKind.Blocked)]
    public void Failures_from_outside_are_tried_again_after_a_rest(bool due, DecisionKind kind)
    {
        var changed = Survey(s_apt with { Fingerprint = "u2" }, s_own, s_stream, s_tool);
        var history = After(Usual) with { Failed = new FailedInputs(2, SameAgain: false, "No space left on device", due) };
        Assert.Equal(kind, ReleaseDecision.Decide(changed, history).Kind);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(50, 60)]
    public void Rests_grow_up_to_an_hour(int attempts, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), FailedInputs.RestAfter(attempts));

    [Fact]
    public void Error_stands_over_blocked_and_build()
    {
        var history = After(Usual) with { Failed = new FailedInputs(9, true, "x", true) };
        var now = Survey(s_apt with { Fingerprint = "u2" }, InputState.Unavailable("own", InputKind.Provider, "down"), s_stream, s_tool);
        Assert.Equal(DecisionKind.Error, ReleaseDecision.Decide(now, history, forced: true).Kind);
    }

    [Fact]
    public void Input_that_left_the_configuration_is_a_change() =>
        Expect(ReleaseDecision.Decide(Survey(s_apt, s_stream, s_tool), After(Usual)), DecisionKind.Build, 1, ReasonKind.ContentChanged);
}
