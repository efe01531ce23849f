namespace Slipway.Messages;

/// <summary>Asks every runner what it knows about the last build of a target.</summary>
public sealed record InfoRequest
{
    public required string RequestId { get; init; }
    public required string Project { get; init; }
    public PackageTarget? Package { get; init; }
    public ImageTarget? Image { get; init; }
    public double SchemaVersion { get; init; } = MessageCodec.SchemaVersion;
}

/// <summary>The package target of an info response, with the log of its build root.</summary>
public sealed record InfoPackage(string Arch, string Dist, string PrepareLogFile);

/// <summary>One runner's answer to an <see cref="InfoRequest"/>; texts that are not known are <c>none</c> or <c>unknown</c>.</summary>
public sealed record InfoResponse
{
    public required string Identity { get; init; }
    public required string RequestId { get; init; }
    public required string Project { get; init; }
    public required string SourceIp { get; init; }
    public required bool IsRunning { get; init; }
    /// <summary>Paths on the runner; unset is written as YAML's null, which readers allow.</summary>
    public IReadOnlyList<string>? BinaryPackages { get; init; } = [];
    public string LogFile { get; init; } = "unknown";
    public string SolverFile { get; init; } = "unknown";
    /// <summary><c>YYYY-MM-DD HH:MM:SS.ffffff</c> in UTC; six digits always, since the original client fails without them.</summary>
    public string UtcModificationTime { get; init; } = "unknown";
    public string BuildStatus { get; init; } = "unknown";
    public InfoPackage? Package { get; init; }
    public ImageTarget? Image { get; init; }
    public double SchemaVersion { get; init; } = MessageCodec.SchemaVersion;
}
