using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;

namespace Slipway.Releases.Watching;

/// <summary>What a decision rests on.</summary>
public sealed record DecisionInput
{
    public required InputSurvey Now { get; init; }
    public required StreamHistory History { get; init; }

    /// <summary>Unset: 10, 20, 30 ...</summary>
    public VersionScheme Scheme { get; init; } = new(10, 10, 10);

    /// <summary>What a numbered upstream has; null for any other.</summary>
    public UpstreamVersions? Upstream { get; init; }

    public UpstreamPolicy Policy { get; init; } = UpstreamPolicy.Follow;

    /// <summary>True: when the upstream went back, what changed otherwise is built on what the stream is made from. Unset: it blocks.</summary>
    public bool StayWhenUpstreamWentBack { get; init; }

    /// <summary>True: a list of packages that is not known from before is an error. Unset: a warning.</summary>
    public bool BaselineRequired { get; init; }

    /// <summary>Share of a listed source's packages that may go at once. Unset: all.</summary>
    public int? RemovedPackagesPercent { get; init; }

    /// <summary>Bundles of the last version that would be gone without having been emptied first.</summary>
    public IReadOnlyList<string> VanishedBundles { get; init; } = [];

    /// <summary>The format of a first version whose upstream has none.</summary>
    public int FirstFormat { get; init; } = 1;

    /// <summary>True when no bundle is left out for want of its provider.</summary>
    public bool Complete { get; init; } = true;

    public ReleaseRequest Request { get; init; } = ReleaseRequest.None;
}

/// <summary>
/// Decides whether a release is to be made. Pure: inputs and history in, decision out. Error stands over blocked, blocked over build,
/// build over up to date; within the one that holds, every true reason is given.
/// </summary>
public static class ReleaseDecision
{
    /// <param name="forced">A person asked for a release whatever has changed.</param>
    public static Decision Decide(InputSurvey now, StreamHistory history, bool forced = false) =>
        Decide(new DecisionInput { Now = now, History = history, Request = new ReleaseRequest(forced) });

    public static Decision Decide(DecisionInput input) => new Deciding(input).Decide();

    private sealed class Deciding(DecisionInput input)
    {
        private readonly List<string> _warnings = [];
        private readonly StreamPosition? _position = input.History.Position;
        private readonly UpstreamVersion? _chosen = input.Upstream is { } upstream ? input.Policy.Choose(upstream, input.History.Position?.Upstream ?? 0) : null;

        private bool WentBack => _chosen is not null && _position is not null && _chosen.Version < _position.Upstream;

        public Decision Decide()
        {
            var errors = Errors().ToList();
            if (errors.Count > 0)
                return Of(DecisionKind.Error, errors);
            if (input.History.Running is { } running)
                return Of(DecisionKind.UpToDate, [new Reason(ReasonKind.InProgress, $"version {running} is being made")]);
            if (input.Upstream?.Lag is { } lag)
                return Of(DecisionKind.Blocked, [new Reason(ReasonKind.MirrorLag, $"{lag}; the mirror is looked at again later")]);
            NoteUpstream();
            var build = BuildReasons().ToList();
            if (build.Count == 0)
                return Of(DecisionKind.UpToDate, []);
            var plan = Plan();
            if (plan.Refusal is { Kind: ReasonKind.InvalidRequest or ReasonKind.UpstreamIncomplete } invalid)
                return Of(DecisionKind.Error, [invalid]);
            var blocked = BlockedReasons(plan).ToList();
            if (blocked.Count > 0)
                return Of(DecisionKind.Blocked, blocked);
            if (input.History.Failed is { } failed)
                _warnings.Add($"{failed.Attempts} attempts with these inputs failed: {failed.Reason}");
            return Of(DecisionKind.Build, build) with { Versions = plan.Versions };
        }

        private Decision Of(DecisionKind kind, IReadOnlyList<Reason> reasons) => new(kind, reasons, _warnings);

