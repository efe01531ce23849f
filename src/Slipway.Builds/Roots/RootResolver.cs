using System.Text.RegularExpressions;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>Finds the packages of a dist's roots. One for one build: where a plan is not known yet, it holds a pool of every package there is.</summary>
internal sealed partial class RootResolver : IDisposable
{
    private readonly Lazy<SolverPool> _pool;
    private readonly PlanCache _plans;
    private readonly Lazy<IReadOnlyList<ResolvedPackage>> _essential;

    /// <param name="type">Of what packages the roots are made.</param>
    internal RootResolver(PackageType type, Func<SolverPool> open, PlanCache plans)
    {
        Type = type;
        _pool = new(open);
        _plans = plans;
        // Only debs leave out of their dependencies what every system has.
        _essential = new(() => type != PackageType.Deb ? [] : Pool.Resolve([], new ResolveOptions { Essential = true }).Require("Cannot find the essential packages of the root"));
    }

    internal PackageType Type { get; }

    private SolverPool Pool => _pool.Value;

    public void Dispose()
    {
        if (_pool.IsValueCreated)
            _pool.Value.Dispose();
    }

    /// <summary>The root that every build of the dist starts from.</summary>
    internal RootPlan Base(Dist dist, IReadOnlyList<string> tools) =>
        _plans.Get(["base", .. dist.Root.Base, "tools", .. tools], () => RootPlan.Stack([Foundation(dist), BaseSet(dist, tools)], Essential));

    /// <summary>Packages and what they need to run, without what every Debian system has anyway.</summary>
    internal IReadOnlyList<ResolvedPackage> Closure(IReadOnlyList<string> packages) =>
        Pool.Resolve(packages).Require($"Cannot find the packages {string.Join(", ", packages)} with what they need");

    /// <summary>True for the name of a package that can be had.</summary>
    internal bool IsKnown(string name) => Pool.Newest(name) is not null;

    /// <summary>The root with what a recipe needs.</summary>
    /// <param name="needs">What it needs of debs, beside what its project has.</param>
    /// <param name="own">The project's packages, for the words when something cannot be had.</param>
    /// <exception cref="RecipeException">It cannot be had, in words.</exception>
    internal RootPlan Full(Dist dist, IReadOnlyList<string> tools, IReadOnlyList<string> needs, string package, ProjectPackages? own = null) =>
        _plans.Get(["full", .. dist.Root.Base, "tools", .. tools, "needs", .. needs], () => ResolveFull(dist, tools, needs, package, own));

    private RootPlan ResolveFull(Dist dist, IReadOnlyList<string> tools, IReadOnlyList<string> needs, string package, ProjectPackages? own)
    {
        var solution = Resolve([.. dist.Root.Base, .. tools, .. needs]);
        if (!solution.Succeeded)
            throw new RecipeException($"what {package} needs for dist {dist.Name} cannot be had: {string.Join("; ", [.. solution.Problems, .. needs.SelectMany(n => Nearest(n, own))])}");
        return RootPlan.Stack([Foundation(dist), BaseSet(dist, tools), solution.Packages], Essential);
    }

    private HashSet<string> Essential => [.. _essential.Value.Select(p => p.Name)];

    // Dists of every type share this layer, the largest.
    private IReadOnlyList<ResolvedPackage> Foundation(Dist dist) => Type != PackageType.Deb ? BaseSet(dist, []) : dist.Root.Base.Contains("build-essential")
        ? Resolve(["build-essential"]).Require("Cannot find the packages of build-essential")
        : _essential.Value;

    private IReadOnlyList<ResolvedPackage> BaseSet(Dist dist, IReadOnlyList<string> tools) =>
        Resolve([.. dist.Root.Base, .. tools]).Require($"Cannot make the base root of dist {dist.Name}");

    private Solution Resolve(IReadOnlyList<string> relations) => Pool.Resolve(relations, new ResolveOptions { Essential = Type == PackageType.Deb });

    // What the solver's words leave out: whether the name exists at all, and in which version.
    private IEnumerable<string> Nearest(string relation, ProjectPackages? own)
    {
        foreach (var alternative in relation.Split('|', StringSplitOptions.TrimEntries))
        {
            var name = PackageName().Match(alternative).Value;
            if (name.Length == 0 || Resolve([alternative]).Succeeded)
                continue;
            yield return Pool.Newest(name) is { } newest
                ? $"`{alternative}`: the newest {name} is {newest.Version}"
                : $"`{alternative}`: no package is named {name}";
            if (own?.Nearest(name) is { } published)
                yield return published;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_-]*")]
    private static partial Regex PackageName();
}
