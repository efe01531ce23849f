using Slipway.Compose;
using Slipway.Compose.Bundles;
using Slipway.Packages;
using Slipway.Releases.Configuration;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Planning;

/// <summary>What a release is made from, resolved to digests: from this record alone the same version can be made again.</summary>
public sealed record ReleaseContent
{
    public required StreamConfig Config { get; init; }

    /// <summary>The commit of the stream's repository that the configuration and the bundles are from.</summary>
    public required string Commit { get; init; }

    public required PackageType PackageType { get; init; }

    public required IReadOnlyList<BundleDefinition> Bundles { get; init; }

    public required IReadOnlyList<ResolvedBundle> Resolved { get; init; }

    /// <summary>Bundles of the configuration that wait for their provider's first snapshot.</summary>
    public IReadOnlyList<StreamBundle> LeftOut { get; init; } = [];

    /// <summary>The state of the upstream, for BUILD_ID.</summary>
    public required string UpstreamState { get; init; }

    /// <summary>The version of an upstream with numbers that packages and bundles are of; null for any other.</summary>
    public uint? UpstreamVersion { get; init; }

    /// <summary>The format of the version. Unset: the configuration's.</summary>
    public int? PlannedFormat { get; init; }

    /// <summary>Bundles that are about to be deleted, and of which this version has nothing but their names.</summary>
    public IReadOnlyList<string> Emptied { get; init; } = [];

    /// <summary>True for a version that something else made and that was taken over: its packages are not known.</summary>
    public bool Adopted { get; init; }

    public int Format => PlannedFormat ?? Config.Format;

    /// <summary>What differs between two contents if and only if the devices would see a difference (version and stamp aside).</summary>
    public string Key => ReleaseJson.DigestOf(new
    {
        Format,
        Config.ContentUrl,
        Config.VersionUrl,
        Config.OsRelease,
        Config.UpdateBundle,
        Bundles = Bundles.OrderBy(b => b.Name, StringComparer.Ordinal).Select(b => b with { File = "" }),
        Packages = Resolved.OrderBy(b => b.Name, StringComparer.Ordinal).Select(b => new { b.Name, Packages = b.Packages.Select(p => p.Digest.ToString()).Order(StringComparer.Ordinal) }),
        Emptied,
        ContentCommit = Bundles.Any(b => b.ContentDirectories.Count > 0) ? Commit : "",
    }).ToString();
}

/// <summary>The release before: what a plan is compared with.</summary>
public sealed record PreviousRelease(uint Version, int Format, string ContentKey, IReadOnlyList<ReleasedPackage> Packages, IReadOnlyList<string> Bundles);

public enum ReleaseRole
{
    /// <summary>A version with new content.</summary>
    Regular,

    /// <summary>An earlier version's content again, under a higher number.</summary>
    Rollback,

    /// <summary>The last version of a format: it has the new content and says of itself that it is the first version of the next format.</summary>
    Plus10,

    /// <summary>The first version of a format, with all content made anew.</summary>
    Plus20,
}

/// <summary>The version that would be made, and why. Decided, nothing done.</summary>
public sealed record ReleasePlan
{
    public required string Stream { get; init; }
    public required uint Version { get; init; }

    /// <summary>The version whose manifests this one continues; 0 for the first.</summary>
    public required uint Previous { get; init; }

    public required int Format { get; init; }
    public ReleaseRole Role { get; init; }
    public required IReadOnlyList<Reason> Reasons { get; init; }
    public required IReadOnlyList<string> Bundles { get; init; }
    public required IReadOnlyList<StreamBundle> LeftOut { get; init; }
    public required PackageChanges Packages { get; init; }
    public required int PackageCount { get; init; }

    /// <summary>The versions that delta packs are made from.</summary>
    public required IReadOnlyList<uint> DeltasFrom { get; init; }

    /// <summary>Channels that get the release when its gates have passed.</summary>
    public IReadOnlyList<string> PublishTo { get; init; } = [];

    /// <summary>Why the plan may not be carried out; empty when it may.</summary>
    public IReadOnlyList<Reason> Problems { get; init; } = [];

    /// <summary>The upstream's version it is made from; null when the upstream has no numbers.</summary>
    public uint? Upstream { get; init; }

    /// <summary>The upstream's format of that version; 0 when it has none.</summary>
    public int UpstreamFormat { get; init; }

    /// <summary>Every file and manifest gets this number.</summary>
    public bool MinVersion { get; init; }

