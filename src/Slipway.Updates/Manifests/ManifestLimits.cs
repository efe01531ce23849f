namespace Slipway.Updates;

/// <summary>What a reader of manifests takes from outside before it refuses.</summary>
public sealed record ManifestLimits
{
    /// <summary>The limits of the swupd client (format 1.2): use these for whatever was downloaded.</summary>
    public static ManifestLimits Client { get; } = new() { MaxLineBytes = 8191, MaxContentSize = 2_000_000_000_000 };

    /// <summary>For manifests of our own making.</summary>
    public static ManifestLimits Server { get; } = new();

    /// <summary>The longest line, without its end.</summary>
    public int MaxLineBytes { get; init; } = 65_536;

    /// <summary>The most records, and the largest filecount.</summary>
    public int MaxRecords { get; init; } = 4_000_000;

    /// <summary>The largest contentsize, in bytes.</summary>
    public ulong MaxContentSize { get; init; } = ulong.MaxValue;

    /// <summary>The most includes and also-adds together.</summary>
    public int MaxIncludes { get; init; } = 10_000;
}
