using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>apt's Contents: a line for each file, with the packages that have it.</summary>
internal static class AptContents
{
    /// <summary>What is kept of a package for it: its name, then its files, a line each.</summary>
    public static byte[] Part(PackageRecord record, IReadOnlyList<PackagedFile> files)
    {
        var text = new MemoryStream();
        text.Write(Encoding.UTF8.GetBytes(record.Name + "\n"));
        foreach (var file in files.Where(file => file.Type != NodeType.Directory))
        {
            var path = file.Path.Relative;
            if (path.Span.Contains((byte)'\n')) continue;
            text.Write(path.Span);
            text.WriteByte((byte)'\n');
        }
        return text.ToArray();
    }

    public static IEnumerable<ShardChange> Changes(IndexChange change, Func<PackageEntry, bool> isListed)
    {
        var kept = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var gone = change.Removed.Where(isListed).SelectMany(Lines).ToLookup(line => line.Path, line => line.Package, StringComparer.Ordinal);
        var come = change.Added.Where(isListed).SelectMany(Lines).ToLookup(line => line.Path, line => line.Package, StringComparer.Ordinal);
        // Another version of the package may have the file too.
        IEnumerable<string> Staying(string path, string package) =>
            (kept.TryGetValue(package, out var files) ? files : kept[package] = [.. change.Named(package).Where(isListed).SelectMany(Lines).Where(line => line.Package == package).Select(line => line.Path)]).Contains(path) ? [package] : [];
        foreach (var path in gone.Select(group => group.Key).Union(come.Select(group => group.Key), StringComparer.Ordinal))
        {
            var leaving = gone[path].Where(package => !Staying(path, package).Any()).ToHashSet(StringComparer.Ordinal);
            yield return new(path, before => Line(path, Packages(before).Where(package => !leaving.Contains(package)).Concat(come[path])));
        }
    }

    // Bytes, not text: a path need not be UTF-8.
    private static IEnumerable<(string Path, string Package)> Lines(PackageEntry entry)
    {
        if (entry.Parts.Count < 2) yield break;
        var lines = Encoding.Latin1.GetString(entry.Parts[1]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var path in lines.Skip(1)) yield return (path, lines[0]);
    }

    private static string[] Packages(byte[]? line)
    {
        if (line is null) return [];
        var text = Encoding.Latin1.GetString(line).TrimEnd('\n');
        return text[(text.LastIndexOfAny([' ', '\t']) + 1)..].Split(',');
    }

    private static byte[]? Line(string path, IEnumerable<string> packages)
    {
        var list = string.Join(',', packages.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return list.Length == 0 ? null : Encoding.Latin1.GetBytes($"{path}\t{list}\n");
    }
}
