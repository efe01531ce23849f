using System.Collections.Concurrent;
using System.Security.Cryptography;
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
        using var digest = expected is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            if (digest is null) hasher.Append(content);
            else hasher.Append(new TeeStream(content, digest));
            if (digest is not null && Digest.FromBytes(digest.GetHashAndReset()) != expected)
                throw new SlipwayException($"cannot use {node.Path}", $"its content is not the one that {NodeRecords.FileName} names", "compose the version again");
            return hasher.Finish();
        }
        catch (IOException e)
        {
            throw new SlipwayException($"cannot hash {node.Path}", e.Message, "leave the full root alone while content is made", e);
        }
    }

    private sealed class TeeStream(Stream source, IncrementalHash digest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            digest.AppendData(buffer[..read]);
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
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