        private IEnumerable<Reason> Errors()
        {
            if (input.History.Corrupted is { } corrupted)
                yield return new Reason(ReasonKind.StateCorrupted, corrupted);
            if (_position is not null && input.Scheme.Factor > 0 && input.Upstream is not null && _position.Version / input.Scheme.Factor == 0)
                yield return new Reason(ReasonKind.StateCorrupted, $"version {_position.Version} is below {input.Scheme.Factor}, so it cannot have been made from a version of the upstream");
            foreach (var state in input.Now.Inputs)
            {
                if (state.Availability == InputAvailability.Unavailable)
                    yield return new Reason(ReasonKind.InputUnavailable, $"{Words(state)} cannot be read: {state.Problem}");
                // What had content once and says it has none has lost it: never taken for an order to ship nothing.
                else if (state.Availability == InputAvailability.Absent && input.History.Answered?.Find(state.Name, state.Kind)?.Availability == InputAvailability.Available)
                    yield return new Reason(ReasonKind.InputLost, $"{Words(state)} had content and now says it has none");
                else if (input.BaselineRequired && HasNoBaseline(state))
                    yield return new Reason(ReasonKind.StateCorrupted, $"which packages {Words(state)} had before is not known");
            }
            if (input.Upstream is { Lag: null } && _chosen is null)
                yield return new Reason(ReasonKind.UpstreamIncomplete, $"the upstream has no version that '{input.Policy}' allows");
        }

        private void NoteUpstream()
        {
            var newest = input.Upstream?.Known.Max(v => v.Version);
            if (WentBack && input.Policy.Kind == UpstreamPolicyKind.Follow)
                _warnings.Add($"the upstream went back: it says {newest}, and version {_position!.Version} was made from {_position.Upstream}");
            else if (WentBack)
                _warnings.Add($"'{input.Policy}' names an older version of the upstream than {_position!.Upstream}, which version {_position.Version} was made from");
            else if (newest > _chosen?.Version)
                _warnings.Add($"the upstream has {newest}; '{input.Policy}' holds {_chosen.Version}");
        }

        private IEnumerable<Reason> BuildReasons()
        {
            if (input.Request.Forced)
                yield return new Reason(ReasonKind.Forced, "a person asked for it");
            if (input.Request.FormatBump)
                yield return new Reason(ReasonKind.FormatBump, "a person asked for the next format");
            if (input.Request.MinVersion)
                yield return new Reason(ReasonKind.Forced, "a person asked for all content anew");
            if (input.History.Answered is not { } before)
            {
                yield return new Reason(ReasonKind.FirstBuild, "there is no release yet");
                yield break;
            }
            foreach (var reason in Upstream().Concat(input.Now.Inputs.Where(s => !IsNumbered(s)).Select(s => Change(s, before)).OfType<Reason>()))
                yield return reason;
            foreach (var gone in before.Inputs.Where(o => input.Now.Find(o.Name, o.Kind) is null && !IsNumbered(o)))
                yield return new Reason(Changed(gone.Kind), $"{Words(gone)} is no longer among the inputs");
        }

        private IEnumerable<Reason> Upstream()
        {
            if (_chosen is null || _position is null || _chosen.Version <= _position.Upstream)
                yield break;
            yield return new Reason(ReasonKind.NewUpstream, $"the upstream has {_chosen.Version}, and version {_position.Version} was made from {_position.Upstream}");
            if (_position.UpstreamFormat > 0 && _chosen.Format > _position.UpstreamFormat)
                yield return new Reason(ReasonKind.FormatBump, $"its format went from {_position.UpstreamFormat} to {_chosen.Format}");
        }

        private Reason? Change(InputState state, InputSurvey before)
        {
            var old = before.Find(state.Name, state.Kind);
            if (old is null)
                return new Reason(Changed(state.Kind), $"{Words(state)} is new among the inputs");
            if (old.Availability == InputAvailability.Absent && state.Availability == InputAvailability.Available)
                return new Reason(Changed(state.Kind), $"{Words(state)} has its first content");
            if (old.Fingerprint == state.Fingerprint)
                return null;
            if (HasNoBaseline(state))
                _warnings.Add($"which packages {Words(state)} had before is not known, so that nothing can be said of removed ones");
            return new Reason(Changed(state.Kind), state.Packages is not null && old.Packages is not null
                ? $"{Words(state)} changed: {Text(PackageList.Between(old.Packages, state.Packages))}"
                : $"{Words(state)} changed");
        }

