using Dapper;
using Slipway.Content;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What people may ask of the build service; who may is the caller's matter.</summary>
public sealed class BuildActions(IReadOnlyList<SourceRepository> sources, Database database, ContentStore store, Outbox outbox, BuildBells bells)
{
    /// <summary>Asks for a build of a package at the head of its branch; returns the request's id.</summary>
    public string Start(string package, string dist, string arch)
    {
        if (!PackagePath.TryParse(package, out var path)) throw Wrong(package, "it is no package path", "projects/PROJECT/NAME");
        foreach (var source in sources)
        {
            if (source.Head() is not { } head || source.Git.ObjectOf(head, BytePath.From(package)) is null) continue;
            var pins = new SourcePins(source, head, store);
            var check = pins.Check(package);
            var target = check.Targets.FirstOrDefault(one => one.Name == $"{dist}.{arch}")
                ?? throw Wrong(package, check.Faults.Count > 0 ? string.Join("; ", check.Faults) : $"it has no target {dist}.{arch}", check.Targets.Count > 0 ? string.Join(", ", check.Targets.Select(one => one.Name)) : null);
            return Ask(path, target, pins.Pin(package, target));
        }
        throw Wrong(package, "no source repository has it", "slipway builds list");
    }

    private sealed record Row(string State, string Package, string Dist, string Arch, long Image, string RunnerGroup, string Repository, string Commit, string Tree, long Epoch, string? DistFile);

    /// <summary>Asks for the same source to be built again; returns the new request's id.</summary>
    public string Retry(long id)
    {
        var row = Find(id);
        if (!PackagePath.TryParse(row.Package, out var path)) throw Wrong($"build {id}", $"{row.Package} is no package path", null);
        return Ask(path, row.Image != 0 ? new(row.RunnerGroup, null, new(row.Arch, row.Dist)) : new(row.RunnerGroup, new(row.Arch, row.Dist), null), new Pin(row.Repository, row.Commit, row.Tree, row.Epoch, row.DistFile));
    }

    /// <summary>Cancels a build that is queued, waiting or running; its processes end within a heartbeat.</summary>
    public void Cancel(long id)
    {
        var row = Find(id);
        var now = database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var changed = database.Write(transaction => transaction.Connection!.Execute(
            "UPDATE builds_build SET state = 'cancelled', reason = 'cancelled on request', finished = @now WHERE id = @id AND state IN ('queued', 'waiting', 'running')", new { id, now }, transaction));
        if (changed == 0) throw Wrong($"build {id}", $"it is {row.State} already", null);
        bells.Runner.Ring();
        bells.Collect.Ring();
    }

    private Row Find(long id) => database.Read(connection => connection.QuerySingleOrDefault<Row>("""
        SELECT state AS State, package AS Package, dist AS Dist, arch AS Arch, image AS Image, runner_group AS RunnerGroup, repository AS Repository,
            commit_id AS "Commit", tree AS Tree, epoch AS Epoch, dist_file AS DistFile FROM builds_build WHERE id = @id
        """, new { id })) ?? throw Wrong($"build {id}", "there is none of that number", "slipway builds list");

    private string Ask(PackagePath package, SourceTarget target, Pin pin)
    {
        var request = new BuildRequest
        {
            RequestId = Guid.CreateVersion7(database.Clock.GetUtcNow()).ToString(),
            Project = package.ToString(),
            RunnerGroup = target.RunnerGroup,
            Package = target.Package,
            Image = target.Image,
            Action = target.Package is null ? ResponseCodes.ImageRebuildRequested : ResponseCodes.PackageRebuildRequested,
        };
        database.Write(transaction =>
        {
            pin.Write(transaction, request.RequestId, database.Clock.GetUtcNow());
            Outbox.Add(transaction, target.RunnerGroup, request.RequestId, MessageCodec.Write(request));
        });
        outbox.Send();
        bells.Requests.Ring();
        return request.RequestId;
    }

    private static SlipwayException Wrong(string what, string why, string? remedy) => new(what, why, remedy) { Kind = FailureKind.Usage };
}
