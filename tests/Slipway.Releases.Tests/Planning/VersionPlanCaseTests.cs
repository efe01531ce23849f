using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Tests.Planning;

/// <summary>The ancestor's version and release plan cases by their numbers, each with the result that is required.</summary>
public sealed class VersionPlanCaseTests
{
    private static readonly VersionScheme s_scheme = new(10, 10, 10, Factor: 1000);

    private static VersionQuestion From(uint released, int format, int upstreamFormat, (uint Version, int Format) upstream, params (int Format, uint? First, uint? Latest)[] formats) => new()
    {
        Scheme = s_scheme,
        Position = new StreamPosition(released, format, released / 1000, upstreamFormat),
        LastPlanned = released,
        Chosen = new UpstreamVersion(upstream.Version, upstream.Format),
        Upstream = new UpstreamVersions { Known = [new(upstream.Version, upstream.Format)], Formats = formats.ToDictionary(f => f.Format, f => new FormatRange(f.First, f.Latest)) },
    };

    private static VersionQuestion Own(uint released, ReleaseRequest? request = null) => new()
    {
        Scheme = new VersionScheme(10, 10, 10),
        Position = released == 0 ? null : new StreamPosition(released, 1),
        LastPlanned = released,
        Request = request ?? ReleaseRequest.None,
    };

    private static void Makes(VersionQuestion question, params string[] versions)
    {
        var plan = VersionPlan.Make(question);
        Assert.Null(plan.Refusal);
        Assert.Equal(versions, plan.Versions.Select(v => $"{v.Version} f{v.Format}{(v.Upstream is { } u ? $" U{u}" : "")} {v.Role}{(v.MinVersion ? " min" : "")}"));
    }

    private static void Refuses(VersionQuestion question, ReasonKind kind)
    {
        var plan = VersionPlan.Make(question);
        Assert.Equal(kind, plan.Refusal?.Kind);
        Assert.Empty(plan.Versions);
    }

    [Fact]
    public void Case_24_Bump_with_a_catch_up() => Makes(
        From(30000010, 29, 29, (30100, 30), (29, null, 30080), (30, 30090, null)),
        "30080010 f29 U30080 Plus10", "30090020 f30 U30090 Plus20 min", "30100010 f30 U30100 Regular");

    [Fact]
    public void Case_25_Bump_to_the_first_version_of_the_format_needs_no_catch_up() => Makes(
        From(30000010, 29, 29, (30090, 30), (29, null, 30080), (30, 30090, null)),
        "30080010 f29 U30080 Plus10", "30090020 f30 U30090 Plus20 min");

    [Fact]
    public void Case_26_Two_bumps_are_made_in_order() => Makes(
        From(29000010, 28, 28, (30100, 30), (28, null, 29080), (29, 29090, 30080), (30, 30090, null)),
        "29080010 f28 U29080 Plus10", "29090020 f29 U29090 Plus20 min", "30080010 f29 U30080 Plus10", "30090020 f30 U30090 Plus20 min", "30100010 f30 U30100 Regular");

    [Fact]
    public void Case_27_Missing_data_of_any_bump_stops_the_whole_plan()
    {
        Refuses(From(30000010, 29, 29, (30100, 30), (30, 30090, null)), ReasonKind.UpstreamIncomplete);
        Refuses(From(29000010, 28, 28, (30100, 30), (28, null, 29080), (29, 29090, null), (30, 30090, null)), ReasonKind.UpstreamIncomplete);
        var decision = ReleaseDecision.Decide(new DecisionInput
        {
            Now = new([]),
            Scheme = s_scheme,
            Upstream = new UpstreamVersions { Known = [new(30100, 30)] },
            History = new StreamHistory { Position = new(30000010, 29, 30000, 29), LastVersion = 30000010, Answered = new([]) },
        });
        Assert.Equal((DecisionKind.Error, 2), (decision.Kind, decision.ExitCode));
    }

