using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

/// <summary>A package that nothing can make installable, with the reasons in words.</summary>
public sealed record UninstallablePackage(string Name, string Version, string Architecture, string Repository, IReadOnlyList<string> Problems);

public sealed partial class SolverPool
{
    // What can be installed together is proved together; a group that cannot is halved until the culprit stands alone.
    private const int GroupSize = 32;

    /// <summary>Every package that cannot be installed out of what the pool holds, each on its own (and on top of the installed set, if there is one). Source packages are passed over.</summary>
    /// <param name="repository">Look at the packages of this repository alone; unset: at all.</param>
    public IReadOnlyList<UninstallablePackage> FindUninstallable(string? repository = null, CancellationToken cancellation = default)
    {
        using var use = Enter();
        Prepare();
        var candidates = repositories.Where(r => r != installed && (repository is null || r.Name == repository))
            .SelectMany(r => Enumerable.Range(r.Start, r.End - r.Start)).Where(id => texts.Text(id, keys.Architecture) is not ("src" or "nosrc" or "source")).ToList();
        var proved = new HashSet<int>();
        var found = new List<UninstallablePackage>();
        var groups = Math.Max(1, (candidates.Count + GroupSize - 1) / GroupSize);
        // Neighbours are often variants of one thing that conflict, so a group takes from everywhere.
        for (var group = 0; group < groups; group++)
        {
            cancellation.ThrowIfCancellationRequested();
            var members = new List<int>();
            for (var i = group; i < candidates.Count; i += groups)
                if (!proved.Contains(candidates[i])) members.Add(candidates[i]);
            Prove([.. members], proved, found);
        }
        return [.. found.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal).ThenBy(p => p.Repository, StringComparer.Ordinal)];
    }

    private void Prove(int[] group, HashSet<int> proved, List<UninstallablePackage> found)
    {
        if (group.Length == 0) return;
        using (var jobs = new IdQueue())
        using (var run = new SolverRun(pool, new Dictionary<int, string>()))
        {
            foreach (var id in group) jobs.Add(Solv.Install | Solv.SelectSolvable, id);
            run.Set(Solv.FlagIgnoreRecommended, true);
            if (run.Solve(jobs) == 0)
            {
                proved.UnionWith(run.Chosen());
                return;
            }
            if (group.Length == 1)
            {
                var id = group[0];
                found.Add(new UninstallablePackage(texts.Name(id), texts.Version(id), texts.Text(id, keys.Architecture), RepositoryOf(id).Name, run.Problems(problemTexts)));
                return;
            }
        }
        Prove(group[..(group.Length / 2)], proved, found);
        Prove([.. group[(group.Length / 2)..].Where(id => !proved.Contains(id))], proved, found);
    }
}
