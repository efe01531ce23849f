using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>
/// Which packages to favour where a deb relation leaves a choice. libsolv alone takes the first by the alphabet; packagers
/// count on the order of alternatives, on a real package before one that only provides its name, and on the priority.
/// So the relations are followed once that way, without looking at conflicts, and what is met becomes the solver's favourite.
/// </summary>
internal sealed unsafe class DebPreferences(PoolHandle pool, PoolKeys keys, Func<int, int[]> providersOf, Func<int, bool> isInstalled)
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
            if (choices.Any(c => c.Providers.Any(p => chosen.Contains(p) || isInstalled(p))) || Choose(choices) is not { } solvable) continue;
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
        var found = new List<(int, int[])>();
        var rest = relation;
        while (PoolHandle.IsRelation(rest) && pool.Relation(rest) is { Flags: Solv.Or } either)
        {
            found.Add((NameOf(either.Name), providersOf(either.Name)));
            rest = either.Version;
        }
        found.Add((NameOf(rest), providersOf(rest)));
        return alternatives[relation] = found;
    }

    /// <summary>Of <c>name</c>, <c>name:any</c> or <c>name >= version</c>.</summary>
    private int NameOf(int relation)
    {
        while (PoolHandle.IsRelation(relation)) relation = pool.Relation(relation).Name;
        return relation;
    }
}
