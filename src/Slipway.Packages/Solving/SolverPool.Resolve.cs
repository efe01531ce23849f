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
        Prepare();
        using var jobs = new IdQueue();
        var asked = new Dictionary<int, string>();
        foreach (var relation in relations) Want(Solv.SelectProvides, this.relations.Of(relation), "asked for");
        foreach (var relation in options.AlsoNeeded) Want(Solv.SelectProvides, this.relations.Of(relation), "also needed");
        if (options.Essential)
        {
            foreach (var name in Providers(keys.Essential).Select(id => Solv.PoolLookupId(pool, id, keys.Name)).Distinct())
                Want(Solv.SelectName, name, "essential");
        }
        if (type == PackageType.Deb)
        {
            foreach (var name in preferences.Follow(asked.Keys)) jobs.Add(Solv.Favor | Solv.SelectName, name);
        }
        foreach (var name in options.Exclude) jobs.Add(Solv.Erase | Solv.SelectName, this.relations.Name(name));
        using var run = new SolverRun(pool, asked);
        run.SetRecommends(options.Recommends);
        if (run.Solve(jobs) > 0) return new Solution(false, [], run.Problems());
        return new Solution(true, [.. run.Steps().Where(id => installed?.Holds(id) != true).Select(id => Describe(id, run.Reason(id, Label)))], []);

        void Want(int how, int id, string reason)
        {
            asked.TryAdd(id, reason);
            jobs.Add(Solv.Install | how, id);
        }
    }

    /// <summary>The newest version of a package of this name the pool holds, or null.</summary>
    public ResolvedPackage? Newest(string name)
    {
        Prepare();
        var found = Solvables(Solv.SelectName, relations.Name(name));
        if (found.Length == 0) return null;
        var newest = found.MaxBy(id => Text(id, keys.Version), Comparer<string>.Create((a, b) => VersionOrder.Compare(type, a, b)));
        return Describe(newest, "newest");
    }

    private int[] Providers(int relation) => Solvables(Solv.SelectProvides, relation);

    private int[] Solvables(int how, int what)
    {
        using var found = new IdQueue();
        Solv.PoolJobToSolvables(pool, found.Pointer, how, what);
        return found.ToArray();
    }

    private string Label(int solvable) => $"{Text(solvable, keys.Name)} {Text(solvable, keys.Version)}";
}
