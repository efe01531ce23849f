using Slipway.Content;

namespace Slipway.Updates;

/// <summary>All manifests of a version, decided and not yet written.</summary>
/// <param name="MoM">Names every bundle's manifest by its hash.</param>
/// <param name="Full">Every path of the version.</param>
/// <param name="Bundles">Those that change in this version, with their text.</param>
internal sealed record ManifestPlan(Manifest MoM, Manifest Full, IReadOnlyList<(Manifest Manifest, byte[] Text)> Bundles)
{
    /// <summary>Pure: decides from the drafts and from what was published before.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="timestamp">Written into every manifest.</param>
    /// <param name="drafts">The bundles that may have changed.</param>
    /// <param name="unchanged">The rows of those that have not.</param>
    /// <param name="full">The whole tree.</param>
    /// <param name="published">What was published before.</param>
    public static ManifestPlan Make(
        CreateOptions options, long timestamp, IReadOnlyList<DraftManifest> drafts, IReadOnlyList<ManifestRecord> unchanged, DraftManifest full, PublishedTree published)
    {
        var oldMoM = published.TryRead(options.Previous, Manifest.MoM);
        var comparison = new ManifestComparison(options.Version, options.MinVersion, options.Format);
        var finisher = new ManifestFinisher(options.Version, options.Format, timestamp);
        Parallel.ForEach(drafts, new ParallelOptions { MaxDegreeOfParallelism = options.Workers }, draft =>
        {
            var old = OldManifest(draft.Name, options.Previous, oldMoM, published);
            draft.Previous = old?.Version ?? 0;
            comparison.Apply(draft, old);
            if (old is null) draft.Changed = true;
        });

        var oldFull = published.TryRead(options.Previous, Manifest.Full);
        full.Previous = oldFull?.Version ?? 0;
        comparison.Apply(full, oldFull);
        RaiseVersions(full, drafts.Where(d => d.Changed));

        var changed = drafts.Where(d => d.Changed).AsParallel().AsOrdered().WithDegreeOfParallelism(options.Workers)
            .Select(d => (Draft: d, Manifest: finisher.Finish(d))).Select(d => (d.Draft, d.Manifest, Text: d.Manifest.ToBytes())).ToList();
        var rows = changed.Select(c => RowOf(c.Draft, c.Text, options))
            .Concat(drafts.Where(d => !d.Changed).Select(d => oldMoM!.Records.First(r => r.Name == BytePath.From(d.Name)))).ToList();
        rows.AddRange(unchanged);
        if (oldMoM is not null && UpdateIndex.Row(oldMoM) is { } index && rows.All(r => r.Name != index.Name)) rows.Add(index);
        return new ManifestPlan(
            MoMOf(options, timestamp, oldMoM, rows), finisher.Finish(full), [.. changed.Select(c => (c.Manifest, c.Text))]);
    }

    private static Manifest? OldManifest(string bundle, uint previous, Manifest? oldMoM, PublishedTree published)
    {
        var name = BytePath.From(bundle);
        var row = oldMoM?.Records.FirstOrDefault(r => r.Name == name);
        return row is null ? published.TryRead(previous, bundle) : published.Read(row.Version, bundle);
    }

    /// <summary>Every (hash, version) that a bundle names must have its full file, so the full manifest follows the bundles (1.7.7).</summary>
    private static void RaiseVersions(DraftManifest full, IEnumerable<DraftManifest> changed)
    {
        var byName = full.Records.ToDictionary(r => r.Name);
        foreach (var bundle in changed)
            foreach (var record in bundle.Records)
                if (record.Status != RecordStatus.Deleted && byName.TryGetValue(record.Name, out var whole) && whole.Version < record.Version)
                    whole.Version = record.Version;
    }

    private static ManifestRecord RowOf(DraftManifest draft, byte[] text, CreateOptions options) => new(
        RecordType.Manifest,
        draft.Experimental && options.Format > 26 ? RecordStatus.Experimental : RecordStatus.Present,
        default,
        RecordMark.None,
        SwupdHash.OfManifest(text),
        options.Version,
        BytePath.From(draft.Name));

    private static Manifest MoMOf(CreateOptions options, long timestamp, Manifest? oldMoM, List<ManifestRecord> rows)
    {
        rows.Sort(ManifestFinisher.InWrittenOrder);
        return new Manifest
        {
            Name = Manifest.MoM,
            Format = options.Format,
            Version = options.Version,
            Previous = options.Previous,
            MinVersion = options.MinVersion != 0 ? options.MinVersion : oldMoM?.MinVersion ?? 0,
            FileCount = (uint)rows.Count,
            Timestamp = timestamp,
            Records = rows,
        };
    }
}
