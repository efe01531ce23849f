using Slipway.Content;

namespace Slipway.Updates;

/// <summary>How a path came from one version to another.</summary>
public enum ContentChange
{
    Added,

    /// <summary>Another content, mode, owner or type.</summary>
    Changed,

    Removed,

    /// <summary>The same content under a new version number.</summary>
    Lifted,
}

/// <summary>One path that differs between two versions of a bundle.</summary>
/// <param name="Path">The path; builds of it for some processors are told apart by <paramref name="Variant"/>.</param>
/// <param name="Variant">Which build of the path this is.</param>
/// <param name="Change">What happened.</param>
public sealed record PathDifference(BytePath Path, Variant Variant, ContentChange Change);

/// <summary>What differs between two versions of a bundle.</summary>
/// <param name="Bundle">The bundle's name.</param>
/// <param name="From">The version of its manifest in force before; 0 when it is new.</param>
/// <param name="To">The version of its manifest in force afterwards; 0 when it is gone.</param>
/// <param name="Paths">By path.</param>
public sealed record BundleDifference(string Bundle, uint From, uint To, IReadOnlyList<PathDifference> Paths);

/// <summary>Compares what two versions say.</summary>
public static class ContentDifference
{
    /// <summary>The bundles that differ, by name; a bundle whose manifest was rewritten without a path changing is among them.</summary>
    public static IReadOnlyList<BundleDifference> Between(PublishedVersion from, PublishedVersion to)
    {
        var before = from.Bundles.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var after = to.Bundles.ToDictionary(m => m.Name, StringComparer.Ordinal);
        return
        [
            .. from name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
               let old = before.GetValueOrDefault(name)
               let fresh = after.GetValueOrDefault(name)
               where old?.Version != fresh?.Version
               select new BundleDifference(name, old?.Version ?? 0, fresh?.Version ?? 0, Paths(old, fresh)),
        ];
    }

    private static IReadOnlyList<PathDifference> Paths(Manifest? from, Manifest? to)
    {
        var before = Present(from);
        var after = Present(to);
        var paths = before.Keys.Union(after.Keys).Select(key => (Key: key, Change: ChangeOf(before.GetValueOrDefault(key), after.GetValueOrDefault(key))));
        return [.. paths.Where(p => p.Change is not null).OrderBy(p => p.Key.Name).ThenBy(p => p.Key.Variant)
            .Select(p => new PathDifference(p.Key.Name, p.Key.Variant, p.Change!.Value))];
    }

    private static ContentChange? ChangeOf(ManifestRecord? from, ManifestRecord? to) =>
        from is null ? ContentChange.Added
        : to is null ? ContentChange.Removed
        : from.Hash != to.Hash || from.Mark != to.Mark ? ContentChange.Changed
        : from.Version != to.Version ? ContentChange.Lifted
        : null;

    private static Dictionary<(BytePath Name, Variant Variant), ManifestRecord> Present(Manifest? manifest)
    {
        var records = new Dictionary<(BytePath, Variant), ManifestRecord>();
        foreach (var record in (manifest?.Records ?? []).Where(r => r.IsPresent)) records.TryAdd((record.Name, record.Modifier.Variant), record);
        return records;
    }
}
