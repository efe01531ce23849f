namespace Slipway.Sandbox;

/// <summary>A bound of a run that it reached.</summary>
public enum SandboxLimit
{
    /// <summary>The whole run's time.</summary>
    Wall,

    /// <summary>Time without output.</summary>
    Silence,

    /// <summary>Memory of all processes together.</summary>
    Memory,

    /// <summary>Processes at one time. A fork failed; what the command made of that is in its exit code.</summary>
    Processes,

    /// <summary>Bytes of the files it made.</summary>
    Disk,

    /// <summary>What must stay free on the machine's disk, whoever filled it.</summary>
    MachineDisk,
}

/// <summary>How a run in a sandbox ended.</summary>
/// <param name="Started">False: the command itself was never started; the log says why. That is never the command's fault.</param>
/// <param name="Reached">Every limit that the run reached, the one that ended it first.</param>
/// <param name="PeakMemoryBytes">Most memory the whole run used; with weak limits that of its largest process.</param>
/// <param name="Enforcement">What enforced the limits: `cgroup v2`, `cgroup v1` or `weak`.</param>
public sealed record SandboxResult(bool Started, int ExitCode, IReadOnlyList<SandboxLimit> Reached, TimeSpan Wall, long PeakMemoryBytes, string Enforcement)
{
    /// <summary>Processor time of all its processes.</summary>
    public TimeSpan Processor { get; init; }

    /// <summary>The limits that applied, for the words of <see cref="Ending"/>.</summary>
    public SandboxLimits Limits { get; init; } = new();

    public bool Succeeded => Started && ExitCode == 0 && !Reached.Any(l => l != SandboxLimit.Processes);

    /// <summary>The signal that killed the command, or null.</summary>
    public int? Signal => ExitCode > 128 ? ExitCode - 128 : null;

    /// <summary>What ended it, in words.</summary>
    public string Ending => string.Join("; ", Reached.Select(Words).Append(Exit).OfType<string>());

    // A run that was killed for a limit has an exit code that says nothing more.
    private string? Exit =>
        Reached.Any(l => l != SandboxLimit.Processes) ? null
        : !Started ? "the sandbox could not start it"
        : Signal is { } signal ? $"signal {signal} killed it"
        : $"exit code {ExitCode}";

    private string Words(SandboxLimit limit) => limit switch
    {
        SandboxLimit.Wall => $"its wall time limit of {Limits.Wall.TotalSeconds:F0} s was reached",
        SandboxLimit.Silence => $"its silence limit was reached: it wrote nothing for {Limits.Silence.TotalSeconds:F0} s",
        SandboxLimit.Memory => $"its memory limit of {Limits.MemoryBytes >> 20} MiB was reached",
        SandboxLimit.Processes => $"its limit of {Limits.Processes} processes was reached",
        SandboxLimit.Disk => $"its disk limit of {Limits.DiskBytes >> 20} MiB was reached",
        _ => $"less than {Limits.DiskReserveBytes >> 20} MiB are free on the machine's disk",
    };
}
