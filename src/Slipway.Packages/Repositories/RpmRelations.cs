namespace Slipway.Packages.Repositories;

/// <summary>Which relations and files of an rpm its primary element names; the rules are those of createrepo.</summary>
internal static class RpmRelations
{
    /// <summary>Files that other packages usually require by path are in primary; the rest only in filelists.</summary>
    public static bool InPrimary(string path) =>
        path.StartsWith("/etc/", StringComparison.Ordinal) || path.Contains("bin/", StringComparison.Ordinal) || path == "/usr/lib/sendmail";

    /// <summary>Without what rpm itself fulfils, what the package provides for itself, and repetitions.</summary>
    public static IReadOnlyList<RpmRelation> Listed(RpmHeaderFacts facts, IReadOnlyList<PackagedFile> files)
    {
        var own = facts.Provides.Select(Key).ToHashSet();
        own.UnionWith(files.Select(file => file.Path.ToString()).Where(InPrimary).Select(path => (path, "", "")));
        var seen = new HashSet<(string, string, string, bool)>();
        return [.. facts.Requires.Where(relation =>
        {
            if (relation.RpmLib || relation.Name.StartsWith("rpmlib(", StringComparison.Ordinal)) return false;
            var key = Key(relation);
            return !own.Contains(key) && seen.Add((key.Name, key.Sign, key.Version, relation.BeforeInstall));
        })];
    }

    /// <summary>Epoch, version and release of <c>[epoch:]version[-release]</c>; no epoch is 0.</summary>
    public static (string Epoch, string Version, string Release) Split(string full)
    {
        var colon = full.IndexOf(':', StringComparison.Ordinal);
        var rest = full[(colon + 1)..];
        var dash = rest.LastIndexOf('-');
        return (colon > 0 ? full[..colon] : "0", dash < 0 ? rest : rest[..dash], dash < 0 ? "" : rest[(dash + 1)..]);
    }

    private static (string Name, string Sign, string Version) Key(RpmRelation relation) => (relation.Name, relation.Comparison ?? "", relation.Version);
}
