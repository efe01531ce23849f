using Dapper;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>Makes the packages of a base repository out of the distribution's own; the package builder is the real one.</summary>
public delegate Task<IReadOnlyList<string>> BaseBuild(Dist dist, DistRepository repository, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation);

/// <summary>
/// Publishes, for every dist that asks for it, a repository of the distribution's packages that built ones need to run.
/// It is there before the first snapshot that needs it, and is made while the builds go on.
/// </summary>
public sealed class BaseRepositories(Database database, DataDirectory data, ContentStore store, RepositoryStore repositories, BaseBuild build, Action<string> say)
{
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    /// <summary>Makes what the dists of known builds ask for and is not published.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        var files = database.Read(connection => connection.Query<(string Dist, string File)>("""
            SELECT dist, dist_file FROM builds_build WHERE dist_file IS NOT NULL AND id IN (SELECT max(id) FROM builds_build WHERE image = 0 GROUP BY dist)
            """).ToList());
        foreach (var (name, file) in files.Where(one => !_done.Contains(one.File)))
        {
            var dist = DistFile.Read(store, Digest.Parse(file), name);
            foreach (var repository in dist.Repositories) await MakeAsync(dist, repository, cancellation).ConfigureAwait(false);
            _done.Add(file);
        }
    }

    private async Task MakeAsync(Dist dist, DistRepository repository, CancellationToken cancellation)
    {
        var id = new RepositoryId(repository.Name, dist.Name);
        var origin = $"packages of the distribution: {string.Join(' ', repository.Packages)}";
        if (repositories.Current(id) is { } current && current.Reason == origin) return;
        Directory.CreateDirectory(Path.Combine(data.Cache, "base"));
        using var log = new FileStream(Path.Combine(data.Cache, "base", $"{id.Word}-{dist.Name}.log"), FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        var files = await build(dist, repository, bytes => log.Write(bytes.Span), cancellation).ConfigureAwait(false);
        var snapshot = repositories.Replace(id, dist.Type, [.. files.Select(file => new PublishedFile(store.AddFile(file), Path.GetFileName(file)))], new SnapshotOrigin(origin));
        say($"{id}: snapshot {snapshot.Number} with {snapshot.Packages} packages of the distribution");
    }
}
