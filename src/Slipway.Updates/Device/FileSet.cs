using System.Runtime.Intrinsics.X86;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>The processor level that decides which build of a file a device takes.</summary>
internal enum ProcessorLevel
{
    Base,
    Avx2,
    Avx512,
}

/// <summary>What all installed bundles of a release say together, one record per path (format 2.5).</summary>
internal sealed class FileSet
{
    private FileSet(Dictionary<BytePath, ManifestRecord> records, IReadOnlyList<BytePath> conflicts)
    {
        Records = records;
        Conflicts = conflicts;
    }

    public static FileSet Empty { get; } = new([], []);

    /// <summary>Present, deleted and ghosted paths.</summary>
    public IReadOnlyDictionary<BytePath, ManifestRecord> Records { get; }

    /// <summary>Paths over which two bundles disagree; they are left alone.</summary>
    public IReadOnlyList<BytePath> Conflicts { get; }

    public IEnumerable<ManifestRecord> Present => Records.Values.Where(record => record.IsPresent);

    public static FileSet Of(IEnumerable<Manifest> bundles, ProcessorLevel level)
    {
        var records = new Dictionary<BytePath, ManifestRecord>();
        var conflicts = new HashSet<BytePath>();
        foreach (var record in bundles.SelectMany(bundle => Chosen(bundle, level)))
        {
            if (!PathRules.IsState(record.Name) && !conflicts.Contains(record.Name))
            {
                Merge(records, conflicts, record);
            }
        }
        return new FileSet(records, [.. conflicts.Order()]);
    }

    /// <summary>Another root than the running one may be for another processor, so only that one takes its own level.</summary>
    public static ProcessorLevel LevelFor(string root) =>
        Path.GetFullPath(root) != "/" ? ProcessorLevel.Base
        : Avx512F.VL.IsSupported ? ProcessorLevel.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? ProcessorLevel.Avx2
        : ProcessorLevel.Base;

    private static void Merge(Dictionary<BytePath, ManifestRecord> records, HashSet<BytePath> conflicts, ManifestRecord record)
    {
        if (!records.TryGetValue(record.Name, out var other))
        {
            records[record.Name] = record;
            return;
        }
        if (record.IsPresent && other.IsPresent && record.Hash != other.Hash)
        {
            conflicts.Add(record.Name);
            records.Remove(record.Name);
            return;
        }
        var better = record.IsPresent != other.IsPresent ? record.IsPresent
            : record.IsPresent ? record.Version < other.Version
            : record.Version > other.Version;
        if (better)
        {
            records[record.Name] = record;
        }
    }

    private static IEnumerable<ManifestRecord> Chosen(Manifest bundle, ProcessorLevel level)
    {
        foreach (var record in bundle.Records)
        {
            if (record.Modifier.IsDefined && record.Modifier.Variant == Wanted(record, level))
            {
                yield return record;
            }
        }
    }

    private static Variant Wanted(ManifestRecord record, ProcessorLevel level)
    {
        var available = record.Modifier.Available;
        return level == ProcessorLevel.Avx512 && available.HasFlag(Variants.Avx512) ? Variant.V4
            : level >= ProcessorLevel.Avx2 && available.HasFlag(Variants.Avx2) ? Variant.V3
            : Variant.Base;
    }
}
