using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>
/// Runs commands in isolation: namespaces of every kind, no network, a system call filter, limits on the whole run, and no way to
/// be root of the machine: root inside is an unprivileged account outside, and the builder inside one of its subordinate ids.
/// </summary>
public sealed partial class BuildSandbox(SandboxAccount account)
{
    public SandboxAccount Account { get; } = account;

    /// <summary>True when this process may put real memory and process limits on a run.</summary>
    public static bool LimitsAreEnforced()
    {
        using var group = BuildCgroup.TryCreate($"probe-{System.Environment.ProcessId}-{Guid.NewGuid():n}", new SandboxLimits());
        return group is not null;
    }

    /// <summary>For the start of a runner: what it could not limit, it must not run.</summary>
    /// <exception cref="SlipwayException">Limits cannot be enforced here.</exception>
    public static void RequireLimits()
    {
        if (!LimitsAreEnforced())
            throw NoLimits("Cannot run builds");
    }

    /// <summary>Runs one command to its end. Output and error go to the log in the order written, as they are produced.</summary>
    /// <param name="spec">What to run, in what.</param>
    /// <param name="log">Called from one thread at a time.</param>
    /// <param name="cancellation">Kills the run; then throws.</param>
    /// <exception cref="SlipwayException">The run cannot be isolated or limited as asked.</exception>
    public async Task<SandboxResult> RunAsync(SandboxSpec spec, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation = default)
    {
        Check(spec);
        Prepare(spec);
        using var group = BuildCgroup.TryCreate(spec.Name, spec.Limits);
        if (group is null && !spec.AcceptWeakLimits)
            throw NoLimits($"Cannot run {spec.Name}");
        using var filter = SeccompFilter.Compile(mayMount: spec.User == SandboxUser.ImageMaker);
        using var status = SeccompFilter.MemoryFile("status");
        using var guard = new RunGuard(spec.Directory, spec.Limits, spec.Interactive, cancellation);
        var begin = Stopwatch.GetTimestamp();
        var chain = SandboxChain.Build(spec, Account, group);
        var result = await RunGuardedAsync(new(chain[0], [.. chain.Skip(1)])
        {
            Input = spec.Input,
            MergeError = true,
            Interactive = spec.Interactive,
            Timeout = spec.Limits.Wall,
            // The builder is in its own session behind bubblewrap and would not hear a polite signal.
            KillAfter = TimeSpan.Zero,
            ExtraFiles = [filter, status],
            AlsoKill = group is null ? null : group.Kill,
        }, log, guard, cancellation).ConfigureAwait(false);
        SandboxLimit?[] reached =
        [
            result?.TimedOut == true ? SandboxLimit.Wall : null, result is null ? guard.Reached : null,
            group?.OutOfMemory == true ? SandboxLimit.Memory : null, group?.OutOfProcesses == true ? SandboxLimit.Processes : null,
        ];
        // A run that was killed never got to note its exit code.
        var started = result is not { TimedOut: false, Signal: null } || group?.OutOfMemory == true || ExitStatus().IsMatch(ReadAll(status));
        return new SandboxResult(started, result?.ExitCode ?? 137, [.. reached.OfType<SandboxLimit>()], result?.Wall ?? Stopwatch.GetElapsedTime(begin),
            group?.PeakMemoryBytes ?? result?.PeakMemoryBytes ?? 0, group?.Kind ?? "weak")
        { Limits = spec.Limits, Processor = result?.Processor ?? TimeSpan.Zero };
    }

    private static async Task<ChildResult?> RunGuardedAsync(ChildCommand command, Action<ReadOnlyMemory<byte>> log, RunGuard guard, CancellationToken cancellation)
    {
        try
        {
            return await ChildProcess.RunAsync(command, bytes =>
            {
                guard.Heard();
                log(bytes);
            }, forceful: guard.End).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The guard ended it; the result says for what.
            return null;
        }
    }

    /// <summary>Deletes a directory that a run wrote into, whoever owns what is in it; one that is not there is no error.</summary>
    public async Task RemoveTreeAsync(string directory, CancellationToken cancellation = default)
    {
        if (!Directory.Exists(directory))
            return;
        var name = Path.GetFileName(directory);
        var parent = Path.GetDirectoryName(directory)!;
        if (Account.IsSeparate)
        {
            using var tree = RootedTree.Open(parent);
            tree.RemoveTree(BytePath.From(name));
            return;
        }
        // Files of subordinate ids: only root of the namespace may delete them.
        var result = await ChildProcess.RunAsync(new("unshare", "--user", "--map-root-user", "--map-auto", "--", "rm", "-rf", "--one-file-system", "--", directory), forceful: cancellation).ConfigureAwait(false);
        result.Require($"Cannot delete {directory}");
    }

    private static SlipwayException NoLimits(string what) => new(what, "neither version 2 nor version 1 control groups with memory and process limits can be used here",
        "run as root on a machine with the memory and pids controllers, or `slipway build` as an ordinary user");

    private void Prepare(SandboxSpec spec)
    {
        MakeAndGive(Path.Combine(spec.Directory, "upper"));
        MakeAndGive(Path.Combine(spec.Directory, "work"));
        Account.GiveOnly(spec.Directory);
        // A set-uid file of a build must not be reachable for anybody on the machine.
        File.SetUnixFileMode(spec.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void MakeAndGive(string directory)
    {
        if (Directory.Exists(directory))
            return;
        Directory.CreateDirectory(directory);
        Account.GiveOnly(directory);
    }

    private static void Check(SandboxSpec spec)
    {
        if (!PlainName().IsMatch(spec.Name))
            throw new ArgumentException($"`{spec.Name}` is no name for a sandbox run");
        foreach (var path in spec.Layers.Concat(spec.Mounts.Select(m => m.Source)).Append(spec.Directory))
        {
            if (!path.StartsWith('/') || !Directory.Exists(path))
                throw new SlipwayException($"Cannot run {spec.Name}", $"{path} is no directory", null);
        }
        if (spec.Root == SandboxRoot.Layers && spec.Layers.Count == 0)
            throw new ArgumentException("a root of layers needs one");
    }

    private static string ReadAll(SafeFileHandle file)
    {
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0));
    }

    // bubblewrap writes {"child-pid": N} when the namespaces exist and {"exit-code": N} only for a command that ran.
    [GeneratedRegex("\"exit-code\"")]
    private static partial Regex ExitStatus();

    [GeneratedRegex("^[A-Za-z0-9._-]{1,100}$")]
    private static partial Regex PlainName();
}
