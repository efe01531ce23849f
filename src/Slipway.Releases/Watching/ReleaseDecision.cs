namespace Slipway.Releases.Watching;

/// <summary>
/// Decides whether a release is to be made. Pure: inputs and history in, decision out. Error stands over blocked, blocked over build,
/// build over up to date; within the one that holds, every true reason is given.
/// </summary>
public static class ReleaseDecision
{
    /// <param name="forced">A person asked for a release whatever has changed.</param>
    public static Decision Decide(InputSurvey now, StreamHistory history, bool forced = false)
    {
        var warnings = new List<string>();
        var errors = Errors(now, history).ToList();
        if (errors.Count > 0)
            return new Decision(DecisionKind.Error, errors, warnings);
        if (history.Running is { } running)
            return new Decision(DecisionKind.UpToDate, [new Reason(ReasonKind.InProgress, $"version {running} is being made")], warnings);
        var build = BuildReasons(now, history, forced).ToList();
        if (build.Count == 0)
            return new Decision(DecisionKind.UpToDate, [], warnings);
        var blocked = BlockedReasons(history, forced).ToList();
        if (blocked.Count > 0)
            return new Decision(DecisionKind.Blocked, blocked, warnings);
        if (history.Failed is { } failed)
            warnings.Add($"{failed.Attempts} attempts with these inputs failed: {failed.Reason}");
        return new Decision(DecisionKind.Build, build, warnings);
    }

    private static IEnumerable<Reason> Errors(InputSurvey now, StreamHistory history)
    {
        foreach (var input in now.Inputs)
        {
            if (input.Availability == InputAvailability.Unavailable)
                yield return new Reason(ReasonKind.InputUnavailable, $"{Words(input)} cannot be read: {input.Problem}");
            // What had content once and says it has none has lost it: never taken for an order to ship nothing.
            else if (input.Availability == InputAvailability.Absent && history.Answered?.Find(input.Name, input.Kind)?.Availability == InputAvailability.Available)
                yield return new Reason(ReasonKind.InputLost, $"{Words(input)} had content and now says it has none");
        }
    }

    private static IEnumerable<Reason> BuildReasons(InputSurvey now, StreamHistory history, bool forced)
    {
        if (forced)
            yield return new Reason(ReasonKind.Forced, "a person asked for it");
        if (history.Answered is not { } before)
        {
            yield return new Reason(ReasonKind.FirstBuild, "there is no release yet");
            yield break;
        }
        foreach (var input in now.Inputs)
        {
            var old = before.Find(input.Name, input.Kind);
            if (old is null)
                yield return new Reason(Changed(input.Kind), $"{Words(input)} is new among the inputs");
            else if (old.Availability == InputAvailability.Absent && input.Availability == InputAvailability.Available)
                yield return new Reason(Changed(input.Kind), $"{Words(input)} has its first content");
            else if (old.Fingerprint != input.Fingerprint)
                yield return new Reason(Changed(input.Kind), $"{Words(input)} changed");
        }
        foreach (var gone in before.Inputs.Where(o => now.Find(o.Name, o.Kind) is null))
            yield return new Reason(Changed(gone.Kind), $"{Words(gone)} is no longer among the inputs");
    }

    private static IEnumerable<Reason> BlockedReasons(StreamHistory history, bool forced)
    {
        if (history.LastVersion >= history.MaxVersion)
            yield return new Reason(ReasonKind.Exhausted, $"version numbers end at {history.MaxVersion}");
        if (!forced && history.Failed is { SameAgain: true } bad)
            yield return new Reason(ReasonKind.KnownBadInputs, $"the same inputs failed before: {bad.Reason}");
        else if (!forced && history.Failed is { Due: false } resting)
            yield return new Reason(ReasonKind.KnownBadInputs, $"attempt {resting.Attempts} failed a moment ago and is repeated later: {resting.Reason}");
    }

    private static ReasonKind Changed(InputKind kind) => kind switch
    {
        InputKind.Upstream => ReasonKind.NewUpstream,
        InputKind.Provider => ReasonKind.ContentChanged,
        InputKind.Stream => ReasonKind.BundlesChanged,
        _ => ReasonKind.ToolChanged,
    };

    private static string Words(InputState input) => input.Kind switch
    {
        InputKind.Upstream => $"the upstream {input.Name}",
        InputKind.Provider => $"the repository {input.Name}",
        InputKind.Stream => "the stream's own repository",
        _ => "Slipway itself",
    };
}
