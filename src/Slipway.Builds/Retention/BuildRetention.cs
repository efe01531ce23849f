using System.Data;
using System.Text;
using Dapper;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>Whose results and sources stay.</summary>
public sealed record BuildAge
{
    /// <summary>How long the results and sources of a finished build stay.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The newest successful builds of every target, which stay however old they are.</summary>
    public int Keep { get; init; } = 2;
}

/// <summary>What builds need of the content store, and the end of what old builds have left. Records and logs stay.</summary>
public sealed class BuildRetention(Database database, DataDirectory data, ContentStore store)
{
    private const long MaxSourcesBytes = 1 << 20;

    private sealed record Row(long Id, string Tree, string? DistFile);

    /// <summary>Results, source trees, their fetched sources and dist files of the builds in retention, of what waits to be built, and of requests that may still come.</summary>
    public IEnumerable<Digest> Needed(BuildAge age)
    {
        var held = database.Read(connection => Held(connection, age));
        var pinned = database.Read(connection => connection.Query<(string Tree, string? Dist)>("SELECT tree, dist FROM builds_pin WHERE time > @since", new { since = Since(age) }).ToList());
        var results = database.Read(connection => held.SelectMany(build => connection.Query<string>("SELECT digest FROM builds_result WHERE build_id = @Id", build)).ToList());
        var trees = held.Select(build => build.Tree).Concat(pinned.Select(pin => pin.Tree)).Distinct().Where(text => Digest.TryParse(text, out _)).Select(Digest.Parse).ToList();
        return [
            .. results.Select(Digest.Parse),
            .. trees,
            .. trees.SelectMany(tree => FetchedSources(store, tree)),
            .. held.Select(build => build.DistFile).Concat(pinned.Select(pin => pin.Dist)).OfType<string>().Distinct().Select(Digest.Parse),
        ];
    }

    /// <summary>The packages that the build roots on disk were made of: a root that has to be made again needs no mirror.</summary>
    public IEnumerable<Digest> NeededByRoots()
    {
        if (!Directory.Exists(data.Roots)) return [];
        return Directory.EnumerateDirectories(data.Roots).Select(layer => Path.Combine(layer, Roots.LayerMaker.PackagesName)).Where(File.Exists)
            .SelectMany(File.ReadAllLines).Select(Digest.Parse);
    }

    /// <summary>Removes the result files beside the logs of builds out of retention, which share their bytes with the store.</summary>
    /// <returns>The builds whose results went.</returns>
    public IReadOnlyList<long> Retire(BuildAge age, bool dryRun)
    {
        if (!Directory.Exists(data.Builds)) return [];
        var held = database.Read(connection => Held(connection, age)).Select(build => build.Id).ToHashSet();
        var ended = database.Read(connection => connection.Query<long>("SELECT id FROM builds_build ORDER BY id")).Where(id => !held.Contains(id) && Directory.Exists(Path.Combine(data.Build(id), "results"))).ToList();
        foreach (var id in dryRun ? [] : ended)
        {
            using var build = RootedTree.Open(data.Build(id));
            build.RemoveTree(BytePath.From("results"));
        }
        return ended;
    }

    // What is built but not yet published is held by nothing else.
    private List<Row> Held(IDbConnection connection, BuildAge age) => connection.Query<Row>("""
        SELECT id, tree, dist_file AS DistFile FROM (
            SELECT id, tree, dist_file, state, snapshot, image, finished, row_number() OVER (PARTITION BY package, dist, arch, image, state ORDER BY id DESC) AS place FROM builds_build)
        WHERE state IN ('queued', 'running') OR (state = 'succeeded' AND (place <= @Keep OR snapshot IS NULL)) OR finished IS NULL OR finished > @since ORDER BY id
        """, new { age.Keep, since = Since(age) }).ToList();

    private long Since(BuildAge age) => (database.Clock.GetUtcNow() - age.Age).ToUnixTimeMilliseconds();

    internal static IReadOnlyList<Digest> FetchedSources(ContentStore store, Digest tree)
    {
        if (!store.Contains(tree)) return [];
        using var content = store.Open(tree);
        using var tar = new TarReader(content);
        while (tar.Next() is { } entry)
        {
            if (entry.Type != NodeType.Regular || entry.Name != BytePath.From(SourcesFile.FileName) || entry.Size > MaxSourcesBytes) continue;
            using var text = new StreamReader(tar.Content, Encoding.UTF8);
            return [.. SourcesFile.Parse(text.ReadToEnd(), SourcesFile.FileName, out _).Select(source => source.Digest)];
        }
        return [];
    }
}
