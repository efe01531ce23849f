using System.Buffers.Binary;
using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Remembers hashes by what stat says, so that an unchanged file is not read again.</summary>
internal sealed class HashMemory
{
    private const int EntrySize = 6 * 8 + 32;
    private const long ClockTickNs = 20_000_000;

    private static ReadOnlySpan<byte> Magic => "swhash1\n"u8;

    private readonly Dictionary<NodeStamp, SwupdHash> _known = [];
    private readonly ConcurrentDictionary<NodeStamp, SwupdHash> _used = new();
    private int _fresh;

    /// <summary>How many files had to be read.</summary>
    public int Fresh => _fresh;

    /// <summary>How many entries will be kept.</summary>
    public int Used => _used.Count;

    /// <summary>Adds what an earlier run wrote. A file that is missing or not whole teaches nothing.</summary>
    public void Load(string file)
    {
        if (!File.Exists(file)) return;
        var bytes = File.ReadAllBytes(file);
        if (!bytes.AsSpan().StartsWith(Magic) || (bytes.Length - Magic.Length - 32) % EntrySize != 0) return;
        var body = bytes.AsSpan(Magic.Length..^32);
        if (!System.Security.Cryptography.SHA256.HashData(body).AsSpan().SequenceEqual(bytes.AsSpan(^32..))) return;
        for (; body.Length > 0; body = body[EntrySize..])
        {
            var stamp = new NodeStamp(
                (ulong)Number(body, 0), (ulong)Number(body, 1), Number(body, 2), Number(body, 3), Number(body, 4), Number(body, 5));
            _known[stamp] = new SwupdHash(body[48..80]);
        }
    }

    public SwupdHash? Recall(NodeStamp stamp)
    {
        if (!_known.TryGetValue(stamp, out var hash)) return null;
        _used[stamp] = hash;
        return hash;
    }

    public SwupdHash Remember(NodeStamp stamp, SwupdHash hash)
    {
        Interlocked.Increment(ref _fresh);
        _used[stamp] = hash;
        return hash;
    }

    /// <summary>Keeps what this run used. A file that changed as late as the run began may change again within the same tick of
    /// the clock; such a one is not kept.</summary>
    public void Save(string file, long begunNs)
    {
        if (_fresh == 0 && File.Exists(file)) return;
        var kept = _used.Where(e => e.Key.ChangedNs < begunNs - ClockTickNs)
            .OrderBy(e => e.Key.Inode).ThenBy(e => e.Key.Offset).ThenBy(e => e.Key.Device).ToList();
        var bytes = new byte[Magic.Length + kept.Count * EntrySize + 32];
        Magic.CopyTo(bytes);
        var at = bytes.AsSpan(Magic.Length);
        foreach (var (stamp, hash) in kept)
        {
            Put(at, 0, (long)stamp.Device);
            Put(at, 1, (long)stamp.Inode);
            Put(at, 2, stamp.Offset);
            Put(at, 3, stamp.Size);
            Put(at, 4, stamp.ModifiedNs);
            Put(at, 5, stamp.ChangedNs);
            hash.CopyTo(at[48..80]);
            at = at[EntrySize..];
        }

        System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(Magic.Length..^32), at);
        AtomicFile.Write(file, bytes);
    }

    private static long Number(ReadOnlySpan<byte> entry, int index) => BinaryPrimitives.ReadInt64LittleEndian(entry[(8 * index)..]);

    private static void Put(Span<byte> entry, int index, long value) => BinaryPrimitives.WriteInt64LittleEndian(entry[(8 * index)..], value);
}
