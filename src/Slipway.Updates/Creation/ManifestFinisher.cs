using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Turns a decided draft into the manifest that is written (format 1.7, step 8).</summary>
internal sealed class ManifestFinisher(uint version, int format, long timestamp)
{
    private const ulong Format25Limit = 2_000_000_000;

    public Manifest Finish(DraftManifest draft)
    {
        if (draft.FileCount == 0)
            throw new SlipwayException($"cannot make bundle {draft.Name}", "it has no path at all",
                "give it at least its tracking file /usr/share/clear/bundles/" + draft.Name)
            { Kind = FailureKind.Usage };
        var groups = draft.Records.GroupBy(r => VariantPath.Strip(r.Name));
        var records = groups.SelectMany(g => Finish(draft.Name, g.Key, [.. g])).ToList();
        records.Sort(InWrittenOrder);
        return new Manifest
        {
            Name = draft.Name,
            Format = format,
            Version = version,
            Previous = draft.Previous,
            FileCount = draft.FileCount,
            Timestamp = timestamp,
            ContentSize = Capped(draft),
            Includes = draft.Includes,
            AlsoAdd = draft.AlsoAdd,
            Records = records,
        };
    }

    public static int InWrittenOrder(ManifestRecord a, ManifestRecord b)
    {
        var order = a.Version.CompareTo(b.Version);
        if (order == 0) order = a.Name.CompareTo(b.Name);
        return order != 0 ? order : a.Modifier.Variant.CompareTo(b.Modifier.Variant);
    }

    private ulong Capped(DraftManifest draft) =>
        format == 25 && draft.Name != Manifest.Full && draft.ContentSize >= Format25Limit ? Format25Limit - 1 : draft.ContentSize;

    private IEnumerable<ManifestRecord> Finish(string bundle, BytePath name, List<DraftRecord> group)
    {
        // A variant that went away leaves no line; what remains of the file gets new letters and so a new version.
        var lostVariant = group.RemoveAll(r => r.Variant != Variant.Base && !r.IsPresent) > 0;
        group.RemoveAll(r => r.Variant != Variant.Base && r.Type != RecordType.File);
        if (lostVariant)
            foreach (var record in group) record.Version = version;
        var files = group.Where(r => r.Type == RecordType.File && r.IsPresent).ToList();
        var available = files.Aggregate(Variants.None, (set, r) => set | BitOf(r.Variant));
        var head = files.Find(r => r.Variant == Variant.Base);
        if (available != Variants.None && head is null)
            throw new SlipwayException($"cannot make Manifest.{bundle}", $"{files[0].Name} is optimised, but {name} does not exist",
                "ship the file for every processor as well")
            { Kind = FailureKind.Usage };
        foreach (var record in group)
        {
            var isFile = record.Type == RecordType.File && record.IsPresent;
            yield return new ManifestRecord(
                record.Type,
                isFile ? head!.Status : record.Status,
                isFile ? Modifier.Of(record.Variant, available) : default,
                isFile ? head!.Mark : record.Mark,
                record.Hash,
                record.Version,
                name);
        }
    }

    private static Variants BitOf(Variant variant) => variant switch
    {
        Variant.V3 => Variants.Avx2,
        Variant.V4 => Variants.Avx512,
        Variant.VA => Variants.Apx,
        _ => Variants.None,
    };
}
