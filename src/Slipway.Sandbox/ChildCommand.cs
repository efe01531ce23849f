using Microsoft.Win32.SafeHandles;

namespace Slipway.Sandbox;

/// <summary>A program to run with its arguments. There is no shell between: every argument arrives as it is written here.</summary>
public sealed record ChildCommand(string Program, params IReadOnlyList<string> Arguments)
{
    internal static readonly IReadOnlyDictionary<string, string> PlainEnvironment = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/nonexistent",
        ["LANG"] = "C.UTF-8",
    };

    /// <summary>Directory the program starts in. Unset: the root directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The whole environment. Unset: PATH, HOME=/nonexistent and LANG=C.UTF-8. Nothing is ever inherited.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Bytes for standard input. Unset: standard input is empty.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>Standard input comes straight from this file, from where it stands. Unset: from <see cref="Input"/>.</summary>
    public SafeFileHandle? InputFrom { get; init; }

    /// <summary>Wall time after which the program is terminated. Unset: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time between SIGTERM and SIGKILL when the program is asked to end.</summary>
    public TimeSpan KillAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes of standard output kept in the result; a program that writes more is killed and has not succeeded.</summary>
    public long MaxOutputBytes { get; init; } = 64L << 20;

    /// <summary>True: standard error goes into the same pipe as standard output, in the order written.</summary>
    public bool MergeError { get; init; }

    /// <summary>Standard output goes straight to this file. Unset: to the result or the caller's callback.</summary>
    public SafeFileHandle? OutputTo { get; init; }

    /// <summary>True: the program has this process's own standard input, output and error; nothing is kept.</summary>
    public bool Interactive { get; init; }

    /// <summary>Files the program finds as descriptors 3, 4, ... in this order. Every other descriptor is closed.</summary>
    public IReadOnlyList<SafeFileHandle> ExtraFiles { get; init; } = [];

    /// <summary>True: the kernel kills the program when this process dies, however it dies.</summary>
    public bool DieWithParent { get; init; }

    /// <summary>Called once the program was told to die, for what a signal to its process group does not reach (a cgroup).</summary>
    public Action? AlsoKill { get; init; }

    /// <summary>The command as a person would type it, for messages only.</summary>
    public string Line => string.Join(' ', Arguments.Take(8).Prepend(Program)) + (Arguments.Count > 8 ? " ..." : "");
}
