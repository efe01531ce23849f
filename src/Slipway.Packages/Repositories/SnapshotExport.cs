namespace Slipway.Packages.Repositories;

/// <summary>What an export does with what earlier ones to the same place wrote.</summary>
public sealed record ExportPruning
{
    /// <summary>How long a file stays after the pointers moved away from what named it. Unset: 24 hours.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Nothing is removed. Unset: what no recorded snapshot names any more goes.</summary>
    public bool KeepSuperseded { get; init; }

    /// <summary>Says what would be written and removed, and touches nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What an export wrote.</summary>
/// <param name="Content">Files that have their name for ever; those that were there already included.</param>
/// <param name="Pointers">Files that have other content in each snapshot; written after everything that they name.</param>
/// <param name="Removed">Paths of earlier exports that went.</param>
/// <param name="Superseded">Files of earlier exports that the current snapshot does not name and that are still there.</param>
public sealed record ExportReport(string Repository, long Snapshot, string To, int Content, int Pointers, IReadOnlyList<string> Removed, int Superseded, bool DryRun);

/// <param name="Path">Below the place.</param>
/// <param name="Source">The file to copy.</param>
/// <param name="Digest">Of its content, as it was recorded.</param>
internal sealed record ExportedFile(string Path, string Source, string Digest);

/// <summary>Writes a snapshot elsewhere: what never changes first, pointers last, signatures before what they sign.</summary>
/// <param name="changed">Paths that are there with other content of perhaps the same size: packages that were signed anew.</param>
internal sealed class SnapshotExport(IReadOnlyList<ExportedFile> files, IReadOnlySet<string> changed)
{
    /// <summary>The turns of pointers; within one, no file names another.</summary>
    private enum Turn { Content, Indexes, Signatures, Pointers }

    public int Pointers => files.Count(file => TurnOf(file.Path) != Turn.Content);

    /// <summary>A later turn begins when the earlier one is whole.</summary>
    public void Write(ExportPlace place)
    {
        foreach (var turn in files.GroupBy(file => TurnOf(file.Path)).OrderBy(turn => turn.Key))
        {
            // Content has its name for ever, so its size tells whether it is there whole; a pointer of the same size may be another.
            var anew = turn.ToLookup(file => turn.Key != Turn.Content || changed.Contains(file.Path));
            foreach (var some in anew) place.Write(turn.Key.ToString().ToLowerInvariant(), [.. some.OrderBy(file => file.Path, StringComparer.Ordinal)], some.Key);
        }
    }

    private static Turn TurnOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name is "InRelease" or "Release" && path.Count(c => c == '/') == 2) return Turn.Pointers;
        if (name is "repomd.xml" || name.EndsWith(".db", StringComparison.Ordinal) || name.EndsWith(".files", StringComparison.Ordinal)) return Turn.Pointers;
        if (name is "Release.gpg" or "repomd.xml.asc" || name.EndsWith(".db.sig", StringComparison.Ordinal) || name.EndsWith(".files.sig", StringComparison.Ordinal)) return Turn.Signatures;
        var isForEver = path.StartsWith("pool/", StringComparison.Ordinal) || path.Contains("/by-hash/", StringComparison.Ordinal) || name.EndsWith(".rpm", StringComparison.Ordinal)
            || name.Contains(".pkg.tar.", StringComparison.Ordinal) || (path.StartsWith("repodata/", StringComparison.Ordinal) && name.IndexOf('-', StringComparison.Ordinal) == 64);
        return isForEver ? Turn.Content : Turn.Indexes;
    }
}
