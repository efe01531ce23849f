using Slipway.Content;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>The name in a snapshot's tree of what it shares with others.</summary>
    public const string SharedName = SharedFiles.Name;

    /// <summary>The number of the snapshot that clients see; null when there is no such repository.</summary>
    public long? Shown(RepositoryId id) => Tree(id).Current();

    /// <summary>What a client of the repository at this address needs: the public key, and the file that its package manager reads. By name.</summary>
    /// <param name="url">Of the directory with the indexes, without a slash at the end.</param>
    /// <param name="mirrors">Where dnf and zypper are told the address of a snapshot. Unset: the address is a plain directory, which they read as it is.</param>
    public IReadOnlyDictionary<string, byte[]> ClientFiles(RepositoryId id, string url, string? mirrors = null)
    {
        var current = Current(id) ?? throw new SlipwayException($"repository {id}", "there is none of that name", "slipway repo list") { Kind = FailureKind.Usage };
        var key = File.ReadAllText(Path.Combine(current.Path, ClientConfiguration.KeyFile));
        return ClientConfiguration.Keys(key).Append(ClientConfiguration.Of(id, current.Type, url, key, mirrors)).ToDictionary(file => file.Path!, file => file.Content, StringComparer.Ordinal);
    }

    /// <summary>Removes shared files that no recorded snapshot of the repository names, and generations that none uses.</summary>
    private void SweepFiles(RepositoryId id)
    {
        if (_records.TypeOf(id) is not { } type || !Directory.Exists(Path.Combine(PathOf(id), SharedFiles.Name))) return;
        var history = History(id);
        var needed = NamedBySnapshots(id, type);
        var used = history.Select(snapshot => SharedFiles.GenerationOf(snapshot.Path)).ToHashSet();
        using var tree = RootedTree.Open(Path.Combine(PathOf(id), SharedFiles.Name));
        foreach (var generation in tree.List(BytePath.Empty))
        {
            if (!used.Contains(int.Parse(generation.Path.ToString(), null)))
            {
                tree.RemoveTree(generation.Path);
                continue;
            }
            using var files = tree.Subtree(generation.Path);
            foreach (var file in files.Walk().Where(entry => entry.Stat.Type == NodeType.Regular).ToList())
                if (!IsNamed(needed, file.Path.ToString())) files.Remove(file.Path);
        }
    }

    /// <summary>All that the recorded snapshots of a repository name: paths, and digests for what is found by them.</summary>
    private HashSet<string> NamedBySnapshots(RepositoryId id, PackageType type)
    {
        var named = new HashSet<string>(_records.PathsHeld(id).SelectMany(held => Shares(type, held)), StringComparer.Ordinal);
        foreach (var snapshot in History(id))
            foreach (var (path, digest) in _records.Indexes(id, snapshot.Number)) named.UnionWith([path, digest]);
        return named;
    }

    private static bool IsNamed(HashSet<string> named, string path) => named.Contains(path) || named.Contains(Path.GetFileName(path));

    // A pacman package lies in the directory of each architecture, under its name.
    private static IEnumerable<string> Shares(PackageType type, string path) => type == PackageType.Pacman ? [path, path + ".sig"] : [path];

    private SharedFiles Share(RepositoryId id, SnapshotTree tree, PackageType type, IndexChange change, IndexBuild build, Lazy<IReadOnlyList<PackageEntry>> all)
    {
        // Before its first snapshot a repository has held nothing.
        var held = tree.Current() is null ? new Dictionary<string, Digest>() : _records.EverHeld(id, change.Added.Select(entry => entry.Path));
        var isOther = change.Added.Any(entry => held.TryGetValue(entry.Path, out var digest) && digest != entry.Digest);
        var shared = tree.Shared(fresh: isOther);
        // An architecture that is new to pacman also needs the packages for any that were there before.
        var entries = isOther ? all.Value : type == PackageType.Pacman && build.Fresh.Count > 0 ? [.. all.Value.Where(entry => entry.Architecture == "any"), .. change.Added] : change.Added;
        Several.Run([.. entries.DistinctBy(entry => entry.Path)], entry =>
        {
            foreach (var path in type == PackageType.Pacman ? PacmanIndex.Locations(entry, build.Architectures) : [entry.Path])
            {
                shared.Link(path, entry.Digest);
                if (type == PackageType.Pacman && entry.Parts[2].Length > 0) shared.Write(path + ".sig", entry.Parts[2]);
                Reached?.Invoke("linking");
            }
        });
        return shared;
    }

    /// <summary>The names in a snapshot that lead to its shared files.</summary>
    private static IEnumerable<(string Path, string Target)> Links(PackageType type, SharedFiles shared, IReadOnlyList<IndexFile> indexes)
    {
        if (type == PackageType.Deb) return AptIndex.Links(indexes).Append(("pool", $"{SharedFiles.Name}/pool"));
        var own = indexes.Select(index => index.Path[..Math.Max(0, index.Path.IndexOf('/', StringComparison.Ordinal))]).ToHashSet();
        foreach (var index in indexes.Where(index => index.SharedPath is null && index.Path.Contains('/', StringComparison.Ordinal))) shared.PointThrough(index.Path);
        return [.. shared.Directories().Where(name => !own.Contains(name)).Select(name => (name, $"{SharedFiles.Name}/{name}"))];
    }
}
