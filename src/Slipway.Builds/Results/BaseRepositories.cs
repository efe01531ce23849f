using System.Collections.Concurrent;
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
public sealed class BaseRepositories(
    Database database, DataDirectory data, ContentStore store, RepositoryStore repositories, BaseBuild build, BuildBells bells, Action<string> say)
{
    private readonly ConcurrentDictionary<string, IndexSettings> _done = new(StringComparer.Ordinal);

    /// <summary>True when the dist of this file has the repositories that it asks for.</summary>
    public bool IsReady(string distFile) => _done.ContainsKey(distFile);

    /// <summary>How the repositories of a dist that is ready are indexed.</summary>
    public IndexSettings IndexOf(string distFile) => _done[distFile];

    /// <summary>Makes them as new dists come; an error is said and tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var pause = TimeSpan.FromSeconds(1);
            try
            {
                if (await StepAsync(cancellation).ConfigureAwait(false)) bells.Collect.Ring();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                say($"making a base repository failed and is tried again: {error.Message}");
                pause = TimeSpan.FromSeconds(15);
                await Task.Delay(pause, database.Clock, cancellation).ConfigureAwait(false);
            }
            await bells.Bases.WaitAsync(pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Makes what the dists of known builds ask for and is not published; false when there was nothing to do.</summary>
    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var before = _done.Count;
        var files = database.Read(connection => connection.Query<(string Dist, string File)>("""
            SELECT dist, dist_file FROM builds_build WHERE dist_file IS NOT NULL AND id IN (SELECT max(id) FROM builds_build WHERE image = 0 GROUP BY dist)
            """).ToList());
        foreach (var (name, file) in files.Where(one => !_done.ContainsKey(one.File)))
        {
            var dist = DistFile.Read(store, Digest.Parse(file), name);
            foreach (var repository in dist.Repositories) await MakeAsync(dist, repository, cancellation).ConfigureAwait(false);
            _done[file] = dist.Index;
        }
        return _done.Count > before;
    }

    private async Task MakeAsync(Dist dist, DistRepository repository, CancellationToken cancellation)
    {
        var id = new RepositoryId(repository.Name, dist.Name);
        var origin = $"packages of the distribution: {string.Join(' ', repository.Packages)}";
        if (repositories.Current(id) is { } current && current.Reason == origin) return;
        repositories.Configure(id, dist.Index);
        Directory.CreateDirectory(Path.Combine(data.Cache, "base"));
        using var log = new FileStream(Path.Combine(data.Cache, "base", $"{id.Word}-{dist.Name}.log"), FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        var files = await build(dist, repository, bytes => log.Write(bytes.Span), cancellation).ConfigureAwait(false);
        var snapshot = repositories.Replace(id, dist.Type, [.. files.Select(file => new PublishedFile(store.AddFile(file), Path.GetFileName(file)))], new SnapshotOrigin(origin));
        say($"{id}: snapshot {snapshot.Number} with {snapshot.Packages} packages of the distribution");
    }
}
