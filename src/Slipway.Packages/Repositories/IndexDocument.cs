using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>What is wanted of a document beside its compressed form.</summary>
internal enum PlainForm { None, Digest, Content }

/// <summary>A document of a repository's indexes that is made of one piece for each entry.</summary>
/// <param name="Name">Of what is kept of it between publications.</param>
/// <param name="Head">What stands before the pieces, by their number.</param>
/// <param name="Changes">What a change of packages changes in it.</param>
internal sealed record IndexDocument(
    string Name, Compression Packing, PlainForm Plain, Func<long, byte[]> Head, byte[] Tail, Func<IndexChange, IEnumerable<ShardChange>> Changes)
{
    public static readonly Func<long, byte[]> NoHead = _ => [];

    /// <summary>The whole document of these shards.</summary>
    public RenderedDocument Render(IReadOnlyList<Shard> shards)
    {
        var count = shards.Sum(shard => (long)shard.Count);
        var head = Head(count);
        if (Plain == PlainForm.None) return new(count, Digest.Of([]), 0, [], Packed(head, shards));
        // Hashed on its way where its bytes are not wanted: a large document need not be in memory whole.
        var whole = Plain == PlainForm.Content ? new MemoryStream(head.Length + shards.Sum(shard => shard.PlainBytes) + Tail.Length) : null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        foreach (var block in IndexShards.Blocks(shards).Prepend(head).Append(Tail))
        {
            hash.AppendData(block.Span);
            whole?.Write(block.Span);
            size += block.Length;
        }
        return new(count, Digest.FromBytes(hash.GetHashAndReset()), size, whole?.GetBuffer() ?? [], Packed(head, shards));
    }

    private byte[] Packed(byte[] head, IReadOnlyList<Shard> shards)
    {
        if (Packing == Compression.None) return [];
        // An empty document is one empty member: no bytes at all would be none.
        var isEmpty = head.Length == 0 && shards.All(shard => shard.Packed.Length == 0);
        return IndexShards.Together(
            head.Length > 0 ? IndexPacking.Pack(head, Packing) : [], shards, shard => shard.Packed, Tail.Length > 0 || isEmpty ? IndexPacking.Pack(Tail, Packing) : []);
    }
}

/// <summary>A document as it is published.</summary>
/// <param name="PlainDigest">Of the uncompressed document, where it is wanted; so is its size.</param>
internal sealed record RenderedDocument(long Count, Digest PlainDigest, long PlainBytes, byte[] Plain, byte[] Packed);

/// <summary>The packages that a snapshot has and the one before it had not, and the other way round.</summary>
/// <param name="named">All packages of a name after the change.</param>
internal sealed class IndexChange(IReadOnlyList<PackageEntry> added, IReadOnlyList<PackageEntry> removed, Func<string, IReadOnlyList<PackageEntry>> named)
{
    public IReadOnlyList<PackageEntry> Added => added;

    public IReadOnlyList<PackageEntry> Removed => removed;

    public IReadOnlyList<PackageEntry> Named(string name) => named(name);

    /// <summary>As if the repository had been empty.</summary>
    public static IndexChange Whole(IReadOnlyList<PackageEntry> members)
    {
        var byName = members.ToLookup(entry => entry.Name, StringComparer.Ordinal);
        return new(members, [], name => [.. byName[name]]);
    }

    /// <summary>The pieces of these entries, by their paths.</summary>
    public IEnumerable<ShardChange> ByPath(Func<PackageEntry, bool> isListed, Func<PackageEntry, byte[]> piece) =>
        removed.Where(isListed).Select(entry => ShardChange.Remove(entry.Path)).Concat(added.Where(isListed).Select(entry => ShardChange.Put(entry.Path, piece(entry))));
}
