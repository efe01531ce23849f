namespace Slipway.Builds;

/// <summary>A build as the API, the dashboard and the command line show it.</summary>
/// <param name="Package">Path of the package in its source repository.</param>
/// <param name="Target"><c>DIST.ARCH</c>, or <c>SELECTION.ARCH</c> of an image.</param>
/// <param name="Type">rpm, deb, pacman or image.</param>
/// <param name="Reason">Why it waits, or why it was cancelled; null otherwise.</param>
/// <param name="Cause">Why it failed; null otherwise.</param>
/// <param name="Snapshot">Number of the repository snapshot that has its packages; null before.</param>
public sealed record BuildView(
    long Id, string Package, string Name, string Target, string Type, BuildState State, string? Reason, string RequestId, string Commit,
    DateTimeOffset Created, DateTimeOffset? Started, DateTimeOffset? Finished, int Attempts,
    double? PrepareSeconds, double? BuildSeconds, long? PeakMemoryBytes, string? Cause, long? Snapshot);

/// <summary>One try of a build.</summary>
public sealed record AttemptView(
    int Number, AttemptState State, string? Cause, string Runner, DateTimeOffset Started, DateTimeOffset? Finished,
    string? Root, string? Limits, long? PeakMemoryBytes, double? PrepareSeconds, double? BuildSeconds, int? ExitCode);

/// <summary>A file that a build made.</summary>
public sealed record ResultView(string Name, string Digest, long Size);

/// <summary>A build with everything that is recorded of it.</summary>
public sealed record BuildDetail(
    BuildView Build, string Repository, string Project, string RunnerGroup, string Tree, IReadOnlyList<AttemptView> Attempts, IReadOnlyList<ResultView> Results);

/// <summary>A request as it was received, and what became of it (the code that was answered).</summary>
public sealed record RequestView(string RequestId, string Package, string Target, string Action, DateTimeOffset Received, string Outcome, long? BuildId);

/// <summary>Why a build waits, or why it failed.</summary>
/// <param name="Chain">The builds that stand before it, nearest first.</param>
/// <param name="Because">What changed so that it is built again; null when a commit or a person asked for it.</param>
public sealed record WhyView(long Id, BuildState State, string Why, IReadOnlyList<string> Chain, string? Because = null);

/// <summary>Something wrong in a source repository, with file and line.</summary>
public sealed record SourceErrorView(string Repository, string Package, string Commit, string Error, DateTimeOffset Time);

/// <summary>A message that could not be used, and why.</summary>
public sealed record DeadLetterView(string Topic, long Offset, string Reason, DateTimeOffset Time, string Body);
