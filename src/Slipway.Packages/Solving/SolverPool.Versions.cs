using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed unsafe partial class SolverPool
{
    /// <summary>Rewrites what a reader of libsolv put into this pool, which holds nothing else, so that libsolv's order of versions is the package manager's.</summary>
    private void Normalise(nint repo, int start)
    {
        if (type == PackageType.Rpm) return;
        var end = NextSolvable();
        for (var id = start; id < end; id++)
        {
            Solv.RepoSetId(repo, id, keys.Version, relations.Version(texts.Text(id, keys.Version)));
            if (type == PackageType.Pacman) MarkUnversionedProvides(repo, id);
        }
        // Making a text may move the texts, not the relations.
        var known = new Dictionary<int, int>();
        foreach (ref var relation in pool.Relations)
        {
            if (!relation.ComparesVersions) continue;
            if (!known.TryGetValue(relation.Version, out var key))
                known.Add(relation.Version, key = relations.Version(Solv.Text(Solv.PoolIdToString(pool, relation.Version))));
            relation.Version = key;
        }
        Solv.RepoInternalize(repo);
    }

    private void MarkUnversionedProvides(nint repo, int solvable)
    {
        using var found = new IdQueue();
        _ = Solv.SolvableLookupDependencies(pool.Solvable(solvable), keys.Provides, found.Pointer, 0);
        var provides = found.ToArray();
        if (provides.All(PoolHandle.IsRelation)) return;
        using var marked = new IdQueue();
        foreach (var provided in provides) marked.Add(PoolHandle.IsRelation(provided) ? provided : relations.Unversioned(provided));
        Solv.RepoSetDependencies(repo, solvable, keys.Provides, marked.Pointer, 0);
    }
}
