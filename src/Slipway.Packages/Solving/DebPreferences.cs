using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>
/// Which packages to favour where a deb relation leaves a choice. libsolv alone takes the first by the alphabet; packagers
/// count on the order of alternatives, on a real package before one that only provides its name, and on the priority.
/// So the relations are followed once that way, without looking at conflicts, and what is met becomes the solver's favourite.
/// What was learnt of relations and packages stays for the next question over the same pool.
/// </summary>
internal sealed unsafe class DebPreferences(PoolHandle pool, PoolKeys keys, Func<int, int[]> providersOf, Func<int, bool> isInstalled)
{
    private sealed class Package(int solvable, int nameId)
    {
        public int Solvable => solvable;
        public int NameId => nameId;
        public Relation[]? Requires { get; set; }
        public int ChosenIn { get; set; }
    }

    private sealed class Relation(Package[] providers, Package? first, bool satisfied)
    {
        public Package[] Providers => providers;

        /// <summary>What to take if none of the providers is chosen for another reason; null where there is none.</summary>
        public Package? First => first;

        /// <summary>By what is installed.</summary>
        public bool Satisfied => satisfied;

        public int SeenIn { get; set; }
    }

    private readonly Dictionary<int, Relation> relations = [];
    private readonly Dictionary<int, Package> packages = [];
    private HashSet<int>? preferred;
    private int question;

    /// <summary>Name ids to favour for these wanted relations.</summary>
    public IReadOnlyCollection<int> Follow(IEnumerable<int> wanted)
    {
        question++;
        var names = new List<int>();
        var queue = new Queue<Relation>();
        foreach (var id in wanted) Visit(RelationOf(id));
        while (queue.TryDequeue(out var relation))
        {
            if (relation.Satisfied || relation.First is not { } package || IsChosen(relation)) continue;
            package.ChosenIn = question;
            names.Add(package.NameId);
            foreach (var next in package.Requires ??= RequirementsOf(package.Solvable)) Visit(next);
        }
        return names;

        void Visit(Relation relation)
        {
            if (relation.SeenIn == question) return;
            relation.SeenIn = question;
            queue.Enqueue(relation);
        }

        bool IsChosen(Relation relation)
        {
            foreach (var provider in relation.Providers)
                if (provider.ChosenIn == question) return true;
            return false;
        }
    }

    private Relation[] RequirementsOf(int solvable)
    {
        using var found = new IdQueue();
        _ = Solv.SolvableLookupDependencies(pool.Solvable(solvable), keys.Requires, found.Pointer, 0);
        return [.. found.ToArray().Where(id => id != keys.PrerequisiteMarker).Select(RelationOf)];
    }

    private Relation RelationOf(int id)
    {
        if (relations.TryGetValue(id, out var known)) return known;
        var alternatives = Alternatives(id);
        var all = alternatives.SelectMany(a => a.Providers).Distinct().ToList();
        var relation = new Relation([.. all.Select(PackageOf)], Choose(alternatives) is { } first ? PackageOf(first) : null, all.Any(isInstalled));
        return relations[id] = relation;
    }

    private Package PackageOf(int solvable)
    {
        if (!packages.TryGetValue(solvable, out var package)) packages.Add(solvable, package = new Package(solvable, Solv.PoolLookupId(pool, solvable, keys.Name)));
        return package;
    }

    private int? Choose(List<(int Name, int[] Providers)> choices)
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

    private List<(int Name, int[] Providers)> Alternatives(int relation)
    {
        var found = new List<(int, int[])>();
        while (PoolHandle.IsRelation(relation) && pool.Relation(relation) is { Flags: Solv.Or } either)
        {
            found.Add((NameOf(either.Name), providersOf(either.Name)));
            relation = either.Version;
        }
        found.Add((NameOf(relation), providersOf(relation)));
        return found;
    }

    /// <summary>Of <c>name</c>, <c>name:any</c> or <c>name >= version</c>.</summary>
    private int NameOf(int relation)
    {
        while (PoolHandle.IsRelation(relation)) relation = pool.Relation(relation).Name;
        return relation;
    }
}
