using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Finds the hash of a file by the cheapest way: what the tree's maker says of it, what stat said when it was read last,
/// reading it.</summary>
internal sealed class NodeHashing(IReadOnlyDictionary<BytePath, NodeRecord> records, HashMemory memory, DigestMemory digests)
{
    private int _recorded;
    private int _read;

    /// <summary>How many files had to be read.</summary>
    public int Read => _read;

    /// <summary>How many were known by their records.</summary>
    public int Recorded => _recorded;

    public SwupdHash Of(FullNode node)
    {
        // A record that does not fit the node was made for another one.
        if (records.TryGetValue(node.Path, out var record) && (record.Mode, record.Uid, record.Gid, record.Size) == (node.Mode, node.Uid, node.Gid, node.Size))
            return OfRecord(node, record);
        if (memory.Recall(node.Stamp) is { } known) return known;
        Interlocked.Increment(ref _read);
        return memory.Remember(node.Stamp, HashOf(node, null));
    }

    private SwupdHash OfRecord(FullNode node, NodeRecord record)
    {
        if ((record.Hash ?? digests.Recall(record)) is { } known)
        {
            Interlocked.Increment(ref _recorded);
            return known;
        }

        Interlocked.Increment(ref _read);
        return digests.Remember(record, HashOf(node, record.Content));
    }

    private static SwupdHash HashOf(FullNode node, Digest? expected)
    {
        using var content = FullRoot.Open(node);
        using var hasher = SwupdHasher.ForFile(node.Mode, node.Uid, node.Gid, node.Size);
        try
        {
            using var hashing = new HashingStream(content, hasher);
            if (expected is null) hasher.Append(content);
            else if (Digest.OfStream(hashing) != expected)
                throw new SlipwayException($"cannot use {node.Path}", $"its content is not the one that {NodeRecords.FileName} names", "compose the version again");
            return hasher.Finish();
        }
        catch (IOException e)
        {
            throw new SlipwayException($"cannot hash {node.Path}", e.Message, "leave the full root alone while content is made", e);
        }
    }
}

/// <summary>Remembers hashes by content digest, mode and owner, over all versions.</summary>
internal sealed class DigestMemory
{
    private readonly string _file;
    private readonly ConcurrentDictionary<string, SwupdHash> _known = new(StringComparer.Ordinal);
    private bool _changed;

    public DigestMemory(string file)
    {
        _file = file;
        if (!File.Exists(file)) return;
        // Written whole or not at all; a line that is none all the same teaches nothing.
        foreach (var line in File.ReadLines(file))
        {
            var space = line.LastIndexOf(' ');
            if (space > 0 && SwupdHash.TryParse(line[(space + 1)..], out var hash)) _known[line[..space]] = hash;
        }
    }

    public SwupdHash? Recall(NodeRecord record) => _known.TryGetValue(KeyOf(record), out var hash) ? hash : null;

    public SwupdHash Remember(NodeRecord record, SwupdHash hash)
    {
        _changed = true;
        return _known[KeyOf(record)] = hash;
    }

    public void Save()
    {
        if (_changed) AtomicFile.WriteText(_file, string.Concat(_known.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Key} {k.Value}\n")));
    }

    private static string KeyOf(NodeRecord record) => $"{record.Content} {record.Mode} {record.Uid} {record.Gid}";
}
