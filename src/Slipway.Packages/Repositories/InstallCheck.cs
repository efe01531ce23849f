namespace Slipway.Packages.Repositories;

/// <summary>Whether each package of a snapshot can be installed by a client that has the repository and what surrounds it.</summary>
internal sealed class InstallCheck(Snapshot snapshot, IReadOnlyList<SnapshotFile> files, Action<SolverPool>? surround)
{
    private static readonly string[] EveryArchitecture = ["all", "any", "noarch"];
    private static readonly string[] Sources = ["src", "nosrc"];

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
            foreach (var file in Wanted(architecture))
            {
                var solution = pool.Resolve([Exactly(file)]);
                if (solution.Succeeded) Installable++;
                else yield return $"{file.Name} {file.Version} ({file.Architecture}) cannot be installed: {string.Join("; ", solution.Problems)}";
            }
        }
    }

    private IEnumerable<SnapshotFile> Wanted(string architecture)
    {
        var own = files.Where(file => file.Architecture == architecture || EveryArchitecture.Contains(file.Architecture));
        // Of pacman packages the index names the newest only.
        return snapshot.Type != PackageType.Pacman ? own : own.GroupBy(file => file.Name, StringComparer.Ordinal)
            .Select(same => same.Aggregate((best, next) => VersionOrder.ComparePacman(next.Version, best.Version) > 0 ? next : best));
    }

    private string Exactly(SnapshotFile file) => snapshot.Type switch
    {
        PackageType.Deb => $"{file.Name} (= {file.Version})",
        PackageType.Rpm => $"{file.Name} = {file.Version}",
        _ => $"{file.Name}={file.Version}",
    };
}
