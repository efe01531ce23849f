using Slipway.Content;

namespace Slipway.Packages;

/// <summary>One package of a deb relation: name, and the version it must have where one is given.</summary>
/// <param name="Operator">One of &lt;&lt; &lt;= = &gt;= &gt;&gt;, or empty.</param>
public sealed record DebDependency(string Name, string Operator, string Version);

/// <summary>The relation fields of deb control files (Debian policy 7.1).</summary>
public static class DebRelations
{
    private const int MaxClauses = 10_000;

    /// <summary>The clauses of a field that apply, each ready for a solver: restrictions to architectures and build profiles are evaluated and removed.</summary>
    /// <param name="field">The field's text, e.g. of Build-Depends.</param>
    /// <param name="architecture">The architecture built for, e.g. amd64.</param>
    /// <param name="profiles">Active build profiles, e.g. nocheck.</param>
    public static IReadOnlyList<string> Applicable(string field, string architecture, IReadOnlyCollection<string> profiles)
    {
        var clauses = new List<string>();
        foreach (var clause in Clauses(field))
        {
            var alternatives = clause.Split('|', StringSplitOptions.TrimEntries)
                .Where(a => DebRestrictions.Apply(a, architecture, profiles)).Select(DebRestrictions.Strip).ToList();
            if (alternatives.Count > 0) clauses.Add(string.Join(" | ", alternatives));
        }
        return clauses;
    }

    /// <summary>The comma-separated clauses of a field, white space made single.</summary>
    public static IReadOnlyList<string> Clauses(string field)
    {
        var clauses = new List<string>();
        foreach (var part in field.Split(','))
        {
            var words = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#')) continue;
            clauses.Add(string.Join(' ', words));
            if (clauses.Count > MaxClauses) throw new SlipwayException("read relations", $"more than {MaxClauses} in one field");
        }
        return clauses;
    }

    /// <summary>The alternatives of one clause; restrictions and architecture qualifiers are dropped.</summary>
    /// <exception cref="SlipwayException">The clause is not one.</exception>
    public static IReadOnlyList<DebDependency> Alternatives(string clause) =>
        [.. clause.Split('|', StringSplitOptions.TrimEntries).Select(a => ReadOne(DebRestrictions.Strip(a), clause))];

    private static DebDependency ReadOne(string text, string clause)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var name = (open < 0 ? text : text[..open]).Trim();
        var qualifier = name.IndexOf(':', StringComparison.Ordinal);
        if (qualifier > 0) name = name[..qualifier];
        if (name.Length == 0 || name.Contains(' ', StringComparison.Ordinal)) throw Bad(clause);
        if (open < 0) return new DebDependency(name, "", "");
        var inner = text.EndsWith(')') ? text[(open + 1)..^1].Trim() : throw Bad(clause);
        var length = inner.AsSpan().IndexOfAnyExcept('<', '=', '>');
        if (length is < 1 or > 2) throw Bad(clause);
        // A single < or > is the old spelling of <= and >=.
        var sign = inner[..length] switch { "<" => "<=", ">" => ">=", var s => s };
        var version = inner[length..].Trim();
        if (sign is not ("<<" or "<=" or "=" or ">=" or ">>") || version.Length == 0 || version.Contains(' ', StringComparison.Ordinal)) throw Bad(clause);
        return new DebDependency(name, sign, version);
    }

    private static SlipwayException Bad(string clause) =>
        new("read a relation", $"`{clause}` is not `name (>= version)`, nor alternatives of that with `|` between", "correct the relation");
}
