using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>
/// Immutable layers by key, below one directory. A layer is made beside its place and renamed into it; while one process makes
/// it, others that need it wait, and a maker that dies leaves nothing that could be taken for a layer.
/// </summary>
internal sealed partial class RootLayers(string directory, BuildSandbox sandbox, TimeProvider clock)
{
    private const string MakingPrefix = ".making-", MarkerName = "layer", DurableName = "durable";

    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new();
    private static readonly string BootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The directory to mount for a layer; made first when it is not there. `make` fills `upper` in the directory it is given.</summary>
    internal async Task<string> GetAsync(string key, Func<string, Task> make, CancellationToken cancellation)
    {
        if (Find(key) is { } found)
            return found;
        var gate = Gates.GetOrAdd(Path.Combine(directory, key), _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            using var claim = await ClaimAsync(key, cancellation).ConfigureAwait(false);
            return Find(key) ?? await MakeAsync(key, make, cancellation).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>True when the layer is there to be used.</summary>
    internal bool Has(string key) => Find(key) is not null;

    /// <summary>Deletes what makers that no longer live have left.</summary>
    internal async Task RemoveLeftoversAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var leftover in Directory.GetDirectories(directory, MakingPrefix + "*"))
        {
            var owner = Path.GetFileName(leftover)[MakingPrefix.Length..].Split('-')[0];
            if (!Directory.Exists("/proc/" + owner) || owner == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) && !Gates.Values.Any(g => g.CurrentCount == 0))
                await sandbox.RemoveTreeAsync(leftover, cancellation).ConfigureAwait(false);
        }
    }

    // A layer whose blocks may not have reached the disk is good until the machine has been started anew.
    private string? Find(string key)
    {
        var layer = Path.Combine(directory, key);
        if (!File.Exists(Path.Combine(layer, MarkerName)))
            return null;
        if (!File.Exists(Path.Combine(layer, DurableName)) && File.ReadAllText(Path.Combine(layer, MarkerName)).Trim() != BootId)
            return null;
        return Path.Combine(layer, "upper");
    }

    private async Task<string> MakeAsync(string key, Func<string, Task> make, CancellationToken cancellation)
    {
        var layer = Path.Combine(directory, key);
        var making = Path.Combine(directory, $"{MakingPrefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(making);
        try
        {
            await make(making).ConfigureAwait(false);
            // Not valid any more, or Find would have had it.
            await sandbox.RemoveTreeAsync(layer, cancellation).ConfigureAwait(false);
            File.WriteAllText(Path.Combine(making, UsedName), "");
            AtomicFile.WriteText(Path.Combine(making, MarkerName), BootId + "\n");
            Directory.Move(making, layer);
        }
        catch
        {
            await sandbox.RemoveTreeAsync(making, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        _ = Task.Run(() => MakeDurable(layer), CancellationToken.None);
        return Path.Combine(layer, "upper");
    }

    private static void MakeDurable(string layer)
    {
        if (ChildProcess.Run(new("sync", "--file-system", layer)).Succeeded && Directory.Exists(layer))
            AtomicFile.WriteText(Path.Combine(layer, DurableName), "");
    }

    private async Task<FileStream> ClaimAsync(string key, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(directory, $".claim-{key}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                // Another process makes the same layer.
                await Task.Delay(200, cancellation).ConfigureAwait(false);
            }
        }
    }
}
