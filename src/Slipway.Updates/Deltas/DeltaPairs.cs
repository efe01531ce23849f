using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A file that a device may have, and one that it is to get.</summary>
internal sealed record DeltaPair(ManifestRecord From, ManifestRecord To)
{
    public string Name => $"10-20-{From.Hash}-{To.Hash}"; // the numbers are always these (format 1.9)
}

/// <summary>Finds which files of two manifests are worth comparing (format 1.9): the same path, or a path that looks renamed.</summary>
internal sealed class DeltaPairs(Func<ManifestRecord, long> sizeOf)
{
    private const int MinRenamedBytes = 200;

    private readonly List<DeltaPair> _pairs = [];
    private readonly List<ManifestRecord> _added = [];
    private readonly List<ManifestRecord> _removed = [];

    /// <param name="from">The manifest of the older version.</param>
    /// <param name="to">That of the newer one.</param>
    /// <param name="sizeOf">The size of the content that a present file's record stands for; -1 when it is not to be had.</param>
    /// <returns>In the order in which they were found: peers by name, then renames.</returns>
    public static IReadOnlyList<DeltaPair> Find(Manifest from, Manifest to, Func<ManifestRecord, long> sizeOf) =>
        new DeltaPairs(sizeOf).Find(from, to);

    private List<DeltaPair> Find(Manifest from, Manifest to)
    {
        FindPeers([.. Named(from)], [.. Named(to)]);
        PairSame(r => r.Hash.ToString(), _ => true);
        PairSame(r => Skeleton(r, hex: false), r => sizeOf(r) > MinRenamedBytes);
        PairSame(r => Skeleton(r, hex: true), r => sizeOf(r) > MinRenamedBytes);
        return _pairs;
    }

    private static IEnumerable<(BytePath Name, ManifestRecord Record)> Named(Manifest manifest) =>
        manifest.Records.Select(r => (Name: VariantPath.FullName(r), Record: r)).OrderBy(r => r.Name);

    private void FindPeers(List<(BytePath Name, ManifestRecord Record)> from, List<(BytePath Name, ManifestRecord Record)> to)
    {
        int f = 0, t = 0;
        while (f < from.Count || t < to.Count)
        {
            var order = f == from.Count ? 1 : t == to.Count ? -1 : from[f].Name.CompareTo(to[t].Name);
            if (order < 0) Remove(from[f++].Record);
            else if (order > 0) Add(to[t++].Record);
            else Compare(from[f++].Record, to[t++].Record);
        }
    }

    private void Compare(ManifestRecord from, ManifestRecord to)
    {
        if (!from.IsPresent) Add(to);
        else if (!to.IsPresent) Remove(from);
        else if (from.Type == RecordType.File && to.Type == RecordType.File && to.Version > from.Version && from.Hash != to.Hash
            && !to.Modifier.NeverInDeltaPacks && sizeOf(to) >= DeltaEncoder.MinNewBytes)
            _pairs.Add(new DeltaPair(from, to));
    }

    private void Add(ManifestRecord record)
    {
        if (record is { IsPresent: true, Type: RecordType.File } && !record.Modifier.NeverInDeltaPacks) _added.Add(record);
    }

    private void Remove(ManifestRecord record)
    {
        if (record is { IsPresent: true, Type: RecordType.File }) _removed.Add(record);
    }

    /// <summary>Pairs added with removed files of equal keys, first with first, and takes both out of further search.</summary>
    private void PairSame(Func<ManifestRecord, string> key, Predicate<ManifestRecord> fits)
    {
        var removed = _removed.Where(r => fits(r)).GroupBy(key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => new Queue<ManifestRecord>(g.OrderBy(VariantPath.FullName)), StringComparer.Ordinal);
        var taken = new HashSet<ManifestRecord>(ReferenceEqualityComparer.Instance);
        foreach (var record in _added.Where(r => fits(r)).OrderBy(VariantPath.FullName))
        {
            if (!removed.TryGetValue(key(record), out var candidates) || !candidates.TryDequeue(out var from)) continue;
            _pairs.Add(new DeltaPair(from, record));
            taken.Add(record);
            taken.Add(from);
        }

        _added.RemoveAll(taken.Contains);
        _removed.RemoveAll(taken.Contains);
    }

    /// <summary>The name without what changes from one version of a library to the next.</summary>
    private static string Skeleton(ManifestRecord record, bool hex)
    {
        Span<char> kept = stackalloc char[4200];
        var length = 0;
        foreach (var b in VariantPath.FullName(record).Span)
            if (!(b is >= (byte)'0' and <= (byte)'9' or (byte)'.') && !(hex && b is >= (byte)'a' and <= (byte)'f')) kept[length++] = (char)b;
        return new string(kept[..length]);
    }
}
