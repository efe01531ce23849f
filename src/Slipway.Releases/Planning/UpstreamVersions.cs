namespace Slipway.Releases.Planning;

/// <summary>A version of a numbered upstream, that is of another stream.</summary>
public sealed record UpstreamVersion(uint Version, int Format);

/// <summary>The first and the last version of a format; null what the upstream does not say.</summary>
public sealed record FormatRange(uint? First, uint? Latest);

/// <summary>What a numbered upstream had when it was looked at.</summary>
public sealed record UpstreamVersions
{
    /// <summary>Newest first: as many as the policy had to look at.</summary>
    public required IReadOnlyList<UpstreamVersion> Known { get; init; }

    /// <summary>Per format that lies between what the stream is made from and what it will be made from.</summary>
    public IReadOnlyDictionary<int, FormatRange> Formats { get; init; } = new Dictionary<int, FormatRange>();

    /// <summary>What the mirror says is there and has not got yet; null when it is whole.</summary>
    public string? Lag { get; init; }

    public UpstreamVersion? Find(uint version) => Known.FirstOrDefault(v => v.Version == version);
}

/// <summary>Where a stream stands.</summary>
/// <param name="Version">The newest whole version.</param>
/// <param name="Format">Its format, by the stream's own count.</param>
/// <param name="Upstream">The version of the upstream it is made from; 0 when the upstream has no numbers.</param>
/// <param name="UpstreamFormat">The upstream's format then, by the upstream's count; 0 when it has none.</param>
public sealed record StreamPosition(uint Version, int Format, uint Upstream = 0, int UpstreamFormat = 0);

/// <summary>What a person asked for.</summary>
/// <param name="Forced">A release whatever has changed.</param>
/// <param name="MinVersion">All content is made anew at its number.</param>
/// <param name="FormatBump">The stream's own format is raised.</param>
public sealed record ReleaseRequest(bool Forced = false, bool MinVersion = false, bool FormatBump = false)
{
    public static ReleaseRequest None { get; } = new();
}

/// <summary>A version that is to be made.</summary>
/// <param name="Upstream">The upstream's version it is made from; null when the upstream has no numbers.</param>
/// <param name="UpstreamFormat">The upstream's format of that version; 0 when it has none.</param>
/// <param name="MinVersion">True: every file and manifest gets this number.</param>
public sealed record PlannedVersion(uint Version, int Format, uint? Upstream, ReleaseRole Role, bool MinVersion, int UpstreamFormat = 0);
