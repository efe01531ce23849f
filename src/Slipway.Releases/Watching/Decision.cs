using Slipway.Releases.Planning;

namespace Slipway.Releases.Watching;

public enum DecisionKind { UpToDate, Build, Blocked, Error }

public enum ReasonKind
{
    FirstBuild, NewUpstream, FormatBump, ContentChanged, BundlesChanged, ConfigChanged, ImagesChanged, ScriptsChanged, ToolChanged, Forced,
    InProgress, KnownBadInputs, Exhausted, Withdrawn, UpstreamWentBack, MirrorLag, RemovalBudget, UnsafeBundleRemoval,
    InputUnavailable, InputLost, Configuration, StateCorrupted, UpstreamIncomplete, InvalidRequest,
}

/// <summary>One reason of a decision, in a word for programs and in words for people.</summary>
public sealed record Reason(ReasonKind Kind, string Text);

/// <summary>Whether a release is to be made now, with all reasons for it.</summary>
public sealed record Decision(DecisionKind Kind, IReadOnlyList<Reason> Reasons, IReadOnlyList<string> Warnings)
{
    /// <summary>The versions to be made, in order; empty unless the decision is to build.</summary>
    public IReadOnlyList<PlannedVersion> Versions { get; init; } = [];

    public static Decision Error(ReasonKind kind, string text) => new(DecisionKind.Error, [new Reason(kind, text)], []);

    /// <summary>The exit code of <c>release watch --once</c>.</summary>
    public int ExitCode => Kind switch
    {
        DecisionKind.UpToDate => 0,
        DecisionKind.Build => 1,
        DecisionKind.Error when Reasons.Any(r => r.Kind is ReasonKind.InputUnavailable) => 3,
        DecisionKind.Error => 2,
        _ => 4,
    };

    public override string ToString() => Reasons.Count == 0 ? Words : $"{Words}: {string.Join("; ", Reasons.Select(r => r.Text))}";

    private string Words => Kind switch
    {
        DecisionKind.UpToDate => "up to date",
        DecisionKind.Build => "build",
        DecisionKind.Blocked => "blocked",
        _ => "error",
    };
}

/// <summary>What is known of a stream when a decision is taken.</summary>
public sealed record StreamHistory
{
    /// <summary>Inputs of the last release that was made, or that were looked at since and changed nothing in it. Null before the first.</summary>
    public InputSurvey? Answered { get; init; }

    /// <summary>The highest version number ever planned; 0 for none.</summary>
    public uint LastVersion { get; init; }

    /// <summary>Where the stream stands; null before its first whole version.</summary>
    public StreamPosition? Position { get; init; }

    /// <summary>What is wrong with the published state; null when it is sound.</summary>
    public string? Corrupted { get; init; }

    /// <summary>The version being made now, or null.</summary>
    public uint? Running { get; init; }

    /// <summary>What became of runs with exactly the inputs of now; null when there was none that failed.</summary>
    public FailedInputs? Failed { get; init; }
}

/// <summary>What became of runs with the same inputs.</summary>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="SameAgain">True when trying again would end the same way: a gate, a conflict, a withdrawal.</param>
/// <param name="Due">True when enough time has passed to try again what failed for reasons outside the inputs.</param>
public sealed record FailedInputs(int Attempts, bool SameAgain, string Reason, bool Due)
{
    /// <summary>How long inputs rest after so many attempts: a minute, then twice as long each time, at most an hour.</summary>
    public static TimeSpan RestAfter(int attempts) => TimeSpan.FromMinutes(Math.Min(60, Math.Pow(2, Math.Clamp(attempts, 1, 10) - 1)));
}