        private VersionPlan Plan()
        {
            var stays = WentBack && (input.StayWhenUpstreamWentBack || input.Policy.Kind == UpstreamPolicyKind.Hold);
            return VersionPlan.Make(new VersionQuestion
            {
                Scheme = input.Scheme,
                Position = _position,
                LastPlanned = input.History.LastVersion,
                Upstream = input.Upstream,
                Chosen = stays ? new UpstreamVersion(_position!.Upstream, _position.UpstreamFormat) : _chosen,
                Request = input.Request,
                FirstFormat = input.FirstFormat,
                Complete = input.Complete,
            });
        }

        private IEnumerable<Reason> BlockedReasons(VersionPlan plan)
        {
            if (plan.Refusal is { } refusal)
                yield return refusal;
            foreach (var bundle in input.VanishedBundles)
                yield return new Reason(ReasonKind.UnsafeBundleRemoval, $"the bundle {bundle} would vanish and its files would stay on devices; mark it '[STATUS]: Pending-Delete' until the next format bump");
            foreach (var reason in OverBudget())
                yield return reason;
            var forced = input.Request.Forced;
            if (!forced && input.History.Failed is { SameAgain: true } bad)
                yield return new Reason(ReasonKind.KnownBadInputs, $"the same inputs failed before: {bad.Reason}");
            else if (!forced && input.History.Failed is { Due: false } resting)
                yield return new Reason(ReasonKind.KnownBadInputs, $"attempt {resting.Attempts} failed a moment ago and is repeated later: {resting.Reason}");
        }

        private IEnumerable<Reason> OverBudget()
        {
            foreach (var state in input.Now.Inputs)
            {
                if (input.RemovedPackagesPercent is not { } limit || state.Packages is null || input.History.Answered?.Find(state.Name, state.Kind)?.Packages is not { Count: > 0 } old)
                    continue;
                var removed = PackageList.Between(old, state.Packages).Removed;
                if (removed.Count * 100L > limit * (long)old.Count)
                    yield return new Reason(ReasonKind.RemovalBudget, $"{removed.Count} of {old.Count} packages of {Words(state)} would go, more than the budget of {limit} %");
            }
        }

        private bool HasNoBaseline(InputState state) =>
            state.Packages is not null && input.History.Answered?.Find(state.Name, state.Kind) is { Availability: InputAvailability.Available, Packages: null };

        private bool IsNumbered(InputState state) => state.Kind == InputKind.Upstream && input.Upstream is not null;
    }

    private static string Text(PackageChanges changes) => string.Join(", ",
        changes.Added.Select(p => $"added {p.Name} {p.Version}")
            .Concat(changes.Removed.Select(p => $"removed {p.Name} {p.Version}"))
            .Concat(changes.Updated.Select(p => $"updated {p.Name} {p.From} -> {p.To}")));

    private static ReasonKind Changed(InputKind kind) => kind switch
    {
        InputKind.Upstream => ReasonKind.NewUpstream,
        InputKind.Provider => ReasonKind.ContentChanged,
        InputKind.Stream => ReasonKind.ConfigChanged,
        InputKind.Bundles => ReasonKind.BundlesChanged,
        InputKind.Images => ReasonKind.ImagesChanged,
        InputKind.Scripts => ReasonKind.ScriptsChanged,
        _ => ReasonKind.ToolChanged,
    };

    private static string Words(InputState input) => input.Kind switch
    {
        InputKind.Upstream => $"the upstream {input.Name}",
        InputKind.Provider => $"the repository {input.Name}",
        InputKind.Stream => "the stream's configuration",
        InputKind.Bundles => "the stream's bundles",
        InputKind.Images => "the stream's image templates",
        InputKind.Scripts => "the stream's scripts",
        _ => "Slipway itself",
    };
}
