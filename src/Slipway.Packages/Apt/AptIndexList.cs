using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>The index files of the last update, one a line.</summary>
internal static class AptIndexList
{
    /// <summary>Null when there is no list, or a file of it is gone.</summary>
    public static IReadOnlyList<AptIndexFile>? TryRead(string file)
    {
        if (!File.Exists(file)) return null;
        var found = new List<AptIndexFile>();
        foreach (var line in File.ReadAllLines(file))
        {
            if (line.Split('|') is not [var name, var uri, var suite, var component, var architecture, var path, var release, var content]
                || !File.Exists(path) || !Digest.TryParse(release, out var releaseDigest)) return null;
            found.Add(new AptIndexFile(name, uri, suite, component, architecture, path, releaseDigest, Digest.TryParse(content, out var contentDigest) ? contentDigest : null));
        }
        return found.Count > 0 ? found : null;
    }

    public static void Write(string file, IReadOnlyList<AptIndexFile> indexes) => AtomicFile.WriteText(file, string.Concat(indexes.Select(i =>
        $"{i.Name}|{i.BaseUri}|{i.Suite}|{i.Component}|{i.Architecture}|{i.File}|{i.Release}|{i.Content}\n")));
}
