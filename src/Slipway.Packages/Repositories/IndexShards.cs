using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>A run of a document's entries, compressed as a member or frame of its own, so that a change costs its run and not the document.</summary>
/// <param name="First">Key of the first entry.</param>
/// <param name="Keys">A line for each entry: bytes of its content, and its key.</param>
/// <param name="Plain">The contents one after the other, lightly compressed.</param>
/// <param name="Packed">The same as it is published; empty where the document is not.</param>
internal sealed record Shard(string First, int Count, int PlainBytes, byte[] Keys, byte[] Plain, byte[] Packed)
{
    /// <summary>Of its row; 0 before it has one.</summary>
    public long Id { get; init; }
}

/// <summary>What becomes of the entry with this key; null is none.</summary>
internal readonly record struct ShardChange(string Key, Func<byte[]?, byte[]?> Apply)
{
    public static ShardChange Put(string key, byte[] content) => new(key, _ => content);

    public static ShardChange Remove(string key) => new(key, _ => null);
}

/// <summary>
/// Cuts the sorted entries of a document into shards. Where one begins depends on the key alone, so the shards, and every published byte,
/// follow from the entries and not from the order in which they came.
/// </summary>
internal static class IndexShards
{
    private const int AverageBits = 6;
    private const int PlainLevel = 1;
    private const int BlockBytes = 1 << 18;

    private readonly record struct Entry(string Key, byte[] Content);

    private sealed record Run(Shard? Kept, List<Entry> Entries);

    public static IReadOnlyList<Shard> Apply(IReadOnlyList<Shard> shards, IEnumerable<ShardChange> changes, Compression packing)
    {
        var filled = shards.Where(shard => shard.Count > 0).ToList();
        var changed = changes.GroupBy(change => Place(filled, change.Key)).ToDictionary(group => group.Key, group => group.ToList());
        if (changed.Count == 0) return shards.Count > 0 ? shards : [Encode([], packing)];
        var runs = new List<Run>();
        for (var i = 0; i < Math.Max(filled.Count, 1); i++)
        {
            if (!changed.TryGetValue(i, out var here))
            {
                runs.Add(new(filled[i], []));
                continue;
            }
            var entries = Changed(i < filled.Count ? Decode(filled[i]) : [], here);
            // The entry that began it is gone: the rest belongs to the run before.
            if (entries.Count > 0 && !Begins(entries[0].Key) && runs.Count > 0)
            {
                var before = runs[^1];
                runs.RemoveAt(runs.Count - 1);
                entries.InsertRange(0, before.Kept is { } kept ? Decode(kept) : before.Entries);
            }
            runs.AddRange(Split(entries).Select(run => new Run(null, run)));
        }
        var result = new Shard[runs.Count];
        Parallel.For(0, runs.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => result[i] = runs[i].Kept ?? Encode(runs[i].Entries, packing));
        return result.Length > 0 ? result : [Encode([], packing)];
    }

    private static bool Begins(string key)
    {
        var hash = 2166136261u;
        foreach (var c in key) hash = (hash ^ c) * 16777619u;
        return hash * 0x9E3779B1u >> (32 - AverageBits) == 0;
    }

