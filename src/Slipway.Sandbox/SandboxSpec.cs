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

    /// <summary>Longest time without a byte of output. Unset: half an hour.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Processors' worth of time the run gets at most. Unset (0): all there are.</summary>
    public int Processors { get; init; }

    /// <summary>Most bytes of files in the sandbox's upper directory. Unset: 32 GiB.</summary>
    public long DiskBytes { get; init; } = 32L << 30;

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

    /// <summary>Root of the namespace that may also mount, as whoever makes images of systems must. Nothing writable for it may be anybody else's.</summary>
    ImageMaker,
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

    /// <summary>Who runs programs of another architecture: a line of <see cref="ForeignPrograms.Find"/>, known to this run alone. Unset: whom the kernel knows already.</summary>
    public string? ForeignPrograms { get; init; }

    /// <summary>True: the command talks to this process's own standard input, output and error; nothing comes to the log.</summary>
    public bool Interactive { get; init; }

    /// <summary>True: run even where memory and process limits cannot be enforced on the whole run (the result says so).</summary>
    public bool AcceptWeakLimits { get; init; }
}
