using Slipway.Content;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>A build that a runner has been given, with everything it needs to know; what it writes carries the lease's fence.</summary>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Epoch">The commit's time in seconds since 1970.</param>
/// <param name="Rebuild">How often the same source was built and published for this target before.</param>
public sealed record BuildLease(
    long Build, int Attempt, Lease Lease, string RequestId, string Package, string Project, string Name, string Dist, string Arch,
    string Type, string Commit, Digest Tree, Digest? DistFile, long Epoch, int Rebuild)
{
    /// <summary>Its dist is then the name of a selection.</summary>
    public bool IsImage => Type == "image";
}

/// <summary>A file a build made, already in the content store.</summary>
public sealed record BuildResult(string Name, Digest Digest, long Size);

/// <summary>What is recorded of an attempt when it ends.</summary>
/// <param name="Root">Digest or name of the build root.</param>
/// <param name="Limits">How the build was limited, in words.</param>
/// <param name="SolverJson">The packages its root was made of.</param>
public sealed record AttemptRecord(
    string? Root = null, string? Limits = null, string? SolverJson = null, long? PeakMemoryBytes = null, TimeSpan? Prepare = null, TimeSpan? Build = null, int ExitCode = 0)
{
    /// <summary>Everything that is known of how it was made. Unset: the build did not begin.</summary>
    public string? RecordJson { get; init; }
}

/// <summary>The lease is not valid any more: the build was cancelled or given to somebody else. Nothing was written.</summary>
public sealed class LeaseLostException(string attempt) : SlipwayException(attempt, "its lease is lost")
{
    public LeaseLostException(BuildLease lease)
        : this($"build {lease.Build}, attempt {lease.Attempt}")
    {
    }
}
