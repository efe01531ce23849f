using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Chooses what goes into the pack that takes a device from one version of a bundle to another (format 1.8).</summary>
internal static class DeltaPackPlan
{
    /// <param name="from">The bundle's manifest that the device has.</param>
    /// <param name="to">The one it gets.</param>
    /// <param name="deltas">Deltas that are published, for files of this bundle.</param>
    public static PackPlan Make(Manifest from, Manifest to, IReadOnlyList<(DeltaPair Pair, string File)> deltas)
    {
        var before = from.Records.ToDictionary(r => VariantPath.FullName(r));
        var included = deltas.DistinctBy(d => d.Pair.Name).ToList();
        var done = included.Select(d => d.Pair.To.Hash).ToHashSet();
        var staged = new List<StagedMember>();
        foreach (var record in to.Records.OrderBy(VariantPath.FullName))
        {
            if (record.Modifier.NeverInDeltaPacks) continue;
            if (record.Version <= from.Version || IsUnchanged(record, before)) continue;
            if (record.IsPresent && done.Add(record.Hash)) staged.Add(new StagedMember(record.Hash, record.Version, VariantPath.FullName(record)));
        }

        return new PackPlan(to.Name, from.Version, to.Version,
            [.. included.Select(d => (d.Pair.Name, d.File)).OrderBy(d => d.Name, StringComparer.Ordinal)], staged);
    }

    // A file that only got a new version number is on the device already.
    private static bool IsUnchanged(ManifestRecord record, Dictionary<BytePath, ManifestRecord> before) =>
        before.TryGetValue(VariantPath.FullName(record), out var old)
        && old.Hash == record.Hash && old.Type == record.Type && old.Status == record.Status && old.Modifier == record.Modifier;
}
