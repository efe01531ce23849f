using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>pacman's databases: for each architecture <c>ARCH/WORD.db</c> and <c>.files</c>, each with its signature, and the packages' signatures.</summary>
internal static class PacmanIndex
{
    private const string DefaultArchitecture = "x86_64";

    public static List<string> Architectures(IEnumerable<PackageEntry> entries) =>
        [.. entries.Select(entry => entry.Architecture).Where(name => name != "any").DefaultIfEmpty(DefaultArchitecture).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Where a package file lies: one of architecture <c>any</c> in every directory, since a client looks in its own only.</summary>
    public static IEnumerable<string> Locations(PackageEntry entry, List<string> architectures) =>
        (entry.Architecture == "any" ? architectures : [entry.Architecture]).Select(architecture => $"{architecture}/{entry.Path}");

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var architectures = Architectures(input.Entries);
        foreach (var entry in input.Entries)
            foreach (var location in Locations(entry, architectures)) yield return new(null, entry.Parts[2], location + ".sig");
        foreach (var architecture in architectures)
        {
            var listed = Listed(input.Entries, architecture);
            foreach (var (kind, withFiles) in new[] { ("db", false), ("files", true) })
            {
                var database = IndexCompression.Compress(Database(listed, withFiles, input.Time.ToUnixTimeSeconds()), Compression.Gzip);
                yield return new($"{architecture}/{input.Repository.Word}.{kind}", database);
                yield return new($"{architecture}/{input.Repository.Word}.{kind}.sig", input.DetachSign(database, false));
            }
        }
    }

    // A pacman database knows one version of a name; the older ones stay as files.
    private static List<PackageEntry> Listed(IReadOnlyList<PackageEntry> entries, string architecture) =>
        [.. entries.Where(entry => entry.Architecture == architecture || entry.Architecture == "any")
            .GroupBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(same => same.Aggregate((best, next) => VersionOrder.ComparePacman(next.Version, best.Version) > 0 ? next : best))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)];

    private static byte[] Database(List<PackageEntry> entries, bool withFiles, long time)
    {
        var plain = new MemoryStream();
        using (var tar = new TarWriter(plain, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                var folder = $"{entry.Name}-{entry.Version}";
                tar.Add(new TarEntry { Name = BytePath.From(folder), Type = NodeType.Directory, Mode = 0x1ed, ModifiedUnix = time });
                Add(tar, $"{folder}/desc", entry.Parts[0], time);
                if (withFiles) Add(tar, $"{folder}/files", entry.Parts[1], time);
            }
            tar.Finish();
        }
        return plain.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content, long time) => tar.Add(
        new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length, ModifiedUnix = time },
        content);
}
