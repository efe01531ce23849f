using Slipway.Content;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>Relations in the syntax of a package type, as ids of a pool.</summary>
internal sealed class RelationIds(PoolHandle pool, PackageType type)
{
    private const int MaxRichLength = 16 << 10;
    private const int MaxRichBrackets = 500;

    /// <summary>The id of one relation. deb: an <c>a | b</c> becomes one id that any of them fulfils.</summary>
    public int Of(string relation) => type switch
    {
        PackageType.Deb => OfDeb(DebRelations.Alternatives(relation)),
        PackageType.Rpm => OfRpm(relation),
        _ => OfPacman(relation),
    };

    public int OfDeb(DebDependency dependency) =>
        dependency.Operator.Length == 0 ? Name(dependency.Name) : Versioned(dependency.Name, dependency.Operator, dependency.Version);

    public int Name(string name) => Solv.PoolStringToId(pool, name, 1);

    public int Versioned(string name, string sign, string version)
    {
        var flags = sign switch
        {
            "<<" or "<" => Solv.Less,
            "<=" or "=<" => Solv.Less | Solv.Equal,
            "=" or "==" => Solv.Equal,
            ">=" or "=>" => Solv.Greater | Solv.Equal,
            ">>" or ">" => Solv.Greater,
            _ => throw new SlipwayException($"read the relation `{name} {sign} {version}`", $"`{sign}` does not compare versions"),
        };
        return Solv.PoolRelationToId(pool, Name(name), Version(version), flags, 1);
    }

    public int Version(string version) => Name(PoolVersions.ToPool(type, version));

    /// <summary>What a package of this type provides without a version. libsolv lets it fulfil any version but for deb; for pacman it must fulfil none,
    /// which a relation that compares by nothing does.</summary>
    public int Unversioned(int name) => type == PackageType.Pacman ? Solv.PoolRelationToId(pool, name, name, 0, 1) : name;

    private int OfDeb(IReadOnlyList<DebDependency> alternatives)
    {
        // Or binds to the right: a | (b | c).
        var id = OfDeb(alternatives[^1]);
        for (var i = alternatives.Count - 2; i >= 0; i--) id = Solv.PoolRelationToId(pool, OfDeb(alternatives[i]), id, Solv.Or, 1);
        return id;
    }

    private int OfRpm(string relation)
    {
        if (relation.StartsWith('('))
        {
            // libsolv goes down one call per bracket.
            if (relation.Length > MaxRichLength || relation.Count(c => c == '(') > MaxRichBrackets)
                throw new SlipwayException($"read the relation `{relation[..60]}...`", $"it is longer than {MaxRichLength} letters or has more than {MaxRichBrackets} brackets");
            var rich = Solv.PoolParseRpmRichDependency(pool, relation);
            return rich != 0 ? rich : throw new SlipwayException($"read the relation `{relation}`", "its brackets or operators are wrong", "correct the relation");
        }
        return relation.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [var name] => Name(name),
            [var name, var sign, var version] => Versioned(name, sign, version),
            _ => throw new SlipwayException($"read the relation `{relation}`", "it is not `name`, `name >= version` or one in brackets", "correct the relation"),
        };
    }

    private int OfPacman(string relation)
    {
        // An optional dependency carries its explanation behind a colon and a space.
        var colon = relation.IndexOf(": ", StringComparison.Ordinal);
        if (colon >= 0) relation = relation[..colon];
        var at = relation.AsSpan().IndexOfAny('<', '=', '>');
        if (at < 0) return Name(relation.Trim());
        var length = relation.AsSpan(at).IndexOfAnyExcept('<', '=', '>');
        if (at == 0 || length < 0) throw new SlipwayException($"read the relation `{relation}`", "it is not `name` or `name>=version`", "correct the relation");
        return Versioned(relation[..at].Trim(), relation.Substring(at, length), relation[(at + length)..].Trim());
    }
}
