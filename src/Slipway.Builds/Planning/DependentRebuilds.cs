using System.Data;
using System.Text.Json;
using Dapper;
using Slipway.Content;
using Slipway.Packages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What a batch of builds changes.</summary>
/// <param name="Changes">Packages of which whoever builds with them sees a difference.</param>
/// <param name="Same">Builds that came to what is published already, by that earlier build: its files stand.</param>
internal sealed record BuildChanges(IReadOnlyList<PackageChange> Changes, IReadOnlyDictionary<long, long> Same);

/// <summary>
/// Asks for new builds of what needs a package whose published result has changed. It is written in the transaction that notes the snapshot: a build that
/// has not started then will have the change, and one that has is built again.
/// </summary>
internal sealed class DependentRebuilds(Database database, ContentStore store, IReadOnlyList<SourceRepository> sources, BuildQueue queue)
{
    private sealed class Row
    {
        public long Id { get; init; }
        public string Package { get; init; } = "";
        public string Project { get; init; } = "";
        public string Dist { get; init; } = "";
        public string Arch { get; init; } = "";
        public string RunnerGroup { get; init; } = "";
        public string Type { get; init; } = "";
        public string State { get; init; } = "";
        public string Produces { get; init; } = "[]";
        public string Needs { get; init; } = "[]";
        public string Chosen { get; init; } = "[]";
        public string Wave { get; init; } = "";
        public int Pass { get; init; }
        public int Rebuild { get; init; }
        public string? Because { get; init; }
        public string Repository { get; init; } = "";
        public string Commit { get; init; } = "";
        public string Tree { get; init; } = "";
        public string? DistFile { get; init; }
        public long Epoch { get; init; }

        public KnownBuild Known => new(
            new(Id, Package, Project, Dist, Arch, RunnerGroup, false, StateWords.Build(State), false, Names(Produces), Names(Needs)), Wave, Pass, Names(Chosen));

        private static List<string> Names(string json) => JsonSerializer.Deserialize<List<string>>(json)!;
    }

    private const string Columns = """
        SELECT id AS Id, package AS Package, project AS Project, dist AS Dist, arch AS Arch, runner_group AS RunnerGroup, type AS Type, state AS State, produces AS Produces, needs AS Needs,
            chosen AS Chosen, wave AS Wave, pass AS Pass, because AS Because, rebuild AS Rebuild, repository AS Repository, commit_id AS "Commit", tree AS Tree, dist_file AS DistFile, epoch AS Epoch FROM builds_build
        """;

    /// <summary>How the results of these builds, which are about to be published, differ from those published before.</summary>
    /// <param name="published">Names of the files that are published now.</param>
    public BuildChanges Look(IReadOnlyList<long> builds, IReadOnlySet<string> published)
    {
        var rows = database.Read(connection => connection.Query<Row>($"{Columns} WHERE id IN @builds AND image = 0 ORDER BY id", new { builds }).ToList());
        var changes = new List<PackageChange>();
        var same = new Dictionary<long, long>();
        foreach (var row in rows)
        {
            var type = Enum.Parse<PackageType>(row.Type, ignoreCase: true);
            var earlier = database.Read(connection => Earlier(connection, row, type));
            var files = database.Read(connection => Files(connection, row.Id, type));
            var now = files.Select(one => ResultContent.Read(store, one.Digest, type, row.Rebuild)).ToList();
            if (ResultDifference.Of([.. earlier?.Files.Select(one => ResultContent.Read(store, one.Digest, type, earlier.Rebuild)) ?? []], now) is not { } difference)
            {
                if (earlier!.Files.TrueForAll(one => published.Contains(one.Name)) && !earlier.Files.SequenceEqual(files)) same[row.Id] = earlier.Id;
                continue;
            }
            var strategy = row.DistFile is { } file ? DistFile.Read(store, Digest.Parse(file), row.Dist, row.Arch).Rebuild : RebuildStrategy.All;
            var names = now.SelectMany(one => one.Provides.Select(ResultContent.NameOf).Append(one.Name)).Concat(row.Known.Build.Produces).Distinct();
            changes.Add(new(row.Known, [.. names], difference, strategy, row.Because is not null));
        }
        return new(changes, same);
    }

    private sealed record Standing(long Id, int Rebuild, List<(string Name, Digest Digest)> Files);

    // What retention took away cannot be compared.
    private Standing? Earlier(IDbConnection connection, Row row, PackageType type)
    {
        var earlier = connection.QueryFirstOrDefault<(long? Id, long? Rebuild)>("""
            SELECT o.id, o.rebuild FROM builds_build b JOIN builds_build o ON o.id = coalesce(b.stands, b.id)
            WHERE b.package = @Package AND b.dist = @Dist AND b.arch = @Arch AND b.image = 0 AND b.snapshot IS NOT NULL AND b.id < @Id ORDER BY b.id DESC LIMIT 1
            """, row);
        if (earlier.Id is not { } id) return null;
        var files = Files(connection, id, type);
        return files.TrueForAll(one => store.Contains(one.Digest)) ? new(id, (int)earlier.Rebuild!.Value, files) : null;
    }

    private static List<(string Name, Digest Digest)> Files(IDbConnection connection, long build, PackageType type) =>
        [.. connection.Query<(string Name, string Digest)>("SELECT name, digest FROM builds_result WHERE build_id = @build ORDER BY name", new { build })
            .Where(one => PackageFile.TypeOf(one.Name) == type && !one.Name.EndsWith(".src.rpm", StringComparison.Ordinal)).Select(one => (one.Name, Digest.Parse(one.Digest)))];

    /// <summary>Puts the builds that the changes make necessary into the queue; returns what for, in words.</summary>
    public IReadOnlyList<string> Add(IDbTransaction transaction, IReadOnlyList<PackageChange> changes)
    {
        var said = new List<string>();
        foreach (var target in changes.GroupBy(change => (change.Of.Build.Dist, change.Of.Build.Arch)))
        {
            var rows = transaction.Connection!.Query<Row>($"""
                {Columns} WHERE id IN (SELECT max(id) FROM builds_build WHERE dist = @Dist AND arch = @Arch AND image = 0 GROUP BY package, runner_group)
                """, new { target.Key.Dist, target.Key.Arch }, transaction).ToDictionary(row => row.Id);
            foreach (var rebuild in RebuildPlan.Of([.. rows.Values.Select(row => row.Known)], [.. target]))
            {
                var row = rows[rebuild.Build];
                if (!IsThere(row) || !PackagePath.TryParse(row.Package, out var path)) continue;
                var source = new QueuedSource(new(row.Repository, row.Commit, row.Tree, row.Epoch, row.DistFile), path, row.Type, new(row.Known.Build.Produces, row.Known.Build.Needs));
                var id = queue.AddRebuild(transaction, source, new(row.Arch, row.Dist), row.RunnerGroup, rebuild);
                said.Add($"build {id} of {row.Package} for {row.Dist}.{row.Arch}, because {rebuild.Because}");
            }
        }
        return said;
    }

    // A package that its branch has no more is not built again; a repository that another machine fetches cannot be asked.
    private bool IsThere(Row row) => sources.FirstOrDefault(source => source.Name == row.Repository) is not { } source
        || (source.Head() is { } head && source.Git.ObjectOf(head, BytePath.From($"{row.Package}/.cb/cloud_builder.yml")) is not null);
}
