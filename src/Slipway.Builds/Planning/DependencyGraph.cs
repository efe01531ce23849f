namespace Slipway.Builds;

/// <summary>Which of the builds under way needs a package that another one makes for the same dist and architecture, of whatever project.</summary>
internal sealed class DependencyGraph
{
    private readonly Dictionary<(string Dist, string Arch, string Name), List<PlannedBuild>> _makers = [];
    private readonly Dictionary<long, int> _component = [];

    public DependencyGraph(IReadOnlyList<PlannedBuild> builds)
    {
        foreach (var build in builds.Where(build => build.State != BuildState.Cancelled))
            foreach (var name in build.Produces)
            {
                var key = (build.Dist, build.Arch, name);
                if (!_makers.TryGetValue(key, out var makers)) _makers[key] = makers = [];
                makers.Add(build);
            }
        Cycles = FindCycles(builds);
    }

    /// <summary>Packages that need each other, in order of their names.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles { get; }

    /// <summary>The builds that must end before this one, each with the name it makes, oldest first.</summary>
    public IReadOnlyList<(string Name, PlannedBuild Build)> Before(PlannedBuild build) =>
        [.. Needed(build).Where(one => Component(one.Build) != Component(build)).OrderBy(one => one.Build.Id)];

    /// <summary>True for packages that need each other, directly or through others.</summary>
    public bool AreInOneCycle(PlannedBuild one, PlannedBuild other) => _component.TryGetValue(one.Id, out var component) && _component.TryGetValue(other.Id, out var same) && component == same;

    private IEnumerable<(string Name, PlannedBuild Build)> Needed(PlannedBuild build) => build.Needs.SelectMany(name =>
        _makers.GetValueOrDefault((build.Dist, build.Arch, name), []).Where(maker => maker.Package != build.Package).Select(maker => (name, maker)));

    private int Component(PlannedBuild build) => _component.GetValueOrDefault(build.Id, -1);

    // Tarjan's strongly connected components, with an explicit stack: a chain of packages may be long.
    private List<IReadOnlyList<string>> FindCycles(IReadOnlyList<PlannedBuild> builds)
    {
        var cycles = new List<IReadOnlyList<string>>();
        var index = new Dictionary<long, int>();
        var low = new Dictionary<long, int>();
        var open = new Stack<PlannedBuild>();
        var isOpen = new HashSet<long>();
        foreach (var root in builds.Where(build => !index.ContainsKey(build.Id)))
        {
            var calls = new Stack<(PlannedBuild Build, IEnumerator<PlannedBuild> Next)>();
            Enter(root);
            while (calls.TryPeek(out var call))
            {
                if (call.Next.MoveNext())
                {
                    var next = call.Next.Current;
                    if (!index.TryGetValue(next.Id, out var seen)) Enter(next);
                    else if (isOpen.Contains(next.Id)) low[call.Build.Id] = Math.Min(low[call.Build.Id], seen);
                    continue;
                }
                calls.Pop();
                if (calls.TryPeek(out var caller)) low[caller.Build.Id] = Math.Min(low[caller.Build.Id], low[call.Build.Id]);
                if (low[call.Build.Id] == index[call.Build.Id]) Close(call.Build);
            }

            void Enter(PlannedBuild build)
            {
                index[build.Id] = low[build.Id] = index.Count;
                open.Push(build);
                isOpen.Add(build.Id);
                calls.Push((build, Needed(build).Select(one => one.Build).ToList().GetEnumerator()));
            }
        }
        return cycles;

        void Close(PlannedBuild root)
        {
            var members = new List<PlannedBuild>();
            PlannedBuild member;
            do
            {
                member = open.Pop();
                isOpen.Remove(member.Id);
                _component[member.Id] = index[root.Id];
                members.Add(member);
            }
            while (member.Id != root.Id);
            if (members.Count > 1) cycles.Add([.. members.Select(one => one.Package).Distinct().Order(StringComparer.Ordinal)]);
        }
    }
}
