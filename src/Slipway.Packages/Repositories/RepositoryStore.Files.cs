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
        var needed = new HashSet<string>(_records.PathsHeld(id).SelectMany(held => Shares(type, held)), StringComparer.Ordinal);
        foreach (var snapshot in history)
            foreach (var (path, digest) in _records.Indexes(id, snapshot.Number)) needed.Add(type == PackageType.Deb ? $"by-hash/SHA256/{digest}" : path);
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
                if (!needed.Contains(file.Path.ToString()) && !needed.Contains(file.Path.Name.ToString())) files.Remove(file.Path);
        }
    }

    // A pacman package lies in the directory of each architecture, under its name.
    private static IEnumerable<string> Shares(PackageType type, string path) => type == PackageType.Pacman ? [path, path + ".sig"] : [path];

    private SharedFiles Share(RepositoryId id, SnapshotTree tree, PackageType type, IReadOnlyList<PackageEntry> members)
    {
        var architectures = type == PackageType.Pacman ? PacmanIndex.Architectures(members) : [];
        var files = members.SelectMany(entry => (type == PackageType.Pacman ? PacmanIndex.Locations(entry, architectures) : [entry.Path]).Select(path => (path, entry.Digest))).ToList();
        var shared = tree.Shared();
        var held = _records.EverHeld(id, members.Select(entry => entry.Path));
        if (members.Any(entry => held.TryGetValue(entry.Path, out var digest) && digest != entry.Digest)) shared = tree.Shared(fresh: true);
        foreach (var (path, digest) in files)
        {
            shared.Link(path, digest);
            Reached?.Invoke("linking");
        }
        return shared;
    }

    /// <summary>The names in a snapshot that lead to its shared files.</summary>
    private static IEnumerable<(string Path, string Target)> Links(PackageType type, SharedFiles shared, IReadOnlyList<IndexFile> indexes)
    {
        if (type == PackageType.Deb) return AptIndex.Links(indexes).Append(("pool", $"{SharedFiles.Name}/pool"));
        var own = indexes.Select(index => index.Path is { } path && path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : "").ToHashSet();
        foreach (var index in indexes.Where(index => index.SharedPath is null && index.Path!.Contains('/', StringComparison.Ordinal))) shared.PointThrough(index.Path!);
        return [.. shared.Directories().Where(name => !own.Contains(name)).Select(name => (name, $"{SharedFiles.Name}/{name}"))];
    }
}
