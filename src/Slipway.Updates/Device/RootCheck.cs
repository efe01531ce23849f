using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>Compares paths of a root with what their records say, many at a time.</summary>
internal sealed class RootCheck(RootedTree root, int jobs)
{
    private readonly ulong? _device = root.Stat(BytePath.Empty)?.Device;

    /// <summary>Those records that the root does not fulfil, and how.</summary>
    public async Task<IReadOnlyList<(ManifestRecord Record, RootDifferenceKind Kind)>> DifferencesAsync(
        IReadOnlyCollection<ManifestRecord> records, Action<long> progress, CancellationToken cancel)
    {
        var found = new ConcurrentBag<(ManifestRecord, RootDifferenceKind)>();
        long done = 0;
        await Parallel.ForEachAsync(records, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancel }, (record, _) =>
        {
            if (Difference(record) is { } kind)
            {
                found.Add((record, kind));
            }
            progress(Interlocked.Increment(ref done));
            return ValueTask.CompletedTask;
        });
        return [.. found.OrderBy(pair => pair.Item1.Name)];
    }

    /// <summary>Null when the path is as its record says.</summary>
    public RootDifferenceKind? Difference(ManifestRecord record)
    {
        if (root.Stat(record.Name) is not { } stat)
        {
            return RootDifferenceKind.Missing;
        }
        if (NodeHash.TypeOf(stat.Type) != record.Type)
        {
            return RootDifferenceKind.Type;
        }
        // What is mounted there belongs to whoever mounted it.
        if (stat.Type == NodeType.Directory && stat.Device != _device)
        {
            return null;
        }
        return NodeHash.Of(root, record.Name, stat) == record.Hash ? null : RootDifferenceKind.Content;
    }
}
