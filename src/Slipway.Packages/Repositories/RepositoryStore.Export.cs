using Slipway.Content;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>Writes the current snapshot to a plain directory (an absolute path) or to a store that rclone knows (<c>NAME:PATH</c>, from the data directory's <c>rclone.conf</c>).</summary>
    /// <param name="url">Where clients will find it, for their configuration.</param>
    public ExportReport Export(RepositoryId id, string to, string url, CancellationToken cancellation)
    {
        var isDirectory = to.StartsWith('/');
        var configuration = Path.Combine(data.Root, "rclone.conf");
        if (!isDirectory && (to.StartsWith('-') || to.IndexOf(':', StringComparison.Ordinal) is -1 || !File.Exists(configuration)))
            throw new SlipwayException($"export {id} to {to}", "it is neither an absolute path nor NAME:PATH of a store that rclone.conf in the data directory describes", $"rclone --config {configuration} config") { Kind = FailureKind.Usage };
        // Nothing of the snapshot is removed while it is read.
        using var writer = Hold(id);
        var snapshot = Require(id);
        var scratch = Path.Combine(data.Cache, "export-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        Directory.CreateDirectory(scratch);
        try
        {
            var files = ExportedFiles(snapshot, url, Path.Combine(scratch, "client"));
            var export = new SnapshotExport(files);
            if (isDirectory) export.ToDirectory(to);
            else export.ToStore(to, configuration, Path.Combine(scratch, "stage"), cancellation);
            return new(id.ToString(), snapshot.Number, to, files.Count - export.Pointers, export.Pointers);
        }
        finally
        {
            using var cache = RootedTree.Open(data.Cache);
            cache.RemoveTree(BytePath.From(Path.GetFileName(scratch)));
        }
    }

    private List<(string Path, string Source)> ExportedFiles(Snapshot snapshot, string url, string scratch)
    {
        var id = snapshot.Repository;
        Directory.CreateDirectory(scratch);
        var ofClients = ClientFiles(id, url.TrimEnd('/'));
        foreach (var (name, content) in ofClients) File.WriteAllBytes(Path.Combine(scratch, name), content);
        var members = _records.Members(id, snapshot.Number);
        var architectures = PacmanIndex.Architectures(members.Select(entry => entry.Architecture));
        var packages = members.SelectMany(entry => snapshot.Type == PackageType.Pacman
            ? PacmanIndex.Locations(entry, architectures).SelectMany(path => new[] { path, path + ".sig" })
            : [entry.Path]).Select(path => (path, Path.Combine(snapshot.Path, SharedFiles.Name, path)));
        var indexes = _records.Indexes(id, snapshot.Number).Where(index => !ofClients.ContainsKey(index.Key))
            .SelectMany(index => Names(index.Key, index.Value).Select(name => (name, Path.Combine(snapshot.Path, index.Key))));
        return [.. packages.Concat(indexes).Concat(ofClients.Keys.Select(name => (name, Path.Combine(scratch, name)))).Where(file => File.Exists(file.Item2))];
    }

    // apt's by-hash names are links in our own tree; elsewhere they are files of their own.
    private static IEnumerable<string> Names(string path, string digest)
    {
        yield return path;
        if (path.StartsWith("dists/", StringComparison.Ordinal) && path.Count(c => c == '/') > 2) yield return $"{Path.GetDirectoryName(path)}/by-hash/SHA256/{digest}";
    }
}
