using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed unsafe partial class SolverPool
{
    /// <summary>Rewrites what a reader of libsolv put into this pool, which holds nothing else, so that libsolv's order of versions is the package manager's.</summary>
    private void Normalise(nint repo, int start)
    {
        if (type == PackageType.Rpm) return;
        // Making a text may move the texts, not the relations.
        var known = new Dictionary<int, int>();
        foreach (ref var relation in pool.Relations)
        {
            if (!relation.ComparesVersions) continue;
            if (!known.TryGetValue(relation.Version, out var key))
                known.Add(relation.Version, key = relations.Version(Solv.Text(Solv.PoolIdToString(pool, relation.Version))));
            relation.Version = key;
        }
        var end = NextSolvable();
        for (var id = start; id < end; id++)
        {
            var version = texts.Text(id, keys.Version);
            if (type == PackageType.Pacman) CompleteProvides(repo, id, relations.Versioned(texts.Name(id), "=", version));
            Solv.RepoSetId(repo, id, keys.Version, relations.Version(version));
        }
        Solv.RepoInternalize(repo);
    }

    /// <summary>libsolv's reader of pacman's local database leaves out that a package provides itself.</summary>
    private void CompleteProvides(nint repo, int solvable, int itself)
    {
        using var found = new IdQueue();
        _ = Solv.SolvableLookupDependencies(pool.Solvable(solvable), keys.Provides, found.Pointer, 0);
        var provides = found.ToArray();
        if (provides.All(PoolHandle.IsRelation) && provides.Contains(itself)) return;
        using var marked = new IdQueue();
        if (!provides.Contains(itself)) marked.Add(itself);
        foreach (var provided in provides) marked.Add(PoolHandle.IsRelation(provided) ? provided : relations.Unversioned(provided));
        Solv.RepoSetDependencies(repo, solvable, keys.Provides, marked.Pointer, 0);
    }
}
