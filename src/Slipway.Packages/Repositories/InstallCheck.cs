namespace Slipway.Packages.Repositories;

/// <summary>Whether each package of a snapshot can be installed by a client that has the repository and what surrounds it.</summary>
internal sealed class InstallCheck(Snapshot snapshot, IReadOnlyList<SnapshotFile> files, Action<SolverPool>? surround)
{
    private static readonly string[] EveryArchitecture = ["all", "any", "noarch"];
    private static readonly string[] Sources = ["src", "nosrc", "source"];

    /// <summary>How many were found installable.</summary>
    public int Installable { get; private set; }

    public IEnumerable<string> Problems()
    {
        var ofMachines = files.Select(file => file.Architecture).Where(name => !EveryArchitecture.Contains(name) && !Sources.Contains(name)).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var architecture in ofMachines.Count > 0 ? ofMachines : [snapshot.Type == PackageType.Deb ? "amd64" : "x86_64"])
        {
            using var pool = new SolverPool(snapshot.Type, architecture);
            snapshot.AddTo(pool);
            surround?.Invoke(pool);
            var wanted = Wanted(architecture).Select(file => (file.Name, file.Version, file.Architecture)).ToHashSet();
            // What is for another kind of machine is asked about in that machine's turn.
            var broken = pool.FindUninstallable(snapshot.Repository.ToString()).Where(package => wanted.Contains((package.Name, package.Version, package.Architecture))).ToList();
            Installable += wanted.Count - broken.Count;
            foreach (var package in broken)
                yield return $"{package.Name} {package.Version} ({package.Architecture}) cannot be installed: {string.Join("; ", package.Problems)}";
        }
    }

    private IEnumerable<SnapshotFile> Wanted(string architecture)
    {
        var own = files.Where(file => file.Architecture == architecture || EveryArchitecture.Contains(file.Architecture));
        // Of pacman packages the index names the newest only.
        return snapshot.Type != PackageType.Pacman ? own : own.GroupBy(file => file.Name, StringComparer.Ordinal)
            .Select(same => same.Aggregate((best, next) => VersionOrder.ComparePacman(next.Version, best.Version) > 0 ? next : best));
    }
}
