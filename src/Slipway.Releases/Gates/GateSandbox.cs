using System.Text;
using Slipway.Sandbox;

namespace Slipway.Releases.Gates;

/// <summary>How a program of a gate ended and what it printed.</summary>
public sealed record GateRun(bool Succeeded, string Ending, string Output);

/// <summary>Runs a program inside an installed root with the isolation of builds: an overlay over the root, namespaces of every kind, no network, limits.</summary>
public sealed class GateSandbox(BuildSandbox sandbox)
{
    private const int MaxOutputBytes = 64 << 10;

    /// <param name="root">The installed root; nothing in it is changed.</param>
    /// <param name="directory">A directory for what the run writes.</param>
    public async Task<GateRun> RunAsync(string root, string directory, IReadOnlyList<string> command, CancellationToken cancellation)
    {
        using var output = new MemoryStream();
        var result = await sandbox.RunAsync(new SandboxSpec($"gate-{Guid.NewGuid():N}", directory, command)
        {
            Layers = [root],
            // The builder's identity is taken on by a program that a small root need not have; root of the namespace is nobody outside too.
            User = SandboxUser.NamespaceRoot,
            Limits = new SandboxLimits { MemoryBytes = 1L << 30, Processes = 256, Wall = TimeSpan.FromMinutes(2) },
        }, bytes =>
        {
            if (output.Length < MaxOutputBytes)
                output.Write(bytes.Span);
        }, cancellation).ConfigureAwait(false);
        return new GateRun(result.Succeeded, result.Ending, Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <summary>Removes what a run wrote.</summary>
    public Task RemoveAsync(string directory) => sandbox.RemoveTreeAsync(directory);
}
