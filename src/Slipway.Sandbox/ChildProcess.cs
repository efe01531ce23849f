using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>The only launcher of child processes.</summary>
public static class ChildProcess
{
    /// <summary>Runs to the end on this thread. Cancelling terminates the child, then kills it, then throws.</summary>
    public static ChildResult Run(ChildCommand command, CancellationToken cancellation = default) =>
        Run(command, null, cancellation);

    /// <summary>Runs to the end on this thread and hands out standard output as it is produced.</summary>
    public static ChildResult Run(ChildCommand command, Action<ReadOnlyMemory<byte>>? onOutput, CancellationToken cancellation = default)
    {
        using var child = new Child(command, onOutput);
        using (cancellation.Register(child.Terminate))
            child.Pump();
        cancellation.ThrowIfCancellationRequested();
        return child.Completion.GetAwaiter().GetResult();
    }

    /// <summary>Runs to the end; graceful asks the process group to end (SIGTERM), forceful kills it. Throws when either was cancelled.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="onOutput">Gets standard output as produced, from one thread at a time; unset: it is kept in the result.</param>
    /// <param name="graceful">SIGTERM, and SIGKILL after the command's KillAfter.</param>
    /// <param name="forceful">SIGKILL at once.</param>
    public static async Task<ChildResult> RunAsync(ChildCommand command, Action<ReadOnlyMemory<byte>>? onOutput = null,
        CancellationToken graceful = default, CancellationToken forceful = default)
    {
        using var child = Start(command, onOutput);
        using var term = graceful.Register(child.Terminate);
        using var kill = forceful.Register(child.Kill);
        var result = await child.Completion.ConfigureAwait(false);
        graceful.ThrowIfCancellationRequested();
        forceful.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>Starts a long-running child; disposing it kills it.</summary>
    public static Child Start(ChildCommand command, Action<ReadOnlyMemory<byte>>? onOutput = null)
    {
        var child = new Child(command, onOutput);
        new Thread(child.Pump) { IsBackground = true, Name = "child " + child.Pid }.Start();
        return child;
    }

    /// <summary>Where a program is, looking in the child's own PATH.</summary>
    /// <exception cref="SlipwayException">It is nowhere.</exception>
    public static string Locate(string program, IReadOnlyDictionary<string, string>? environment = null) =>
        TryLocate(program, environment) ?? throw new SlipwayException($"Cannot run `{program}`", "the program is not installed on this machine", "slipway doctor");

    /// <summary>Where a program is, or null.</summary>
    public static string? TryLocate(string program, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return File.Exists(program) ? program : null;
        var path = (environment ?? ChildCommand.PlainEnvironment).GetValueOrDefault("PATH") ?? ChildCommand.PlainEnvironment["PATH"];
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
    }
}
