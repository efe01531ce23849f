using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Neighbours in a pack that are compressed together.</summary>
internal sealed class PackGroup(IReadOnlyList<ContentItem> members)
{
    // Groups end where a hash says so, not at a count: a file more or less moves one border only.
    private const long MinBytes = 2 << 20;
    private const long MaxBytes = 24 << 20;

    public IReadOnlyList<ContentItem> Members { get; } = members;

    public long Bytes { get; } = members.Sum(m => m.Size);

    /// <summary>The bytes of a group follow from its members' hashes.</summary>
    public Digest Key { get; } = KeyOf(members);

    public static IReadOnlyList<PackGroup> Of(IEnumerable<ContentItem> items)
    {
        var groups = new List<PackGroup>();
        var members = new List<ContentItem>();
        long bytes = 0;
        foreach (var item in items)
        {
            if (members.Count > 0 && bytes + item.Size > MaxBytes) Close();
            members.Add(item);
            bytes += item.Size;
            if (bytes >= MinBytes && EndsGroup(item.Hash)) Close();
        }

        if (members.Count > 0) Close();
        return groups;

        void Close()
        {
            groups.Add(new PackGroup([.. members]));
            members.Clear();
            bytes = 0;
        }
    }

    private static bool EndsGroup(SwupdHash hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash.CopyTo(bytes);
        return (bytes[0] & 0x1F) == 0;
    }

    private static Digest KeyOf(IReadOnlyList<ContentItem> members)
    {
        var bytes = new byte[members.Count * 32];
        for (var i = 0; i < members.Count; i++) members[i].Hash.CopyTo(bytes.AsSpan(i * 32));
        return Digest.Of(bytes);
    }
}
