using Slipway.Content;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    private static readonly TimeSpan LeastExportGrace = TimeSpan.FromHours(1);

    /// <summary>Writes the current snapshot to a plain directory (an absolute path) or to a store that rclone knows (<c>NAME:PATH</c>, from the data directory's <c>rclone.conf</c>), then removes what earlier exports wrote there and no snapshot names any more.</summary>
    /// <param name="url">Where clients will find it, for their configuration.</param>
    public ExportReport Export(RepositoryId id, string to, string url, ExportPruning pruning, CancellationToken cancellation)
    {
        var isDirectory = to.StartsWith('/');
        var configuration = Path.Combine(data.Root, "rclone.conf");
        if (!isDirectory && (to.StartsWith('-') || to.IndexOf(':', StringComparison.Ordinal) is -1 || !File.Exists(configuration)))
            throw new SlipwayException($"export {id} to {to}", "it is neither an absolute path nor NAME:PATH of a store that rclone.conf in the data directory describes", $"rclone --config {configuration} config") { Kind = FailureKind.Usage };
        if (pruning.Grace < LeastExportGrace)
            throw new SlipwayException($"a grace of {pruning.Grace}", "clients that are half-way through the snapshot before would not find what it names", "one hour or more") { Kind = FailureKind.Usage };
        // Nothing of the snapshot is removed while it is read.
        using var writer = Hold(id);
        var snapshot = Require(id);
        var scratch = Path.Combine(data.Cache, "export-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        Directory.CreateDirectory(scratch);
        try
        {
            var files = ExportedFiles(snapshot, url, Path.Combine(scratch, "client"));
            ExportPlace place = isDirectory ? new ExportDirectory(to) : new ExportStore(to, configuration, Path.Combine(scratch, "stage"), cancellation);
            return Export(snapshot, files, place, to.TrimEnd('/'), pruning);
        }
        finally
        {
            using var cache = RootedTree.Open(data.Cache);
            cache.RemoveTree(BytePath.From(Path.GetFileName(scratch)));
        }
    }

    private ExportReport Export(Snapshot snapshot, List<ExportedFile> files, ExportPlace place, string to, ExportPruning pruning)
    {
        var id = snapshot.Repository;
        var there = _records.Exported(id, to);
        var changed = files.Where(file => there.TryGetValue(file.Path, out var digest) && digest != file.Digest).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var export = new SnapshotExport(files, changed);
        if (!pruning.DryRun)
        {
            _records.WillExport(id, to, files.Where(file => there.GetValueOrDefault(file.Path) != file.Digest));
            export.Write(place);
            _records.HasExported(id, to, files, clock.GetUtcNow().ToUnixTimeSeconds());
            Reached?.Invoke("exported");
        }
        var named = files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var superseded = _records.Superseded(id, to).Where(one => !named.Contains(one.Path)).ToList();
        var removed = pruning.KeepSuperseded ? [] : Prunable(id, snapshot.Type, superseded, pruning.Grace);
        if (removed.Count > 0 && !pruning.DryRun)
        {
            place.Remove(removed);
            _records.ForgetExported(id, to, removed);
        }
        return new(id.ToString(), snapshot.Number, to, files.Count - export.Pointers, export.Pointers, removed, superseded.Count - removed.Count, pruning.DryRun);
    }

    private List<string> Prunable(RepositoryId id, PackageType type, List<(string Path, long Since)> superseded, TimeSpan grace)
    {
        var before = (clock.GetUtcNow() - grace).ToUnixTimeSeconds();
        var named = NamedBySnapshots(id, type);
        return [.. superseded.Where(one => one.Since <= before && !IsNamed(named, one.Path)).Select(one => one.Path)];
    }

    private List<ExportedFile> ExportedFiles(Snapshot snapshot, string url, string scratch)
    {
        var id = snapshot.Repository;
        Directory.CreateDirectory(scratch);
        var ofClients = ClientFiles(id, url.TrimEnd('/'));
        foreach (var (name, content) in ofClients) File.WriteAllBytes(Path.Combine(scratch, name), content);
        var members = _records.Members(id, snapshot.Number);
        var architectures = PacmanIndex.Architectures(members.Select(entry => entry.Architecture));
        var packages = members.SelectMany(entry => Exported(snapshot, entry, architectures));
        var indexes = _records.Indexes(id, snapshot.Number).Where(index => !ofClients.ContainsKey(index.Key))
            .SelectMany(index => Names(index.Key, index.Value).Select(name => new ExportedFile(name, Path.Combine(snapshot.Path, index.Key), index.Value)));
        return [.. packages, .. indexes, .. ofClients.Select(file => new ExportedFile(file.Key, Path.Combine(scratch, file.Key), Digest.Of(file.Value).ToString()))];
    }

    private static IEnumerable<ExportedFile> Exported(Snapshot snapshot, PackageEntry entry, IReadOnlyList<string> architectures)
    {
        foreach (var path in snapshot.Type == PackageType.Pacman ? PacmanIndex.Locations(entry, architectures) : [entry.Path])
        {
            var source = Path.Combine(snapshot.Path, SharedFiles.Name, path);
            yield return new(path, source, entry.Digest.ToString());
            if (snapshot.Type == PackageType.Pacman && entry.Parts[2].Length > 0) yield return new(path + ".sig", source + ".sig", Digest.Of(entry.Parts[2]).ToString());
        }
    }

    // apt's by-hash names are links in our own tree; elsewhere they are files of their own.
    private static IEnumerable<string> Names(string path, string digest)
    {
        yield return path;
        if (path.StartsWith("dists/", StringComparison.Ordinal) && path.Count(c => c == '/') > 2) yield return $"{Path.GetDirectoryName(path)}/by-hash/SHA256/{digest}";
    }
}
