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
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var plain = new MemoryStream();
        var bytes = 0L;
        void Take(byte[] part)
        {
            bytes += part.Length;
            if (Plain != PlainForm.None) hash.AppendData(part);
            if (Plain == PlainForm.Content) plain.Write(part);
        }
        Take(head);
        if (Plain != PlainForm.None)
            foreach (var shard in shards) Take(IndexShards.Plain(shard));
        Take(Tail);
        var packed = new MemoryStream();
        if (Packing != Compression.None)
        {
            if (head.Length > 0) packed.Write(IndexPacking.Pack(head, Packing));
            foreach (var shard in shards) packed.Write(shard.Packed);
            // An empty document is one empty member: no bytes at all would be none.
            if (Tail.Length > 0 || packed.Length == 0) packed.Write(IndexPacking.Pack(Tail, Packing));
        }
        return new(count, Digest.FromBytes(hash.GetHashAndReset()), bytes, plain.ToArray(), packed.ToArray());
    }
}

/// <summary>A document as it is published.</summary>
/// <param name="PlainDigest">Of the uncompressed document, where it is wanted.</param>
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
