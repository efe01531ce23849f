using System.Globalization;
using System.Text;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds;

/// <summary>What one result file is to those who build with it: its relations and its files, without times, changelogs and the number of the rebuild.</summary>
internal sealed record ResultContent(string Name, string Version, IReadOnlyList<string> Provides, Digest Fingerprint)
{
    /// <param name="rebuild">Which rebuild of its source the file comes from.</param>
    public static ResultContent Read(ContentStore store, Digest file, PackageType type, int rebuild)
    {
        var path = store.PathOf(file);
        var record = PackageFile.Read(path, type);
        var suffix = ReleaseNumber.Suffix(type, rebuild);
        var version = suffix.Length > 0 && record.Version.EndsWith(suffix, StringComparison.Ordinal) ? record.Version[..^suffix.Length] : record.Version;
        string Plain(string relation) => relation.Replace(WithoutEpoch(record.Version), WithoutEpoch(version), StringComparison.Ordinal);
        var files = new List<string>();
        PackageFile.ReadContent(path, (entry, content) =>
        {
            if (IsChangelog(entry.Name.ToString(), type)) return;
            files.Add(string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {entry.Type} {entry.Mode:x} {entry.Uid} {entry.Gid} {entry.LinkTarget} {(content is null ? "" : Digest.OfStream(content))}"));
        }, type);
        files.Sort(StringComparer.Ordinal);
        IEnumerable<string> relations = [.. record.Requires, "provides", .. record.Provides, "conflicts", .. record.Conflicts, "replaces", .. record.Replaces];
        var facts = string.Join('\n', [version, record.Architecture, .. relations.Select(Plain), "files", .. files]);
        return new(record.Name, version, record.Provides, Digest.Of(Encoding.UTF8.GetBytes(facts)));
    }

    private static string WithoutEpoch(string version) => version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];

    private static bool IsChangelog(string path, PackageType type) =>
        type == PackageType.Deb && path.Contains("usr/share/doc/", StringComparison.Ordinal) && path[(path.LastIndexOf('/') + 1)..].StartsWith("changelog", StringComparison.Ordinal);

    public static string NameOf(string relation) => relation.Split([' ', '=', '<', '>'], 2)[0];
}

/// <summary>Compares what a package was published as with what it is published as now.</summary>
internal static class ResultDifference
{
    private const int MostNamed = 5;

    /// <summary>The difference in words; null when whoever builds with it sees none.</summary>
    public static string? Of(IReadOnlyList<ResultContent> before, IReadOnlyList<ResultContent> after)
    {
        if (before.Count == 0) return "published for the first time";
        var old = before.ToLookup(one => one.Name, StringComparer.Ordinal);
        var now = after.ToLookup(one => one.Name, StringComparer.Ordinal);
        var words = new List<string>();
        words.AddRange(now.Where(one => !old.Contains(one.Key)).Select(one => $"{one.Key} is new"));
        words.AddRange(old.Where(one => !now.Contains(one.Key)).Select(one => $"{one.Key} is gone"));
        foreach (var name in now.Where(one => old.Contains(one.Key)))
        {
            var (was, isNow) = (old[name.Key].Last(), name.Last());
            if (was.Version != isNow.Version) words.Add($"{name.Key} {was.Version} -> {isNow.Version}");
            else if (was.Fingerprint != isNow.Fingerprint) words.Add($"{name.Key} has other content");
        }
        if (words.Count == 0) return null;
        return string.Join(", ", words.Take(MostNamed)) + (words.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {words.Count - MostNamed} more") : "");
    }
}
