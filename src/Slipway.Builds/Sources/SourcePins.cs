using System.Data;
using System.Text;
using Dapper;
using Slipway.Builds.Roots;
using Slipway.Content;

namespace Slipway.Builds;

/// <summary>What exactly a request asks to be built: the tree of a package at a commit, and the file of its dist.</summary>
internal sealed record Pin(string Repository, string Commit, string Tree, long Epoch, string? DistFile)
{
    // A request that takes longer than this from fetch to its row holds nobody up any more.
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(30);

    public void Write(IDbTransaction transaction, string requestId, DateTimeOffset time) => transaction.Connection!.Execute(
        "INSERT INTO builds_pin(request_id, repository, commit_id, tree, epoch, dist, time) VALUES(@requestId, @Repository, @Commit, @Tree, @Epoch, @DistFile, @time)",
        new { requestId, Repository, Commit, Tree, Epoch, DistFile, time = time.ToUnixTimeMilliseconds() }, transaction);

    /// <summary>
    /// True while requests of a commit are on their way: until all of them are builds, nobody can say which must wait for which.
    /// </summary>
    public static bool AnyOnTheWay(IDbConnection connection, DateTimeOffset now) => connection.ExecuteScalar<bool>("""
        SELECT EXISTS (SELECT 1 FROM builds_pin p WHERE p.time BETWEEN @from AND @to AND NOT EXISTS (SELECT 1 FROM builds_request r WHERE r.request_id = p.request_id))
        """, new { from = (now - OnTheWay).ToUnixTimeMilliseconds(), to = now.ToUnixTimeMilliseconds() });

    public static Pin? Read(IDbConnection connection, string requestId) => connection.QuerySingleOrDefault<Pin>("""
        SELECT repository AS Repository, commit_id AS "Commit", tree AS Tree, epoch AS Epoch, dist AS DistFile FROM builds_pin WHERE request_id = @requestId
        """, new { requestId });
}

/// <summary>A commit of a source repository, read once: its packages, the trees and dist files that requests are pinned to.</summary>
internal sealed class SourcePins(SourceRepository source, string commit, ContentStore store)
{
    private readonly Dictionary<string, IReadOnlyList<SourceFault>?> _dists = new(StringComparer.Ordinal);

    public string Commit => commit;

    public SourceTree Tree { get; } = source.TreeAt(commit);

    /// <summary>When the commit was made, in seconds since 1970: the time that builds of it take for now.</summary>
    public long Epoch => source.Git.Log(null, commit, atMost: 1)[0].Committed.ToUnixTimeSeconds();

    /// <summary>The files of a package, relative to it.</summary>
    public IReadOnlyList<string> FilesOf(PackagePath package)
    {
        var prefix = $"{package}/";
        return [.. source.Git.ListTree(commit, BytePath.From(package.ToString())).Select(entry => entry.Path.ToString())
            .Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Select(path => path[prefix.Length..])];
    }

    public SourceCheck Check(string package) => SourceCheck.Of(package, Read, DistFaults);

    public Digest TreeOf(string package) =>
        PackageTree.Store(source.Git, commit, PackagePath.TryParse(package, out var path) ? path : throw new ArgumentException($"no package path: {package}"), store);

    public byte[]? Read(string file) => source.Git.ReadFile(commit, BytePath.From(file));

    public Digest? DistFile(SourceTarget target) =>
        target.Package is { } package && DistText.Whole(package.Dist, DistOf) is { } whole ? store.Add(Encoding.UTF8.GetBytes(whole)) : null;

    /// <summary>The dists that are, or extend, one of those named.</summary>
    public IReadOnlySet<string> Extending(IReadOnlySet<string> dists) => Tree.Dists.Where(dist => ChainOf(dist).Any(dists.Contains)).Concat(dists).ToHashSet(StringComparer.Ordinal);

    private IReadOnlyList<string> ChainOf(string dist)
    {
        try
        {
            return DistText.Chain(dist, DistOf);
        }
        catch (ConfigException)
        {
            // What is wrong with it is said where it is checked.
            return [dist];
        }
    }

    private string? DistOf(string dist) => Read($"dists/{dist}.yml") is { } file ? Encoding.UTF8.GetString(file) : null;

    public Pin Pin(string package, SourceTarget target) =>
        new(source.Name, commit, TreeOf(package).ToString(), Epoch, DistFile(target)?.ToString());

    private IReadOnlyList<SourceFault>? DistFaults(string dist)
    {
        if (_dists.TryGetValue(dist, out var known)) return known;
        return _dists[dist] = Tree.Dists.Contains(dist) ? Faults(dist) : null;
    }

    private List<SourceFault> Faults(string dist)
    {
        try
        {
            Dist.Parse(DistText.Whole(dist, DistOf)!, $"dists/{dist}.yml");
            return [];
        }
        catch (ConfigException error)
        {
            return [.. error.Errors.Select(fault => new SourceFault(fault.File, fault.Line, fault.Message))];
        }
    }
}
