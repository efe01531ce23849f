using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>What has to be written and deleted to come from one set of files to another: a function of the two alone.</summary>
/// <param name="Writes">What is to be there afterwards, parents first.</param>
/// <param name="Deletes">What is to be gone afterwards, children first.</param>
internal sealed record ChangePlan(IReadOnlyList<ManifestRecord> Writes, IReadOnlyList<BytePath> Deletes)
{
    /// <summary>What differs between two releases.</summary>
    public static ChangePlan Between(FileSet old, FileSet target)
    {
        var untouchable = target.Conflicts.ToHashSet();
        var writes = target.Present.Where(record =>
            !(old.Records.GetValueOrDefault(record.Name) is { IsPresent: true } before && before.Hash == record.Hash && before.Type == record.Type));
        var deletes = old.Present
            .Where(record => !untouchable.Contains(record.Name) && MayBeDeleted(record.Name, target))
            .Select(record => record.Name);
        return new ChangePlan([.. writes.OrderBy(record => record.Name)], [.. deletes.OrderDescending()]);
    }

    /// <summary>Everything a release has, and everything it deleted.</summary>
    public static ChangePlan Whole(FileSet target)
    {
        var deletes = target.Records.Values.Where(record => !record.IsPresent && MayBeDeleted(record.Name, target)).Select(record => record.Name);
        return new ChangePlan([.. target.Present.OrderBy(record => record.Name)], [.. deletes.OrderDescending()]);
    }

    private static bool MayBeDeleted(BytePath path, FileSet target)
    {
        var record = target.Records.GetValueOrDefault(path);
        return record is not { IsPresent: true } && record?.Status != RecordStatus.Ghosted && !PathRules.IsBoot(path);
    }
}
