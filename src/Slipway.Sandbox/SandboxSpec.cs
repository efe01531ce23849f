namespace Slipway.Sandbox;

/// <summary>Bounds of one sandbox run.</summary>
public sealed record SandboxLimits
{
    /// <summary>Most memory in bytes, page cache of its files and /tmp included. Unset: 4 GiB.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Most processes and threads at one time. Unset: 4096.</summary>
    public int Processes { get; init; } = 4096;

    /// <summary>Wall time. Unset: two hours.</summary>
    public TimeSpan Wall { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Largest single file in bytes. Unset: 16 GiB.</summary>
    public long FileBytes { get; init; } = 16L << 30;

    /// <summary>Bytes that must stay free on the disk of the sandbox's directory; a run that eats into them is killed. Unset: 1 GiB.</summary>
    public long DiskReserveBytes { get; init; } = 1L << 30;
}

/// <summary>A host directory made visible inside.</summary>
public sealed record SandboxMount(string Source, string Target, bool Writable = false);

/// <summary>What the file tree inside is made of.</summary>
public enum SandboxRoot
{
    /// <summary>The layers, read-only, below the sandbox's own upper directory.</summary>
    Layers,

    /// <summary>The sandbox's own upper directory alone, to make the first layer in.</summary>
    OwnTree,

    /// <summary>The machine's /usr, read-only, and nothing else of it.</summary>
    HostTools,
}

/// <summary>Whose rights a command inside has; neither is any right outside.</summary>
public enum SandboxUser
{
    /// <summary>Uid 1000 of the namespace, without any capability.</summary>
    Builder,

    /// <summary>Root of the namespace with what installing packages takes: change owners, override modes, switch users.</summary>
    NamespaceRoot,
}

/// <summary>One run in a sandbox.</summary>
/// <param name="Name">Letters, digits, '.', '_' and '-'; names the run's cgroup.</param>
/// <param name="Directory">Directory of this sandbox; `upper` in it keeps what the run writes, so that a later run can go on from there.</param>
/// <param name="Command">Program and arguments, found inside.</param>
public sealed record SandboxSpec(string Name, string Directory, IReadOnlyList<string> Command)
{
    public SandboxRoot Root { get; init; } = SandboxRoot.Layers;

    /// <summary>Layer directories, the topmost first.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    public SandboxUser User { get; init; } = SandboxUser.Builder;

    /// <summary>Variables added to PATH, HOME, LANG, TERM and USER. Unset: none.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Directory inside to start in.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Bytes for standard input. Unset: empty.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    public SandboxLimits Limits { get; init; } = new();

    /// <summary>True: run even where memory and process limits cannot be enforced on the whole run (the result says so).</summary>
    public bool AcceptWeakLimits { get; init; }
}

/// <summary>How a run in a sandbox ended.</summary>
/// <param name="Started">False: the command itself was never started; the log says why. That is never the command's fault.</param>
/// <param name="Limits">What enforced the limits: `cgroup v2`, `cgroup v1` or `weak`.</param>
/// <param name="PeakMemoryBytes">Most memory the whole run used; with weak limits that of its largest process.</param>
public sealed record SandboxResult(bool Started, int ExitCode, bool TimedOut, bool OutOfMemory, TimeSpan Wall, long PeakMemoryBytes, string Limits)
{
    /// <summary>It was killed because the disk was nearly full.</summary>
    public bool DiskFull { get; init; }

    public bool Succeeded => Started && ExitCode == 0 && !TimedOut && !OutOfMemory && !DiskFull;

    /// <summary>What ended it, in words.</summary>
    public string Ending =>
        TimedOut ? $"its wall time limit was reached after {Wall.TotalSeconds:F0} s"
        : DiskFull ? "the disk was nearly full"
        : OutOfMemory ? $"it needed more memory than its limit (peak {PeakMemoryBytes >> 20} MiB)"
        : !Started ? "the sandbox could not start it"
        : ExitCode > 128 ? $"signal {ExitCode - 128} killed it"
        : $"exit code {ExitCode}";
}
