namespace Slipway.Releases.Planning;

/// <summary>A list of packages as name-version-release, with the architecture or without: of a Koji tag, of a directory, of a release of the ancestor.</summary>
public static class PackageList
{
    /// <summary>The entries as a set in a fixed order: neither order nor blank lines nor doubles have a part in what a list says.</summary>
    public static IReadOnlyList<string> Normalise(IEnumerable<string> entries) =>
        [.. entries.Select(e => e.Trim()).Where(e => e.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Splits at the last two dashes: names have dashes, versions and releases have none.</summary>
    public static (string Name, string Version) Split(string entry)
    {
        var release = entry.LastIndexOf('-');
        var version = release > 0 ? entry.LastIndexOf('-', release - 1) : -1;
        return version > 0 ? (entry[..version], entry[(version + 1)..]) : (entry, "");
    }

    /// <summary>What was added, removed and updated, by name, in name order.</summary>
    public static PackageChanges Between(IEnumerable<string> from, IEnumerable<string> to)
    {
        var (before, after) = (ByName(from), ByName(to));
        var names = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal).ToList();
        ReleasedPackage Package(string name, string version) => new(name, version, "", "", "");
        return new(
            [.. names.Where(n => !before.ContainsKey(n)).SelectMany(n => after[n].Select(v => Package(n, v)))],
            [.. names.Where(n => !after.ContainsKey(n)).SelectMany(n => before[n].Select(v => Package(n, v)))],
            [.. names.Where(n => before.ContainsKey(n) && after.ContainsKey(n) && !before[n].SetEquals(after[n]))
                .Select(n => new UpdatedPackage(n, string.Join(' ', before[n]), string.Join(' ', after[n])))]);
    }

    private static Dictionary<string, SortedSet<string>> ByName(IEnumerable<string> entries) => Normalise(entries).Select(Split)
        .GroupBy(e => e.Name).ToDictionary(g => g.Key, g => new SortedSet<string>(g.Select(e => e.Version), StringComparer.Ordinal));
}
