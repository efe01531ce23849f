using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Members of a zero pack that are compressed together.</summary>
internal sealed class PackGroup
{
    private PackGroup(IReadOnlyList<ContentItem> members, ContentShape shape, Compression pack)
    {
        Members = members;
        Shape = shape;
        Pack = pack;
        Bytes = members.Sum(m => m.TarBytes);
        Key = KeyOf(members);
    }

    public IReadOnlyList<ContentItem> Members { get; }

    public ContentShape Shape { get; }

    /// <summary>The compressor of the whole pack.</summary>
    public Compression Pack { get; }

    /// <summary>As a tar.</summary>
    public long Bytes { get; }

    /// <summary>The bytes of a group follow from its members' hashes.</summary>
    public Digest Key { get; }

    /// <summary>Of what one pack is to hold, in the order of the paths. Like stands with like, for filter and window.</summary>
    public static IReadOnlyList<PackGroup> Of(IReadOnlyList<ContentItem> items, CodecRules rules)
    {
        var byShape = items.ToLookup(i => i.Shape() switch
        {
            ContentShape.Text => ContentShape.Other,
            var shape => shape,
        });
        var pack = CodecTable.OfZeroPack(rules, byShape[ContentShape.MachineCode].Sum(i => i.Size), items.Sum(i => i.Size));
        // Large programs of about the same size are often built from the same parts.
        const long large = 4 << 20;
        var code = byShape[ContentShape.MachineCode].OrderByDescending(i => i.Size > large ? i.Size : 0);
        return
        [
            .. Cut(code, ContentShape.MachineCode, pack, rules),
            .. Cut(byShape[ContentShape.Other], ContentShape.Other, pack, rules),
            .. Cut(byShape[ContentShape.Packed], ContentShape.Packed, pack, rules),
        ];
    }

    private static IEnumerable<PackGroup> Cut(IEnumerable<ContentItem> items, ContentShape shape, Compression pack, CodecRules rules)
    {
        var (least, most) = CodecTable.GroupOf(rules, shape);
        var members = new List<ContentItem>();
        long bytes = 0;
        foreach (var item in items)
        {
            if (members.Count > 0 && bytes + item.TarBytes > most) yield return Close();
            members.Add(item);
            bytes += item.TarBytes;
            if (bytes >= least && EndsGroup(item.Hash)) yield return Close();
        }

        if (members.Count > 0) yield return Close();

        PackGroup Close()
        {
            var group = new PackGroup([.. members], shape, pack);
            members.Clear();
            bytes = 0;
            return group;
        }
    }

    // At a hash, not at a count: a file more or less moves one border only.
    private static bool EndsGroup(SwupdHash hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash.CopyTo(bytes);
        return (bytes[0] & 3) == 0;
    }

    private static Digest KeyOf(IReadOnlyList<ContentItem> members)
    {
        var bytes = new byte[members.Count * 32];
        for (var i = 0; i < members.Count; i++) members[i].Hash.CopyTo(bytes.AsSpan(i * 32));
        return Digest.Of(bytes);
    }
}
