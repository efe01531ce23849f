namespace Slipway.Messages;

/// <summary>The target a response is about; one of dist and selection by convention.</summary>
public sealed record ResponseTarget(string Arch, string? Dist = null, string? Selection = null);

/// <summary>How the set-up of a build root ended.</summary>
public sealed record PreparedRoot(string PrepareLogFile, string SolverFile, string BuildRoot, double ExitCode);

/// <summary>How a package build ended.</summary>
public sealed record PackageOutcome(string PrepareLogFile, string LogFile, string SolverFile, IReadOnlyList<string> BinaryPackages, double ExitCode);

/// <summary>How an image build ended.</summary>
public sealed record ImageOutcome(string LogFile, string SolverFile, IReadOnlyList<string> BinaryPackages, double ExitCode);

/// <summary>What became of a request, on <see cref="Topics.Response"/>; one request has many.</summary>
public sealed record BuildResponse
{
    /// <summary><c>SERVICE:host:PID:NAME</c>.</summary>
    public required string Identity { get; init; }
    public required string RequestId { get; init; }
    public required string Project { get; init; }
    public required string Message { get; init; }
    /// <summary>One of <see cref="ResponseCodes"/>; readers do not check that.</summary>
    public required string ResponseCode { get; init; }
    public ResponseTarget? Target { get; init; }
    public PreparedRoot? PackagePrepare { get; init; }
    public PackageOutcome? Package { get; init; }
    public ImageOutcome? Image { get; init; }
    public double SchemaVersion { get; init; } = MessageCodec.SchemaVersion;
}
