namespace Slipway.Updates;

/// <summary>Decides each record's version by comparing with the manifest before (format 1.7, steps 4 to 6).</summary>
internal sealed class ManifestComparison(uint version, uint minVersion, int format)
{
    /// <summary>Gives every record its version, adds what was removed, and says whether the manifest must be written.</summary>
    public void Apply(DraftManifest draft, Manifest? old)
    {
        var before = (old?.Records ?? []).Select(r => (Name: VariantPath.FullName(r), Record: r)).OrderBy(r => r.Name).ToList();
        var records = new List<DraftRecord>(draft.Records.Count + 16);
        var changed = false;
        var at = 0;
        foreach (var record in draft.Records)
        {
            while (at < before.Count && before[at].Name < record.Name) changed |= Remove(draft, before[at++].Record, old!, records);
            var same = at < before.Count && before[at].Name == record.Name ? before[at++].Record : null;
            changed |= Decide(record, same);
            records.Add(record);
        }

        while (at < before.Count) changed |= Remove(draft, before[at++].Record, old!, records);
        draft.Records = records;
        draft.FileCount = (uint)records.Count;
        draft.Changed = changed
            || !draft.Includes.SequenceEqual(old?.Includes ?? [], StringComparer.Ordinal)
            || !draft.AlsoAdd.SequenceEqual(old?.AlsoAdd ?? [], StringComparer.Ordinal);
    }

    /// <summary>True when the record is new or changed.</summary>
    private bool Decide(DraftRecord record, ManifestRecord? old)
    {
        record.Version = version;
        var isVariant = record.Variant != Variant.Base;
        // Variant directories are never written, so they are never found in the old manifest and must not count as new.
        if (isVariant && record.Type == RecordType.Directory) return false;
        if (old is not { IsPresent: true } || old.Hash != record.Hash || old.Version < minVersion) return true;
        if (!isVariant && old.Mark != record.Mark) return true;
        record.Version = old.Version;
        return false;
    }

    /// <summary>True when the record was there until now.</summary>
    private bool Remove(DraftManifest draft, ManifestRecord gone, Manifest old, List<DraftRecord> records)
    {
        if (gone.Status == RecordStatus.Ghosted) return false;
        // A new format forgets old deletions.
        if (gone.Status == RecordStatus.Deleted && old.Format != format) return false;
        var keptVersion = draft.Name == UpdateIndex.Name ? Math.Max(gone.Version, minVersion) : gone.Version;
        records.Add(new DraftRecord
        {
            Name = VariantPath.FullName(gone),
            Type = RecordType.Unset,
            Status = IsKernelFile(gone) ? RecordStatus.Ghosted : RecordStatus.Deleted,
            Mark = gone.Mark,
            Version = gone.IsPresent ? version : keptVersion,
        });
        return gone.IsPresent;
    }

    // A running device may still need these; the directory /usr/lib/kernel itself is not among them.
    private static bool IsKernelFile(ManifestRecord record) =>
        record.Name.StartsWith("/boot/"u8) || record.Name.StartsWith("/usr/lib/modules/"u8) || record.Name.StartsWith("/usr/lib/kernel/"u8);
}
