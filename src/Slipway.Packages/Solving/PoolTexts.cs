using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>What is in a pool in words for people, versions as the packages have them.</summary>
internal sealed class PoolTexts(PoolHandle pool, PackageType type, PoolKeys keys)
{
    private const int MaxDepth = 60;

    private readonly Dictionary<int, string> packages = [];
    private readonly Dictionary<int, string> relations = [];

    public string Name(int solvable) => Text(solvable, keys.Name);

    public string Version(int solvable) => PoolVersions.FromPool(type, Text(solvable, keys.Version));

    public string Text(int solvable, int key) => Solv.Text(Solv.PoolLookupString(pool, solvable, key));

    public string Package(int solvable)
    {
        if (!packages.TryGetValue(solvable, out var text)) packages.Add(solvable, text = $"{Name(solvable)} {Version(solvable)}");
        return text;
    }

    public string VersionOf(int id) => PoolVersions.FromPool(type, Solv.Text(Solv.PoolIdToString(pool, id)));

    /// <summary>A relation as its package type writes it, but with comparisons of one form: <c>lib >= 2</c>, <c>a | b</c>, <c>(a if b else c)</c>.</summary>
    public string Relation(int id)
    {
        if (!relations.TryGetValue(id, out var text)) relations.Add(id, text = Write(id, 0));
        return text;
    }

    private string Write(int id, int depth)
    {
        if (!PoolHandle.IsRelation(id)) return Solv.Text(Solv.PoolIdToString(pool, id));
        if (depth > MaxDepth) return "...";
        var relation = pool.Relation(id);
        var left = Write(relation.Name, depth + 1);
        if (relation.ComparesVersions) return $"{left} {Sign(relation.Flags)} {VersionOf(relation.Version)}";
        if (relation.Flags == 0) return left;
        if (relation.Flags == Solv.Or && type == PackageType.Deb) return $"{left} | {Write(relation.Version, depth + 1)}";
        if (relation.Flags == Solv.MultiArch) return $"{left}:{Write(relation.Version, depth + 1)}";
        if (Word(relation.Flags) is not { } word) return Solv.Text(Solv.PoolDependencyToString(pool, id));
        var text = $"{left} {word} {Write(relation.Version, depth + 1)}";
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
