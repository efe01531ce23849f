namespace Slipway.Packages;

/// <summary>The <c>[architecture]</c> and <c>&lt;profile&gt;</c> restrictions of build relations.</summary>
internal static class DebRestrictions
{
    public static string Strip(string alternative)
    {
        var end = End(alternative);
        return alternative[..end].Trim();
    }

    public static bool Apply(string alternative, string architecture, IReadOnlyCollection<string> profiles)
    {
        var rest = alternative[End(alternative)..];
        var open = rest.IndexOf('[', StringComparison.Ordinal);
        var close = rest.IndexOf(']', StringComparison.Ordinal);
        if (open >= 0 && close > open && !ArchitectureApplies(Words(rest[(open + 1)..close]), architecture)) return false;
        var groups = rest.Split('<').Skip(1).Select(g => Words(g.Split('>')[0])).ToList();
        // Any group may hold; within a group every term must.
        return groups.Count == 0 || groups.Any(g => g.All(term => term.StartsWith('!') ? !profiles.Contains(term[1..]) : profiles.Contains(term)));
    }

    /// <summary>Where the restrictions begin: behind the name and the version in round brackets, which may hold &lt; itself.</summary>
    private static int End(string alternative)
    {
        var from = Math.Max(alternative.IndexOf(')', StringComparison.Ordinal), 0);
        var at = alternative.AsSpan(from).IndexOfAny('[', '<');
        return at < 0 || (from == 0 && alternative.Contains('(', StringComparison.Ordinal)) ? alternative.Length : from + at;
    }

    private static bool ArchitectureApplies(string[] terms, string architecture)
    {
        if (terms.Length == 0) return true;
        return terms[0].StartsWith('!') ? !terms.Any(t => Matches(t.TrimStart('!'), architecture)) : terms.Any(t => Matches(t, architecture));
    }

    /// <summary>Debian policy 11.1: <c>any</c>, <c>os-any</c> and <c>any-cpu</c>; a name without an os is linux.</summary>
    private static bool Matches(string pattern, string architecture)
    {
        if (pattern == architecture || pattern == "any") return true;
        if (!pattern.Contains("any", StringComparison.Ordinal)) return false;
        var (wantedSystem, wantedCpu) = Split(pattern);
        var (system, cpu) = Split(architecture);
        return (wantedSystem == "any" || wantedSystem == system) && (wantedCpu == "any" || wantedCpu == cpu);
    }

    private static (string System, string Cpu) Split(string architecture)
    {
        var dash = architecture.LastIndexOf('-');
        return dash < 0 ? ("linux", architecture) : (architecture[..dash], architecture[(dash + 1)..]);
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
