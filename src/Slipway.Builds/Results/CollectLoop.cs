using System.Data;
using Dapper;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// Publishes what was built: one signed snapshot for each project and dist whose builds have settled. Failed builds contribute
/// nothing. Publishing the same files again changes nothing, so a crash between publishing and noting it does no harm.
/// </summary>
public sealed class CollectLoop(
    Database database, RepositoryStore repositories, BaseRepositories bases, ContentStore store, IReadOnlyList<SourceRepository> sources, Identity identity, BuildBells bells, Action<string> say)
{
    private readonly DependentRebuilds _rebuilds = new(database, store, sources, new BuildQueue(database, identity));
    private readonly HashSet<RepositoryId> _failed = [];

    private sealed class Group
    {
        public string Project { get; init; } = "";
        public string Dist { get; init; } = "";
        public string? DistFile { get; init; }
    }

    private sealed record Row(long Id, string Package, string Name, string Digest, string Type);

    /// <summary>Publishes every settled batch; returns the new snapshots.</summary>
    public IReadOnlyList<Snapshot> Step()
    {
        var snapshots = new List<Snapshot>();
        foreach (var group in database.Read(Settled).Where(group => group.DistFile is null || bases.IsReady(group.DistFile)))
        {
            var id = new RepositoryId(group.Project, group.Dist);
            try
            {
                snapshots.Add(Publish(id, group));
                _failed.Remove(id);
            }
            catch (Exception error) when (error is SlipwayException or IOException)
            {
                if (_failed.Add(id)) say($"publishing {id} failed and is tried again: {error.Message}");
                Note(group, $"not yet published: {error.Message}");
            }
        }
        if (snapshots.Count == 0) return snapshots;
        bells.Runner.Ring();
        bells.Releases.Ring();
        return snapshots;
    }

    /// <summary>Publishes as builds end; an error is said and tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                Step();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                say($"collecting failed and is tried again: {error.Message}");
            }
            await bells.Collect.WaitAsync(TimeSpan.FromMilliseconds(_failed.Count == 0 ? 250 : 5000), cancellation).ConfigureAwait(false);
        }
    }

    private static List<Group> Settled(IDbConnection connection) => connection.Query<Group>("""
        SELECT project AS Project, dist AS Dist, (SELECT dist_file FROM builds_build n WHERE n.dist = b.dist AND n.image = b.image ORDER BY n.id DESC LIMIT 1) AS DistFile
        FROM builds_build b
        WHERE state = 'succeeded' AND snapshot IS NULL AND NOT EXISTS (SELECT 1 FROM builds_build o
            WHERE o.project = b.project AND o.dist = b.dist AND o.state IN ('queued', 'running'))
        GROUP BY project, dist ORDER BY project, dist
        """).ToList();

    private Snapshot Publish(RepositoryId id, Group group)
    {
        var rows = database.Read(connection => connection.Query<Row>("""
            SELECT b.id AS Id, b.package AS Package, r.name AS Name, r.digest AS Digest, b.type AS Type FROM builds_build b
            JOIN builds_result r ON r.build_id = b.id
            WHERE b.project = @Project AND b.dist = @Dist AND b.state = 'succeeded' AND b.snapshot IS NULL ORDER BY b.id, r.name
            """, group).ToList());
        // The bundle of an image is an rpm.
        var type = rows[0].Type == "image" ? PackageType.Rpm : Enum.Parse<PackageType>(rows[0].Type, ignoreCase: true);
        var newest = rows.GroupBy(row => row.Package, StringComparer.Ordinal).ToDictionary(package => package.Key, package => package.Max(row => row.Id), StringComparer.Ordinal);
        var current = repositories.Current(id);
        var changes = _rebuilds.Look([.. newest.Values], current is null ? new HashSet<string>() : repositories.Files(id, current.Number).Select(file => Path.GetFileName(file.Path)).ToHashSet(StringComparer.Ordinal));
        var files = rows.Where(row => newest[row.Package] == row.Id && !changes.Same.ContainsKey(row.Id) && IsPublished(row.Name, type))
            .Select(row => new PublishedFile(Digest.Parse(row.Digest), row.Name, BuildQueue.BuildNode(row.Id))).ToList();
        var builds = rows.Select(row => row.Id).Distinct().ToList();
        repositories.Configure(id, group.DistFile is { } file ? bases.IndexOf(file) : new IndexSettings());
        var snapshot = files.Count == 0 && current is not null && newest.Values.All(changes.Same.ContainsKey)
            ? current
            : repositories.Publish(id, type, files, new SnapshotOrigin(builds.Count == 1 ? $"build {builds[0]}" : $"builds {string.Join(", ", builds)}"));
        var again = database.Write(transaction =>
        {
            transaction.Connection!.Execute("UPDATE builds_build SET snapshot = @Number, reason = NULL WHERE id IN @builds", new { snapshot.Number, builds }, transaction);
            foreach (var (build, stands) in changes.Same)
                transaction.Connection!.Execute("UPDATE builds_build SET stands = @stands, reason = @reason WHERE id = @build", new { build, stands, reason = $"it came to what build {stands} has published" }, transaction);
            return _rebuilds.Add(transaction, changes.Changes);
        });
        say($"{id}: snapshot {snapshot.Number} with {snapshot.Packages} packages, new from builds {string.Join(", ", builds)}");
        foreach (var one in again) say(one);
        return snapshot;
    }

    // A deb's source package, which is what a recipe leaves besides, is published with it.
    private static bool IsPublished(string name, PackageType type) => type == PackageType.Deb || (PackageFile.TypeOf(name) == type && !name.EndsWith(".src.rpm", StringComparison.Ordinal));

    private void Note(Group group, string reason) => database.Write(transaction => transaction.Connection!.Execute("""
        UPDATE builds_build SET reason = @reason WHERE project = @Project AND dist = @Dist AND state = 'succeeded' AND snapshot IS NULL AND reason IS NOT @reason
        """, new { group.Project, group.Dist, reason }, transaction));
}
