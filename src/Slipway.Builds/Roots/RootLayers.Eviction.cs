using System.Globalization;
using Slipway.Content;

namespace Slipway.Builds.Roots;

/// <summary>How much of the disk build roots may keep.</summary>
public sealed record RootBudget
{
    /// <summary>Bytes of all layers together. Unset: 40 GiB.</summary>
    public long MaxBytes { get; init; } = 40L << 30;

    /// <summary>Time since a layer's last use after which it goes. Unset: 30 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);
}

internal sealed partial class RootLayers
{
    // Whoever builds on a layer holds a shared lock on this file of it; its time is that of the last use.
    private const string UsedName = "used", SizeName = "size";

    /// <summary>Like <see cref="GetAsync"/>; the layer stays at least until the use is disposed of.</summary>
    internal async Task<(string Upper, IDisposable Use)> UseAsync(string key, Func<string, Task> make, CancellationToken cancellation)
    {
        while (true)
        {
            var upper = await GetAsync(key, make, cancellation).ConfigureAwait(false);
            if (TryUse(key) is { } use)
                return (upper, use);
            // It is being evicted at this moment: the next round makes it anew.
            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes layers that nothing uses: those too old, then the longest unused until the rest fits the budget.</summary>
    /// <returns>The keys of what went.</returns>
    internal async Task<IReadOnlyList<string>> EvictAsync(RootBudget budget, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
            return [];
        var layers = Directory.GetDirectories(directory).Where(d => File.Exists(Path.Combine(d, LayerMaker.PackagesName)) && File.Exists(Path.Combine(d, UsedName)) && Find(Path.GetFileName(d)) is not null)
            .Select(d => (Key: Path.GetFileName(d), Used: File.GetLastWriteTimeUtc(Path.Combine(d, UsedName)), Bytes: SizeOf(d))).OrderBy(l => l.Used).ThenBy(l => l.Key, StringComparer.Ordinal).ToList();
        var total = layers.Sum(l => l.Bytes);
        var gone = new List<string>();
        foreach (var layer in layers)
        {
            if ((total <= budget.MaxBytes && clock.GetUtcNow() - layer.Used <= budget.MaxAge) || !await TryRemoveAsync(layer.Key, cancellation).ConfigureAwait(false))
                continue;
            total -= layer.Bytes;
            gone.Add(layer.Key);
        }
        return gone;
    }

    private FileStream? TryUse(string key)
    {
        var file = Path.Combine(directory, key, UsedName);
        try
        {
            // Layers of earlier versions have none.
            if (!File.Exists(file) && Find(key) is not null)
                File.WriteAllText(file, "");
            var use = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (Find(key) is null)
            {
                use.Dispose();
                return null;
            }
            File.SetLastWriteTimeUtc(file, clock.GetUtcNow().UtcDateTime);
            return use;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task<bool> TryRemoveAsync(string key, CancellationToken cancellation)
    {
        var removed = Path.Combine(directory, $"{MakingPrefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
        try
        {
            using var alone = new FileStream(Path.Combine(directory, key, UsedName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Directory.Move(Path.Combine(directory, key), removed);
        }
        catch (IOException)
        {
            // In use, or another process was quicker.
            return false;
        }
        await sandbox.RemoveTreeAsync(removed, cancellation).ConfigureAwait(false);
        return true;
    }

    private static long SizeOf(string layer)
    {
        var noted = Path.Combine(layer, SizeName);
        if (File.Exists(noted) && long.TryParse(File.ReadAllText(noted), CultureInfo.InvariantCulture, out var known))
            return known;
        using var tree = RootedTree.Open(Path.Combine(layer, "upper"));
        var bytes = tree.Walk().Where(e => e.Stat.Type == NodeType.Regular).Sum(e => e.Stat.Size);
        AtomicFile.WriteText(noted, bytes.ToString(CultureInfo.InvariantCulture));
        return bytes;
    }
}
