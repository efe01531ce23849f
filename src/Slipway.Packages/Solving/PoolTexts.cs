using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>What is in a pool in words for people, versions as the packages have them.</summary>
internal sealed class PoolTexts(PoolHandle pool, PackageType type, PoolKeys keys)
{
    public string Name(int solvable) => Text(solvable, keys.Name);

    public string Version(int solvable) => PoolVersions.FromPool(type, Text(solvable, keys.Version));

    public string Text(int solvable, int key) => Solv.Text(Solv.PoolLookupString(pool, solvable, key));

    public string Package(int solvable) => $"{Name(solvable)} {Version(solvable)}";

    public string VersionOf(int id) => PoolVersions.FromPool(type, Solv.Text(Solv.PoolIdToString(pool, id)));

    /// <summary>A relation as its package type writes it, but with comparisons of one form: <c>lib >= 2</c>, <c>a | b</c>, <c>(a if b else c)</c>.</summary>
    public string Relation(int id, bool inner = false)
    {
        if (!PoolHandle.IsRelation(id)) return Solv.Text(Solv.PoolIdToString(pool, id));
        var relation = pool.Relation(id);
        if (relation.ComparesVersions) return $"{Relation(relation.Name, true)} {Sign(relation.Flags)} {VersionOf(relation.Version)}";
        if (relation.Flags == 0) return Relation(relation.Name, inner);
        if (relation.Flags == Solv.Or && type == PackageType.Deb) return $"{Relation(relation.Name)} | {Relation(relation.Version)}";
        if (relation.Flags == Solv.MultiArch) return $"{Relation(relation.Name, true)}:{Relation(relation.Version, true)}";
        if (Word(relation.Flags) is not { } word) return Solv.Text(Solv.PoolDependencyToString(pool, id));
        var text = $"{Relation(relation.Name, true)} {word} {Relation(relation.Version, true)}";
        // The else of a condition stands inside the brackets of its if.
        return relation.Flags == Solv.Else ? text : $"({text})";
    }

    private static string Sign(int flags) => flags switch
    {
        Solv.Greater => ">",
        Solv.Equal => "=",
        Solv.Less => "<",
        Solv.Greater | Solv.Equal => ">=",
        Solv.Less | Solv.Equal => "<=",
        Solv.Less | Solv.Greater => "<>",
        _ => "<=>",
    };

    private static string? Word(int flags) => flags switch
    {
        Solv.And => "and",
        Solv.Or => "or",
        Solv.With => "with",
        Solv.Without => "without",
        Solv.Condition => "if",
        Solv.Unless => "unless",
        Solv.Else => "else",
        _ => null,
    };
}
