using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>
/// Which packages to favour where a deb relation leaves a choice. libsolv alone takes the first by the alphabet; packagers
/// count on the order of alternatives, on a real package before one that only provides its name, and on the priority.
/// So the relations are followed once that way, without looking at conflicts, and what is met becomes the solver's favourite.
/// </summary>
internal sealed unsafe class DebPreferences(PoolHandle pool, PoolKeys keys, RelationIds relations, Func<int, int[]> providersOf)
{
    private readonly Dictionary<int, IReadOnlyList<(int Name, int[] Providers)>> alternatives = [];
    private readonly Dictionary<int, int[]> requirements = [];
    private HashSet<int>? preferred;

    /// <summary>Name ids to favour for these wanted relations.</summary>
    public IReadOnlyCollection<int> Follow(IEnumerable<int> wanted)
    {
        var chosen = new HashSet<int>();
        var names = new List<int>();
        var queue = new Queue<int>(wanted);
        var seen = new HashSet<int>(queue);
        while (queue.TryDequeue(out var relation))
        {
            var choices = AlternativesOf(relation);
            if (choices.Any(c => c.Providers.Any(chosen.Contains)) || Choose(choices) is not { } solvable) continue;
            chosen.Add(solvable);
            names.Add(Solv.PoolLookupId(pool, solvable, keys.Name));
            foreach (var next in RequirementsOf(solvable))
                if (seen.Add(next)) queue.Enqueue(next);
        }
        return names;
    }

    private int? Choose(IReadOnlyList<(int Name, int[] Providers)> choices)
    {
        foreach (var (name, providers) in choices)
        {
            if (providers.Length == 0) continue;
            var real = providers.Where(p => Solv.PoolLookupId(pool, p, keys.Name) == name).ToList();
            if (real.Count > 0) return real.MaxBy(VersionText, VersionComparer);
            preferred ??= [.. providersOf(keys.Preferred)];
            return providers.OrderByDescending(preferred.Contains).ThenBy(p => Solv.Text(Solv.PoolLookupString(pool, p, keys.Name)), StringComparer.Ordinal)
                .ThenByDescending(VersionText, VersionComparer).First();
        }
        return null;
    }

    private static readonly IComparer<string> VersionComparer = Comparer<string>.Create(VersionOrder.CompareDeb);

    private string VersionText(int solvable) => Solv.Text(Solv.PoolLookupString(pool, solvable, keys.Version));

    private int[] RequirementsOf(int solvable)
    {
        if (requirements.TryGetValue(solvable, out var known)) return known;
        using var found = new IdQueue();
        _ = Solv.SolvableLookupDependencies(pool.Solvable(solvable), keys.Requires, found.Pointer, 0);
        return requirements[solvable] = [.. found.ToArray().Where(id => id != keys.PrerequisiteMarker)];
    }

    private IReadOnlyList<(int Name, int[] Providers)> AlternativesOf(int relation)
    {
        if (alternatives.TryGetValue(relation, out var known)) return known;
        var text = Solv.Text(Solv.PoolDependencyToString(pool, relation));
        var parts = text.Split(" | ");
        return alternatives[relation] = [.. parts.Select(part => Read(part, parts.Length == 1 ? relation : 0))];
    }

    /// <summary>libsolv writes <c>name</c>, <c>name:any</c> or <c>name >= version</c>.</summary>
    private (int Name, int[] Providers) Read(string text, int relation)
    {
        var words = text.Split(' ');
        var colon = words[0].IndexOf(':', StringComparison.Ordinal);
        var name = colon > 0 ? words[0][..colon] : words[0];
        if (relation == 0) relation = words.Length == 3 ? relations.Versioned(name, words[1], words[2]) : relations.Name(name);
        return (relations.Name(name), providersOf(relation));
    }
}