    [Fact]
    public void Case_28_Pair_goes_on_above_what_is_made_already() => Makes(
        From(30080010, 29, 29, (30100, 30), (29, null, 30080), (30, 30090, null)),
        "30080020 f29 U30080 Plus10", "30090020 f30 U30090 Plus20 min", "30100010 f30 U30100 Regular");

    [Fact]
    public void Case_28b_Format_with_a_single_version_is_crossed() => Makes(
        From(29000010, 28, 28, (30100, 30), (28, null, 29080), (29, 29090, 29090), (30, 30090, null)),
        "29080010 f28 U29080 Plus10", "29090020 f29 U29090 Plus20 min", "29090030 f29 U29090 Plus10", "30090020 f30 U30090 Plus20 min", "30100010 f30 U30100 Regular");

    [Fact]
    public void Case_28c_Own_format_numbers_move_in_lockstep() => Makes(
        From(30000010, 5, 29, (30100, 30), (29, null, 30080), (30, 30090, null)),
        "30080010 f5 U30080 Plus10", "30090020 f6 U30090 Plus20 min", "30100010 f6 U30100 Regular");

    [Fact]
    public void Case_29_Used_up_numbers_block_until_the_next_upstream()
    {
        Refuses(From(30000990, 29, 29, (30000, 29)), ReasonKind.Exhausted);
        Makes(From(30000990, 29, 29, (30010, 29)), "30010010 f29 U30010 Regular");
    }

    [Fact]
    public void Case_30_Step_that_does_not_divide_the_factor_never_leaks_into_the_next_upstream() =>
        Refuses(From(30000990, 29, 29, (30000, 29)) with { Scheme = new VersionScheme(30, 30, 30, Factor: 1000) }, ReasonKind.Exhausted);

    [Fact]
    public void Case_31_First_version_of_a_stream_without_upstream() => Makes(Own(0), "10 f1 Regular");

    [Fact]
    public void Case_32_Next_version_and_bump_of_a_stream_without_upstream()
    {
        Makes(Own(30), "40 f1 Regular");
        Makes(Own(30, new(FormatBump: true)), "40 f1 Plus10", "50 f2 Plus20 min");
    }

    [Fact]
    public void Case_33_Bump_of_a_first_version_is_an_invalid_request() => Refuses(Own(0, new(FormatBump: true)), ReasonKind.InvalidRequest);

    [Fact]
    public void Case_34_Minimum_version_changes_no_number() => Makes(Own(30, new(MinVersion: true)), "40 f1 Regular min");

    [Fact]
    public void Numbers_never_pass_32_bits()
    {
        Refuses(From(4294900010, 29, 29, (4294967, 29)) with { LastPlanned = 4294967290 }, ReasonKind.Exhausted);
        Refuses(Own(uint.MaxValue - 5), ReasonKind.Exhausted);
    }

    [Theory]
    [InlineData(UpstreamPolicyKind.Follow, 0, 30100)]
    [InlineData(UpstreamPolicyKind.Pin, 30080, 30080)]
    [InlineData(UpstreamPolicyKind.Lag, 1, 30090)]
    [InlineData(UpstreamPolicyKind.Max, 30095, 30090)]
    [InlineData(UpstreamPolicyKind.Hold, 0, 30080)]
    public void Policies_choose_a_version_of_the_upstream(UpstreamPolicyKind kind, uint number, uint expected)
    {
        var upstream = new UpstreamVersions { Known = [new(30100, 30), new(30090, 30), new(30080, 29)] };
        Assert.Equal(expected, new UpstreamPolicy(kind, number).Choose(upstream, 30080)!.Version);
    }

    [Fact]
    public void Policy_that_no_version_meets_chooses_none()
    {
        var upstream = new UpstreamVersions { Known = [new(30100, 30)] };
        Assert.Null(new UpstreamPolicy(UpstreamPolicyKind.Pin, 29000).Choose(upstream, 0));
        Assert.Null(new UpstreamPolicy(UpstreamPolicyKind.Lag, 3).Choose(upstream, 0));
        Assert.Null(new UpstreamPolicy(UpstreamPolicyKind.Max, 29000).Choose(upstream, 0));
    }
}
