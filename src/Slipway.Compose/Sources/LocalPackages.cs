using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Sources;

/// <summary>The package files directly in a directory.</summary>
internal static class LocalPackages
{
    public static IReadOnlyList<string> Files(string directory, PackageType type) =>
        [.. Directory.EnumerateFiles(directory).Where(f => !Path.GetFileName(f).StartsWith('.') && PackageFile.TypeOf(f) == type && !IsSource(f)).Order(StringComparer.Ordinal)];

    public static bool IsSource(string file) => file.EndsWith(".src.rpm", StringComparison.Ordinal) || file.EndsWith(".nosrc.rpm", StringComparison.Ordinal);

    /// <summary>Records in the order of the files' names.</summary>
    /// <exception cref="SlipwayException">Two files are the same version of a package and differ.</exception>
    public static IReadOnlyList<PackageRecord> Read(string directory, PackageType type)
    {
        var records = Files(directory, type).Select(f => PackageFile.Read(f)).ToList();
        foreach (var twice in records.GroupBy(r => (r.Name, r.Version, r.Architecture)).Where(g => g.Select(r => r.Digest).Distinct().Count() > 1))
        {
            throw new SlipwayException($"read the packages in {directory}",
                $"{string.Join(" and ", twice.Select(r => r.FileName))} are both {twice.Key.Name} {twice.Key.Version} and differ", "remove one of them")
            { Kind = FailureKind.Usage };
        }
        return records;
    }
}
