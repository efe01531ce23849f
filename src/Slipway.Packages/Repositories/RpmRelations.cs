namespace Slipway.Packages.Repositories;

/// <summary>Which relations and files of an rpm its primary element names; the rules are those of createrepo.</summary>
internal static class RpmRelations
{
    private const string CLibrary = "libc.so.6";

    /// <summary>Files that other packages usually require by path are in primary; the rest only in filelists.</summary>
    public static bool InPrimary(string path) =>
        path.StartsWith("/etc/", StringComparison.Ordinal) || path.Contains("bin/", StringComparison.Ordinal) || path == "/usr/lib/sendmail";

    /// <summary>Without what rpm itself fulfils, what the package provides for itself, and repetitions.</summary>
    public static IReadOnlyList<RpmRelation> Listed(RpmHeaderFacts facts, IReadOnlyList<PackagedFile> files)
    {
        var own = facts.Provides.Select(Key).ToHashSet();
        own.UnionWith(files.Select(file => file.Path.ToString()).Where(InPrimary).Select(path => (path, "", "")));
        var seen = new HashSet<(string, string, string, bool)>();
        var listed = facts.Requires.Where(relation =>
        {
            if (relation.RpmLib || relation.Name.StartsWith("rpmlib(", StringComparison.Ordinal)) return false;
            var key = Key(relation);
            return !own.Contains(key) && seen.Add((key.Name, key.Sign, key.Version, relation.BeforeInstall));
        }).ToLookup(relation => relation.Name.StartsWith(CLibrary, StringComparison.Ordinal));
        // The C library has all its older interfaces: the newest that is required says all, last in the list.
        var newest = listed[true].Aggregate((RpmRelation?)null, (best, next) => best is null || CompareInterfaces(next.Name, best.Name) > 0 ? next : best);
        return newest is null ? [.. listed[false]] : [.. listed[false], newest];
    }

    // libc.so.6() < libc.so.6(GLIBC_2.3.4) < libc.so.6(GLIBC_2.3.4)(64bit) < libc.so.6(GLIBC_2.14)
    private static int CompareInterfaces(string left, string right)
    {
        var (a, b) = (Words(left), Words(right));
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
            if (VersionOrder.CompareRpm(a[i], b[i]) is var order and not 0) return order;
        return a.Length.CompareTo(b.Length);

        static string[] Words(string name) => name[CLibrary.Length..].Split('(', ')');
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
