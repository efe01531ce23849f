namespace Slipway.Builds;

/// <summary>A build as the planner sees it.</summary>
/// <param name="Live">Whether a process of it may still run.</param>
/// <param name="Produces">Names of the packages its recipe makes.</param>
/// <param name="Needs">Names its recipe needs to be built.</param>
public sealed record PlannedBuild(
    long Id, string Package, string Project, string Dist, string Arch, string RunnerGroup, bool Image, BuildState State, bool Live,
    IReadOnlyList<string> Produces, IReadOnlyList<string> Needs);

/// <summary>Who can build: a runner group and the architecture of its runners.</summary>
public sealed record ServedGroup(string Group, string Arch);

/// <summary>A build that must wait, why, and for which builds.</summary>
public sealed record Hold(long Build, string Reason, IReadOnlyList<long> For);

/// <summary>What may run now, and why the rest waits. Cycles of packages that need each other are not held for each other.</summary>
public sealed record BuildPlan(IReadOnlyList<long> Ready, IReadOnlyList<Hold> Holds, IReadOnlyList<IReadOnlyList<string>> Cycles);

/// <summary>Decides which builds may start: a pure function of the builds that are under way and of the runners there are.</summary>
public static class Planner
{
    private const string AnyGroup = "local";

    /// <param name="builds">Builds that are queued, waiting or running, that succeeded and are not yet in a snapshot, that are the last of their target and failed, or that still have a process.</param>
    /// <param name="served">The runners there are.</param>
    public static BuildPlan Plan(IReadOnlyList<PlannedBuild> builds, IReadOnlyList<ServedGroup> served)
    {
        var graph = new DependencyGraph(builds);
        var ready = new List<long>();
        var holds = new List<Hold>();
        foreach (var build in builds.Where(build => build.State is BuildState.Queued or BuildState.Waiting).OrderBy(build => build.Id))
        {
            if ((Unserved(build, served) ?? Stopping(build, builds) ?? Dependency(build, graph)) is { } hold) holds.Add(hold);
            else ready.Add(build.Id);
        }
        return new BuildPlan(ready, holds, graph.Cycles);
    }

    private static Hold? Unserved(PlannedBuild build, IReadOnlyList<ServedGroup> served)
    {
        var groups = build.RunnerGroup == AnyGroup ? served : [.. served.Where(one => one.Group == build.RunnerGroup)];
        if (groups.Count == 0) return new(build.Id, $"no runner serves the group `{build.RunnerGroup}`", []);
        return groups.Any(one => one.Arch == build.Arch) ? null : new(build.Id, $"no runner of the group `{build.RunnerGroup}` has the architecture {build.Arch}", []);
    }

    private static Hold? Stopping(PlannedBuild build, IReadOnlyList<PlannedBuild> builds) =>
        builds.FirstOrDefault(other => other is { Live: true, State: BuildState.Cancelled } && other.Package == build.Package && other.Dist == build.Dist && other.Arch == build.Arch && other.Image == build.Image)
            is { } running ? new(build.Id, $"build {running.Id} of the same target is being stopped", [running.Id]) : null;

    private static Hold? Dependency(PlannedBuild build, DependencyGraph graph)
    {
        var before = graph.Before(build);
        if (before.Count == 0) return null;
        var (name, first) = before[0];
        var state = first.State switch
        {
            BuildState.Succeeded => "is built and about to be published",
            BuildState.Failed => "has failed",
            _ => $"is {first.State.Word()}",
        };
        return new(build.Id, $"needs {name} of {first.Package} (build {first.Id}), which {state}", [.. before.Select(one => one.Build.Id).Distinct()]);
    }
}
