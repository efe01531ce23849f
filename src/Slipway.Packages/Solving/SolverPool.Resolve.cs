using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed unsafe partial class SolverPool
{
    /// <summary>Chooses packages that fulfil every relation: <c>gcc</c>, <c>debhelper-compat (= 13)</c>, <c>a | b</c>; rpm also <c>gcc >= 12</c> and <c>(a or b)</c>; pacman <c>gcc>=12</c>.
    /// Of deb alternatives the first that can be had is taken.</summary>
    public Solution Resolve(IReadOnlyList<string> relations, ResolveOptions? options = null)
    {
        options ??= new ResolveOptions();
        using var use = Enter();
        Prepare();
        using var jobs = new IdQueue();
        var asked = new Dictionary<int, string>();
        AddJobs(jobs, asked, relations, options);
        using var run = new SolverRun(pool, asked);
        run.Set(Solv.FlagIgnoreRecommended, !options.Recommends);
        run.Set(Solv.FlagAllowUninstall, options.AllowRemovals);
        run.Set(Solv.FlagAllowDowngrade, options.AllowDowngrades);
        return run.Solve(jobs) > 0 ? new Solution(false, [], run.Problems(problemTexts)) : Answer(run, !options.AnyOrder);
    }

    private void AddJobs(IdQueue jobs, Dictionary<int, string> asked, IReadOnlyList<string> relations, ResolveOptions options)
    {
        var best = options.Best ? Solv.ForceBest : 0;
        foreach (var relation in relations) Want(Solv.SelectProvides | best, this.relations.Of(relation), "asked for");
        foreach (var relation in options.AlsoNeeded) Want(Solv.SelectProvides, this.relations.Of(relation), "also needed");
        if (options.Essential)
        {
            foreach (var name in Providers(keys.Essential).Select(id => Solv.PoolLookupId(pool, id, keys.Name)).Distinct())
                Want(Solv.SelectName, name, "essential");
        }
        if (options.Upgrade == Upgrade.Update) jobs.Add(Solv.Update | Solv.SelectAll | best, 0);
        if (options.Upgrade == Upgrade.Distribution) jobs.Add(Solv.DistributionUpgrade | Solv.SelectAll | best, 0);
        if (type == PackageType.Deb)
        {
            foreach (var name in preferences.Follow(asked.Keys)) jobs.Add(Solv.Favor | Solv.SelectName, name);
        }
        foreach (var name in options.Exclude) jobs.Add(Solv.Erase | Solv.SelectName, this.relations.Name(name));

        void Want(int how, int id, string reason)
        {
            asked.TryAdd(id, reason);
            jobs.Add(Solv.Install | how, id);
        }
    }

    private Solution Answer(SolverRun run, bool ordered)
    {
        var packages = new List<ResolvedPackage>();
        var removed = new List<RemovedPackage>();
        foreach (var id in run.Steps(ordered))
        {
            if (installed?.Holds(id) != true) packages.Add(Describe(id, UpdateOf(id) is { } old ? $"update of {texts.Package(old)}" : run.Reason(id, texts)));
            else if (run.Removal(id) is { } replacement)
                removed.Add(new RemovedPackage(texts.Name(id), texts.Version(id), texts.Text(id, keys.Architecture), replacement == 0 ? "removed" : $"replaced by {texts.Package(replacement)}"));
        }
        return new Solution(true, packages, []) { Removed = removed };
    }

    private int? UpdateOf(int solvable)
    {
        if (installed is null) return null;
        var name = Solv.PoolLookupId(pool, solvable, keys.Name);
        return Solvables(Solv.SelectName, name).Where(installed.Holds).Select(id => (int?)id).FirstOrDefault();
    }

    /// <summary>The newest version of a package of this name the pool holds, or null.</summary>
    public ResolvedPackage? Newest(string name)
    {
        using var use = Enter();
        Prepare();
        var found = Solvables(Solv.SelectName, relations.Name(name));
        if (found.Length == 0) return null;
        var newest = found.MaxBy(texts.Version, Comparer<string>.Create((a, b) => VersionOrder.Compare(type, a, b)));
        return Describe(newest, "newest");
    }

    private int[] Providers(int relation) => Solvables(Solv.SelectProvides, relation);

    private int[] Solvables(int how, int what)
    {
        using var found = new IdQueue();
        Solv.PoolJobToSolvables(pool, found.Pointer, how, what);
        return found.ToArray();
    }
}
