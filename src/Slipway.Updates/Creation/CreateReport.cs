namespace Slipway.Updates;

/// <summary>What a run made, and what it found made already.</summary>
public sealed record CreateReport
{
    /// <summary>The MoM as it is published.</summary>
    public required Manifest MoM { get; init; }

    /// <summary>Bundles whose manifest is of this version.</summary>
    public required IReadOnlyList<string> ChangedBundles { get; init; }

    /// <summary>Paths in the full root, and the bytes of its files.</summary>
    public int Nodes { get; init; }

    public long ContentBytes { get; init; }

    /// <summary>Files that were read to hash them; the others had not changed.</summary>
    public int FilesHashed { get; init; }

    /// <summary>Files whose hash the maker of the tree gave along.</summary>
    public int FilesRecorded { get; init; }

    /// <summary>Bundles whose records were worked out; the others have the input that their manifest in force was made of.</summary>
    public int BundlesComputed { get; init; }

    public WorkCount Fullfiles { get; init; } = new(0, 0, 0);

    /// <summary>Of the groups that zero packs are put together from.</summary>
    public WorkCount PackGroups { get; init; } = new(0, 0, 0);

    public WorkCount ZeroPacks { get; init; } = new(0, 0, 0);

    public WorkCount Deltas { get; init; } = new(0, 0, 0);

    public WorkCount DeltaPacks { get; init; } = new(0, 0, 0);

    public WorkCount ManifestDeltas { get; init; } = new(0, 0, 0);

    /// <summary>Every pair of files that was considered for a delta, and what came of it.</summary>
    internal IReadOnlyList<(DeltaPair Pair, DeltaOutcome Outcome)> DeltaCandidates { get; init; } = [];

    /// <summary>Where the time went, in order.</summary>
    public required IReadOnlyList<(string Phase, TimeSpan Time)> Phases { get; init; }
}

/// <summary>How many were made in this run, how many were there already, and how many bytes both have as published.</summary>
public sealed record WorkCount(int Made, int Reused, long Bytes);