    // The shard that has, or would have, the key.
    private static int Place(List<Shard> shards, string key)
    {
        var (low, high) = (0, shards.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (string.CompareOrdinal(shards[middle].First, key) <= 0) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private static List<Entry> Changed(List<Entry> entries, List<ShardChange> changes)
    {
        var byKey = new Dictionary<string, byte[]>(entries.Count + changes.Count, StringComparer.Ordinal);
        foreach (var entry in entries) byKey[entry.Key] = entry.Content;
        foreach (var change in changes)
        {
            if (change.Apply(byKey.GetValueOrDefault(change.Key)) is { } content) byKey[change.Key] = content;
            else byKey.Remove(change.Key);
        }
        var all = byKey.Select(pair => new Entry(pair.Key, pair.Value)).ToList();
        all.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return all;
    }

    private static IEnumerable<List<Entry>> Split(List<Entry> entries)
    {
        var run = new List<Entry>();
        foreach (var entry in entries)
        {
            if (run.Count > 0 && Begins(entry.Key))
            {
                yield return run;
                run = [];
            }
            run.Add(entry);
        }
        if (run.Count > 0) yield return run;
    }

    private static Shard Encode(List<Entry> entries, Compression packing)
    {
        var keys = new StringBuilder();
        var plain = new MemoryStream();
        foreach (var entry in entries)
        {
            keys.Append(CultureInfo.InvariantCulture, $"{entry.Content.Length} {entry.Key}\n");
            plain.Write(entry.Content);
        }
        var content = plain.GetBuffer().AsSpan(0, (int)plain.Length);
        var light = Compressor.Compress(content, Compression.Zstd, new CompressionOptions { Level = PlainLevel });
        return new(entries.Count > 0 ? entries[0].Key : "", entries.Count, content.Length, Encoding.Latin1.GetBytes(keys.ToString()), light, content.Length == 0 ? [] : IndexPacking.Pack(content, packing));
    }

    private static List<Entry> Decode(Shard shard)
    {
        var content = Plain(shard).AsSpan();
        var entries = new List<Entry>(shard.Count);
        foreach (var line in Encoding.Latin1.GetString(shard.Keys).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var length = int.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture);
            entries.Add(new(line[(space + 1)..], content[..length].ToArray()));
            content = content[length..];
        }
        return entries;
    }

    /// <summary>The contents of their entries, one after the other, in blocks that last until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Blocks(IReadOnlyList<Shard> shards)
    {
        // One decoder for all: setting one up takes longer than a shard. Small blocks, so that they are still in the processor's cache when they are used.
        using var stream = Frames(shards);
        var (current, next) = (new byte[BlockBytes], new byte[BlockBytes]);
        // While a block is used, the next one is decompressed.
        var ahead = Fill(next);
        try
        {
            while (ahead.GetAwaiter().GetResult() is > 0 and var filled)
            {
                (current, next) = (next, current);
                ahead = Fill(next);
                yield return current.AsMemory(0, filled);
            }
        }
        finally
        {
            // The decoder must not go while it is at work.
            Task.WaitAny(ahead);
        }

        Task<int> Fill(byte[] block) => Task.Run(() => stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false));
    }

    private static byte[] Plain(Shard shard)
    {
        var plain = new byte[shard.PlainBytes];
        using var stream = Frames([shard]);
        stream.ReadExactly(plain);
        return plain;
    }

    private static Stream Frames(IReadOnlyList<Shard> shards) =>
        Compressor.Decompress(new MemoryStream(Together([], shards, shard => shard.Plain, []), writable: false), Compression.Zstd);

    /// <summary>A part of each, one after the other, between two others.</summary>
    public static byte[] Together(byte[] head, IReadOnlyList<Shard> shards, Func<Shard, byte[]> part, byte[] tail)
    {
        var whole = new byte[head.Length + shards.Sum(shard => part(shard).Length) + tail.Length];
        head.CopyTo(whole, 0);
        var at = head.Length;
        foreach (var bytes in shards.Select(part))
        {
            bytes.CopyTo(whole, at);
            at += bytes.Length;
        }
        tail.CopyTo(whole, at);
        return whole;
    }
}

/// <summary>The compression of what is published: the same bytes for the same input.</summary>
internal static class IndexPacking
{
    public static byte[] Pack(ReadOnlySpan<byte> content, Compression packing) => packing switch
    {
        Compression.None => [],
        Compression.Zstd => Compressor.Compress(content, packing, new CompressionOptions { Level = 9 }),
        _ => Compressor.Compress(content, packing),
    };

    /// <summary>What follows the name of a compressed file.</summary>
    public static string Suffix(Compression packing) => packing == Compression.Zstd ? ".zst" : ".gz";
}
