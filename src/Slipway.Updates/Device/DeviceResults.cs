using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>How a device operation ended.</summary>
public enum DeviceOutcome
{
    /// <summary>The root was changed as asked.</summary>
    Changed,

    /// <summary>Nothing had to be changed.</summary>
    UpToDate,

    /// <summary>A newer release exists, but the channel's roll-out does not let this device take it yet.</summary>
    HeldBack,
}

/// <summary>What an install, update, repair, bundle-add or bundle-remove did.</summary>
public sealed record DeviceResult
{
    /// <summary>How it ended.</summary>
    public required DeviceOutcome Outcome { get; init; }

    /// <summary>The version before; 0 for a new root.</summary>
    public required uint From { get; init; }

    /// <summary>The version now.</summary>
    public required uint To { get; init; }

    /// <summary>The bundles the root holds now, sorted.</summary>
    public required IReadOnlyList<string> Bundles { get; init; }

    /// <summary>What was transferred, changed, and how long it took.</summary>
    public required DeviceCounts Counts { get; init; }

    /// <summary>What a person should know although nothing failed.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>True when the root reads another format than before.</summary>
    internal bool FormatChanged { get; init; }
}

/// <summary>Figures of one operation.</summary>
public sealed record DeviceCounts
{
    /// <summary>Bytes of content received, headers not counted.</summary>
    public long Bytes { get; init; }

    /// <summary>Requests made (for file:// URLs: files asked for).</summary>
    public int Requests { get; init; }

    /// <summary>Packs taken apart.</summary>
    public int Packs { get; init; }

    /// <summary>File deltas applied.</summary>
    public int Deltas { get; init; }

    /// <summary>Fullfiles fetched one by one.</summary>
    public int Fullfiles { get; init; }

    /// <summary>Files, links and directories written.</summary>
    public int Written { get; init; }

    /// <summary>Files, links and directories deleted.</summary>
    public int Deleted { get; init; }

    /// <summary>Wall time in seconds.</summary>
    public double Seconds { get; init; }

    internal DeviceCounts Plus(DeviceCounts other) => new()
    {
        Bytes = Bytes + other.Bytes,
        Requests = Requests + other.Requests,
        Packs = Packs + other.Packs,
        Deltas = Deltas + other.Deltas,
        Fullfiles = Fullfiles + other.Fullfiles,
        Written = Written + other.Written,
        Deleted = Deleted + other.Deleted,
        Seconds = Seconds + other.Seconds,
    };
}

/// <summary>What a newer version there is.</summary>
/// <param name="Installed">The version of the root; 0 when it has none.</param>
/// <param name="Available">The version this device would take.</param>
/// <param name="Newest">The version the channel points to; larger than <paramref name="Available"/> when a roll-out holds this device back.</param>
public sealed record DeviceCheck(uint Installed, uint Available, uint Newest)
{
    /// <summary>True when there is something to update to.</summary>
    public bool UpdateAvailable => Available > Installed;
}

/// <summary>What a check of the whole root found.</summary>
/// <param name="Version">The version it was compared with.</param>
/// <param name="Checked">How many paths were compared.</param>
/// <param name="Differences">What differs, by path.</param>
/// <param name="Counts">What was transferred, and how long it took.</param>
public sealed record DeviceVerification(uint Version, long Checked, IReadOnlyList<RootDifference> Differences, DeviceCounts Counts)
{
    /// <summary>True when nothing differs.</summary>
    public bool Good => Differences.Count == 0;
}

/// <summary>One path of the root that is not as its manifest says.</summary>
/// <param name="Path">The path, with its leading slash.</param>
/// <param name="Kind">How it differs.</param>
public sealed record RootDifference(BytePath Path, RootDifferenceKind Kind);

/// <summary>How a path differs from its manifest.</summary>
public enum RootDifferenceKind
{
    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is of another type (file, directory, link).</summary>
    Type,

    /// <summary>Its content, link target, mode or owner is another one.</summary>
    Content,

    /// <summary>It is there although the release deleted it.</summary>
    Surplus,
}

/// <summary>One bundle of a release, as a device sees it.</summary>
/// <param name="Name">The bundle's name.</param>
/// <param name="Version">The version in which it was last changed.</param>
/// <param name="Installed">True when the root holds it.</param>
/// <param name="Tracked">True when it was asked for by name, not only included.</param>
/// <param name="Experimental">True when its maintainer marked it so.</param>
public sealed record DeviceBundle(string Name, uint Version, bool Installed, bool Tracked, bool Experimental);

/// <summary>A file found in a release.</summary>
/// <param name="Bundle">The bundle that has it.</param>
/// <param name="Path">The path, with its leading slash.</param>
public sealed record FoundFile(string Bundle, BytePath Path);

/// <summary>What a root is.</summary>
/// <param name="Version">Its version; 0 when it has none.</param>
/// <param name="Format">The format it reads; null when it says none.</param>
/// <param name="Bundles">The bundles it holds, sorted.</param>
/// <param name="ContentUrl">Where content comes from.</param>
/// <param name="VersionUrl">Where version pointers come from.</param>
public sealed record DeviceDescription(uint Version, string? Format, IReadOnlyList<string> Bundles, string ContentUrl, string VersionUrl);
