using Slipway.Compose;
using Slipway.Packages;

namespace Slipway.Releases.Planning;

/// <summary>One package of a release.</summary>
public sealed record ReleasedPackage(string Name, string Version, string Architecture, string Repository, string Digest);

/// <summary>A package whose version or build differs between two releases.</summary>
public sealed record UpdatedPackage(string Name, string From, string To);

/// <summary>What changed between the packages of two releases; each list in name order.</summary>
public sealed record PackageChanges(
    IReadOnlyList<ReleasedPackage> Added, IReadOnlyList<ReleasedPackage> Removed, IReadOnlyList<UpdatedPackage> Updated)
{
    public static PackageChanges None { get; } = new([], [], []);

    public bool Any => Added.Count + Removed.Count + Updated.Count > 0;

    /// <summary>Compares by name and architecture, as sets: the order of the lists has no part in it.</summary>
    public static PackageChanges Between(IEnumerable<ReleasedPackage> from, IEnumerable<ReleasedPackage> to)
    {
        var before = ByName(from);
        var after = ByName(to);
        return new(
            [.. after.Where(p => !before.ContainsKey(p.Key)).Select(p => p.Value)],
            [.. before.Where(p => !after.ContainsKey(p.Key)).Select(p => p.Value)],
            [.. after.Where(p => before.TryGetValue(p.Key, out var old) && old.Digest != p.Value.Digest)
                .Select(p => new UpdatedPackage(p.Value.Name, before[p.Key].Version, p.Value.Version))]);
    }

    public static IReadOnlyList<ReleasedPackage> Of(IEnumerable<ResolvedBundle> bundles) =>
        [.. bundles.SelectMany(b => b.Packages).Select(Of).DistinctBy(p => p.Digest)
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal)];

    private static ReleasedPackage Of(ResolvedPackage p) => new(p.Name, p.Version, p.Architecture, p.Repository, p.Digest.ToString());

    private static SortedDictionary<(string, string), ReleasedPackage> ByName(IEnumerable<ReleasedPackage> packages)
    {
        var byName = new SortedDictionary<(string, string), ReleasedPackage>();
        foreach (var package in packages)
            byName[(package.Name, package.Architecture)] = package;
        return byName;
    }
}