    /// <summary>Of the last version of a format: the first version of the next, which it says it is. 0 for any other.</summary>
    public uint Claims { get; init; }

    /// <summary>Versions that are made together and published together, this one among them, in order. Empty for one alone.</summary>
    public IReadOnlyList<uint> Chain { get; init; } = [];

    /// <summary>The version and the format that devices see in their root.</summary>
    public (uint Version, int Format) Shown => Claims > 0 ? (Claims, Format + 1) : (Version, Format);

    /// <summary>An earlier version's content again, over a format bump.</summary>
    public bool RollsBack { get; init; }

    public bool IsRollback => RollsBack || Role == ReleaseRole.Rollback;

    public bool EndsChain => Chain.Count == 0 || Chain[^1] == Version;

    /// <summary>False when devices would see no difference to the release before.</summary>
    public bool ChangesAnything { get; init; } = true;

    /// <param name="last">The highest number ever planned, published or not; 0 for none.</param>
    /// <param name="previous">The release that the new one continues; null for the first.</param>
    /// <param name="earlier">Published versions, newest first.</param>
    public static ReleasePlan Make(ReleaseContent content, uint last, PreviousRelease? previous, IReadOnlyList<uint> earlier, IReadOnlyList<Reason> reasons)
    {
        var version = content.Config.Versions.Next(last, content.LeftOut.Count == 0);
        var plan = Make(content, new PlannedVersion(version ?? 0, content.Format, null, ReleaseRole.Regular, false), previous, earlier, reasons);
        return version is not null ? plan : plan with
        {
            Problems = [new Reason(ReasonKind.Exhausted, $"version numbers are used up at {uint.MaxValue}"), .. plan.Problems],
        };
    }

    /// <param name="planned">Number, format and role.</param>
    /// <param name="previous">The release that the new one continues; null for the first.</param>
    /// <param name="earlier">Versions of the same format that devices may be at, newest first.</param>
    public static ReleasePlan Make(ReleaseContent content, PlannedVersion planned, PreviousRelease? previous, IReadOnlyList<uint> earlier, IReadOnlyList<Reason> reasons)
    {
        var config = content.Config;
        var packages = PackageChanges.Of(content.Resolved);
        var changes = PackageChanges.Between(previous?.Packages ?? [], packages);
        return new ReleasePlan
        {
            Stream = config.Name,
            Version = planned.Version,
            Previous = previous?.Version ?? 0,
            Format = planned.Format,
            Role = planned.Role,
            Upstream = planned.Upstream,
            UpstreamFormat = planned.UpstreamFormat,
            MinVersion = planned.MinVersion,
            Reasons = reasons,
            Bundles = [.. content.Bundles.Select(b => b.Name).Order(StringComparer.Ordinal)],
            LeftOut = content.LeftOut,
            Packages = changes,
            PackageCount = packages.Count,
            DeltasFrom = [.. earlier.Where(v => v != planned.Version).Take(config.DeltasFromPrevious)],
            PublishTo = [.. config.Channels.Where(c => c.PublishAutomatically).Select(c => c.Name)],
            Problems = [.. WhyNot(content, planned, previous, changes)],
            ChangesAnything = previous is null || previous.ContentKey != content.Key,
        };
    }

    private static IEnumerable<Reason> WhyNot(ReleaseContent content, PlannedVersion planned, PreviousRelease? previous, PackageChanges changes)
    {
        if (previous is null)
            yield break;
        var crosses = planned.Role == ReleaseRole.Plus20;
        if (planned.Format != previous.Format && !crosses)
            yield return new(ReasonKind.FormatBump, $"the format would change from {previous.Format} to {planned.Format} without a format bump, and devices at {previous.Version} would never see this version; set format: {previous.Format}");
        foreach (var bundle in previous.Bundles.Except(content.Bundles.Select(b => b.Name)).Where(_ => !crosses).Order(StringComparer.Ordinal))
            yield return new(ReasonKind.UnsafeBundleRemoval, $"the bundle {bundle} of version {previous.Version} would vanish and its files would stay on devices; keep its definition, marked '# [STATUS]: Pending-Delete', until the next format bump");
        var limit = content.Config.Budgets.RemovedPackagesPercent;
        if (limit is not null && previous.Packages.Count > 0 && changes.Removed.Count * 100L > limit * (long)previous.Packages.Count)
            yield return new(ReasonKind.RemovalBudget, $"{changes.Removed.Count} of {previous.Packages.Count} packages would be removed, more than the budget of {limit} %");
    }
}
