namespace Slipway.Builds;

/// <summary>What is built again when a package has changed: `all` its dependents and theirs, the `direct` ones only, or nothing but what is `new`.</summary>
public enum RebuildStrategy { All, Direct, New }

/// <summary>The newest build of a target, as the rebuilding of dependents sees it.</summary>
/// <param name="Wave">The commit whose change it was built for, in the end.</param>
/// <param name="Pass">How often the target was built in this wave.</param>
/// <param name="Chosen">Names of the packages that the solver chose for what its recipe asks for.</param>
public sealed record KnownBuild(PlannedBuild Build, string Wave, int Pass, IReadOnlyList<string> Chosen);

/// <summary>A package whose published result is not what it was.</summary>
/// <param name="Names">What its packages are called and provide.</param>
/// <param name="Difference">What changed, for people.</param>
/// <param name="IsRebuild">True when it was itself built again for a change of another.</param>
public sealed record PackageChange(KnownBuild Of, IReadOnlyList<string> Names, string Difference, RebuildStrategy Strategy, bool IsRebuild);

/// <summary>A build to make again from the same source.</summary>
/// <param name="Build">The target's newest build.</param>
public sealed record PlannedRebuild(long Build, string Because, string Wave, int Pass);

/// <summary>
/// Decides what a change makes necessary: one step, from what changed to what needs it. The next step follows when those are published, and only if
/// they changed, too. What is queued or waiting already is built with the change anyway. Packages that need each other are built twice.
/// </summary>
public static class RebuildPlan
{
    private const int PassesOfACycle = 2;

    /// <param name="known">The newest build of every target of the dist.</param>
    public static IReadOnlyList<PlannedRebuild> Of(IReadOnlyList<KnownBuild> known, IReadOnlyList<PackageChange> changes)
    {
        if (changes.Count == 0) return [];
        var cycles = new DependencyGraph([.. known.Select(one => one.Build with { State = BuildState.Queued })]);
        return [.. known.Where(one => one.Build.State is not (BuildState.Queued or BuildState.Waiting)).OrderBy(one => one.Build.Id)
            .Select(one => Rebuild(one, [.. changes.Where(change => Concerns(one, change, cycles)).OrderBy(change => change.Of.Build.Id)], cycles)).OfType<PlannedRebuild>()];
    }

    private static bool Concerns(KnownBuild one, PackageChange change, DependencyGraph cycles) =>
        (change.Strategy == RebuildStrategy.All || (change.Strategy == RebuildStrategy.Direct && !change.IsRebuild))
        && change.Of.Build.Package != one.Build.Package
        && change.Of.Build.Dist == one.Build.Dist && change.Of.Build.Arch == one.Build.Arch
        && (one.Build.Needs.Any(change.Names.Contains) || one.Chosen.Any(change.Names.Contains))
        && (!cycles.AreInOneCycle(one.Build, change.Of.Build) || one.Wave != change.Of.Wave || one.Pass < PassesOfACycle);

    private static PlannedRebuild? Rebuild(KnownBuild one, IReadOnlyList<PackageChange> causes, DependencyGraph cycles)
    {
        if (causes.Count == 0) return null;
        var because = string.Join("; ", causes.Select(cause => $"{cause.Of.Build.Package} changed (build {cause.Of.Build.Id}: {cause.Difference})"));
        var cycle = causes.FirstOrDefault(cause => cycles.AreInOneCycle(one.Build, cause.Of.Build));
        if (cycle is null) return new(one.Build.Id, because, causes[0].Of.Wave, 1);
        var pass = one.Wave == cycle.Of.Wave ? one.Pass + 1 : 1;
        return new(one.Build.Id, $"{because}; the two need each other and are built twice, this is time {pass}", cycle.Of.Wave, pass);
    }
}
