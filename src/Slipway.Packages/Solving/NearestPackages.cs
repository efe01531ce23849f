using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>What comes nearest to a relation that nothing fulfils: another version of what it names, or a name like it.</summary>
internal sealed class NearestPackages(PoolHandle pool, PackageType type, PoolTexts texts, PoolKeys keys, Func<int, int[]> providersOf, Func<IEnumerable<int>> solvables, Func<int, string> repositoryOf)
{
    private const int MaxNames = 3;
    private const int MaxNameLength = 64;

    /// <summary>In words, beginning with a comma; empty where nothing is near.</summary>
    public string To(int relation)
    {
        var name = NameOf(relation);
        if (name == 0) return "";
        var versions = PoolHandle.IsRelation(relation) ? providersOf(name) : [];
        if (versions.Length > 0)
        {
            var (solvable, version) = versions.Select(id => (Id: id, Version: ProvidedVersion(id, name)))
                .MaxBy(p => p.Version ?? "", Comparer<string>.Create((a, b) => VersionOrder.Compare(type, a, b)));
            return version is null
                ? $", and {texts.Package(solvable)} of `{repositoryOf(solvable)}` provides it without a version"
                : $", the nearest is {Spoken(solvable, name, version)} of `{repositoryOf(solvable)}`";
        }
        var alike = Alike(texts.Relation(name));
        return alike.Count == 0 ? "" : $", names like it are {string.Join(", ", alike)}";
    }

    private string Spoken(int solvable, int name, string version) => Solv.PoolLookupId(pool, solvable, keys.Name) == name
        ? texts.Package(solvable)
        : $"{texts.Relation(name)} {version}, which {texts.Package(solvable)} provides,";

    /// <summary>Of alternatives and rich relations there is no one name.</summary>
    private int NameOf(int relation)
    {
        while (PoolHandle.IsRelation(relation))
        {
            var parts = pool.Relation(relation);
            if (!parts.ComparesVersions && parts.Flags != Solv.MultiArch) return 0;
            relation = parts.Name;
        }
        return relation;
    }

    private unsafe string? ProvidedVersion(int solvable, int name)
    {
        if (Solv.PoolLookupId(pool, solvable, keys.Name) == name) return texts.Version(solvable);
        using var found = new IdQueue();
        _ = Solv.SolvableLookupDependencies(pool.Solvable(solvable), keys.Provides, found.Pointer, 0);
        foreach (var provided in found.ToArray())
            if (PoolHandle.IsRelation(provided) && pool.Relation(provided) is { ComparesVersions: true } parts && parts.Name == name) return texts.VersionOf(parts.Version);
        return null;
    }

    private List<string> Alike(string wanted)
    {
        if (wanted.Length is < 3 or > MaxNameLength) return [];
        var most = wanted.Length < 6 ? 1 : 2;
        return
        [
            .. solvables().Select(texts.Name).Distinct(StringComparer.Ordinal)
                .Where(n => Math.Abs(n.Length - wanted.Length) <= most).Select(n => (Name: n, Edits: Edits(n, wanted))).Where(n => n.Edits <= most)
                .OrderBy(n => n.Edits).ThenBy(n => n.Name, StringComparer.Ordinal).Take(MaxNames).Select(n => n.Name),
        ];
    }

    /// <summary>Letters to add, take away or change to get from one to the other.</summary>
    private static int Edits(string from, string to)
    {
        Span<int> row = stackalloc int[MaxNameLength + 1];
        for (var i = 0; i <= to.Length; i++) row[i] = i;
        for (var i = 1; i <= from.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var k = 1; k <= to.Length; k++)
            {
                var changed = corner + (from[i - 1] == to[k - 1] ? 0 : 1);
                corner = row[k];
                row[k] = Math.Min(changed, Math.Min(row[k], row[k - 1]) + 1);
            }
        }
        return row[to.Length];
    }
}
