using Slipway.Content;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases;

public enum ReleaseState
{
    /// <summary>It has its number; nothing is made yet.</summary>
    Planned,

    /// <summary>Its content exists.</summary>
    Built,

    /// <summary>Its gates passed.</summary>
    Validated,

    /// <summary>All that publishing needs is recorded by digest.</summary>
    Staged,

    /// <summary>A channel has pointed to it.</summary>
    Published,

    /// <summary>It was found bad after it was published.</summary>
    Withdrawn,

    /// <summary>A gate or a rule stopped it; nothing of it was published.</summary>
    Blocked,

    /// <summary>Making it failed; nothing is left of it but this record.</summary>
    Failed,
}

public enum RunState { Running, Succeeded, Failed, Blocked }

/// <summary>One attempt to make a version: what it is made from, fixed when it was planned, and how it ended.</summary>
/// <param name="Content">Digest of the <see cref="ReleaseContent"/> in the content store.</param>
/// <param name="Timestamp">Seconds since 1970; goes into manifests and signatures, so that a resumed run makes the same bytes.</param>
/// <param name="Failure">Why it failed or was blocked; null otherwise.</param>
public sealed record ReleaseRun(
    long Id, string Stream, uint Version, ReleasePlan Plan, Digest Content, InputSurvey Survey, string Fingerprint, long Timestamp,
    RunState State, string? Failure, long Started, long? Ended);

/// <summary>One stage of a run.</summary>
/// <param name="Inputs">By name: the digests the stage worked from.</param>
/// <param name="Outputs">By name: the digests or figures it left; empty until it is done.</param>
/// <param name="Starts">How often it was begun; more than one after a crash.</param>
public sealed record StageRecord(
    string Stage, bool Done, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Outputs, long Started, double? Seconds, int Starts);

/// <summary>A version of a stream.</summary>
public sealed record Release(
    string Stream, uint Version, long Run, ReleaseState State, int Format, uint Previous, Digest Content, string ContentKey,
    Digest? Map, Digest? Mom, Digest? Inventory, Digest? Notes, long Paths, long Bytes, long Packages,
    long Created, long? Published, Withdrawal? Withdrawal)
{
    /// <summary>True when its content is complete and its gates passed, whatever a channel says.</summary>
    public bool IsWhole => State is ReleaseState.Staged or ReleaseState.Published or ReleaseState.Withdrawn;
}

/// <summary>Who took a release back, when and why.</summary>
public sealed record Withdrawal(string By, string Reason, long At);

public enum GateVerdict
{
    Passed,
    Failed,
    Skipped,

    /// <summary>It failed, and a recorded exception lets the release go on.</summary>
    Waived,
}

/// <summary>What a gate found.</summary>
/// <param name="Detail">For people: what was checked, or what is wrong and where.</param>
public sealed record GateResult(string Gate, GateVerdict Verdict, string Detail, double Seconds);

/// <summary>Where a channel points.</summary>
/// <param name="Version">0 before the first publication.</param>
/// <param name="Hold">Why nothing is published there by itself now; null when nothing holds it.</param>
public sealed record Channel(string Stream, string Name, uint Version, long Sequence, long Switched, ChannelHold? Hold);

public sealed record ChannelHold(string Reason, string By, long At);

/// <summary>A switch of a channel that was begun; a restart completes those that are not done.</summary>
/// <param name="Time">Seconds since 1970; what the pointer and its signature state.</param>
public sealed record Publication(long Id, string Stream, string Channel, uint Version, long Sequence, long Time, string Who, bool Done);
