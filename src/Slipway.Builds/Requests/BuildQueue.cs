using System.Data;
using System.Text;
using System.Text.Json;
using Dapper;
using Slipway.Builds.Kiwi;
using Slipway.Content;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What an accepted request will be built from.</summary>
internal sealed record QueuedSource(Pin Pin, PackagePath Package, string Type, RecipeNames Names)
{
    /// <param name="pin">What the request was pinned to by fetch; null for a request from elsewhere, which is pinned to the branch head now.</param>
    public static QueuedSource Of(BuildRequest request, PackagePath package, Pin? pin, SourcePins pins, ContentStore store)
    {
        var target = new SourceTarget(request.RunnerGroup, request.Package, request.Image);
        var given = pin ?? pins.Pin(package.ToString(), target);
        if (request.Package is null) return new(given, package, "image", RecipeNames.None);
        var dist = given.DistFile is { } file ? DistFile.Read(store, Digest.Parse(file), request.Package.Dist, request.Package.Arch) : null;
        string? Read(string name) => pins.Read($"{package}/{name}") is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        // A package that brings its own description of a root needs no dist file.
        if (Read(KiwiDist.File) is not null && (dist is null || dist.Root.From == "kiwi"))
        {
            var type = dist?.Type ?? KiwiDist.TypeOf(Read, pins.FilesOf(package), request.Package.Dist, request.Package.Arch);
            return new(given, package, type.ToString().ToLowerInvariant(), RecipeNames.Of(type, name => pins.Read($"{package}/{name}"), pins.FilesOf(package)));
        }
        var names = dist is null ? RecipeNames.None : RecipeNames.Of(dist.Type, name => pins.Read($"{package}/{name}"), pins.FilesOf(package));
        return new(given, package, dist?.Type.ToString().ToLowerInvariant() ?? "", names);
    }
}

/// <summary>Puts accepted requests into the queue; a newer request for the same target takes the place of an older one.</summary>
internal sealed class BuildQueue(Database database, Identity identity)
{
    private sealed record Rival(long Id, string RequestId, string State);

    /// <summary>Puts in a build that the planner asks for. Nobody runs it before it was planned.</summary>
    public long AddRebuild(IDbTransaction transaction, QueuedSource source, PackageTarget target, string group, PlannedRebuild rebuild)
    {
        var request = new BuildRequest
        {
            RequestId = Guid.CreateVersion7(database.Clock.GetUtcNow()).ToString(),
            Project = source.Package.ToString(),
            RunnerGroup = group,
            Package = target,
            Action = ResponseCodes.PackageRebuildRequested,
        };
        transaction.Connection!.Execute("INSERT INTO builds_request VALUES(@RequestId, @content, @RunnerGroup, @Project, @target, @Action, @Now, @code)",
            new { request.RequestId, content = Digest.Of(MessageCodec.Write(request)).ToString(), request.RunnerGroup, request.Project, target = $"{target.Dist}.{target.Arch}", request.Action, Now, code = ResponseCodes.PackageRequestAccepted }, transaction);
        var answer = new ResponseTarget(target.Arch, target.Dist);
        var id = Add(transaction, request, answer, source);
        transaction.Connection!.Execute("UPDATE builds_build SET state = 'waiting', reason = 'it waits for the planner', priority = 0, because = @Because, wave = @Wave, pass = @Pass WHERE id = @id",
            new { rebuild.Because, rebuild.Wave, rebuild.Pass, id }, transaction);
        Outbox.Add(transaction, new BuildResponse
        {
            Identity = identity.Of("CBScheduler", source.Package.Name),
            RequestId = request.RequestId,
            Project = request.Project,
            Message = ResponseTexts.AcceptPackage,
            ResponseCode = ResponseCodes.PackageRequestAccepted,
            Target = answer,
        });
        return id;
    }

    public long Add(IDbTransaction transaction, BuildRequest request, ResponseTarget? answer, QueuedSource source)
    {
        var id = Sequences.Next(transaction, "build");
        var isImage = request.Package is null;
        var dist = request.Package?.Dist ?? request.Image!.Selection;
        var arch = request.Package?.Arch ?? request.Image!.Arch;
        Supersede(transaction, id, request, dist, arch, isImage, answer);
        transaction.Connection!.Execute("""
            INSERT INTO builds_build(id, request_id, package, project, name, image, dist, arch, runner_group, type, repository, commit_id, tree, dist_file, epoch,
                produces, needs, state, created, wave, priority, rebuild)
            VALUES(@id, @RequestId, @package, @Project, @Name, @isImage, @dist, @arch, @RunnerGroup, @Type, @Repository, @Commit, @Tree, @DistFile, @Epoch,
                @produces, @needs, 'queued', @now, @Commit, @priority,
                (SELECT coalesce(max(rebuild) + 1, 0) FROM builds_build WHERE package = @package AND dist = @dist AND arch = @arch AND image = @isImage AND tree = @Tree AND snapshot IS NOT NULL))
            """, new
        {
            id,
            request.RequestId,
            package = source.Package.ToString(),
            source.Package.Project,
            source.Package.Name,
            isImage,
            dist,
            arch,
            request.RunnerGroup,
            source.Type,
            source.Pin.Repository,
            source.Pin.Commit,
            source.Pin.Tree,
            source.Pin.DistFile,
            source.Pin.Epoch,
            produces = JsonSerializer.Serialize(source.Names.Produces),
            needs = JsonSerializer.Serialize(source.Names.Needs),
            now = Now,
            priority = PriorityOf(request.Action),
        }, transaction);
        RecordOrigin(transaction, request.RequestId, id, source);
        return id;
    }

    // A person waits; a commit's author will look; a dependent of something that changed can wait.
    private static int PriorityOf(string action) => action is ResponseCodes.PackageRebuildRequested or ResponseCodes.ImageRebuildRequested ? 2 : 1;

    private void Supersede(IDbTransaction transaction, long id, BuildRequest request, string dist, string arch, bool isImage, ResponseTarget? target)
    {
        var rivals = transaction.Connection!.Query<Rival>("""
            SELECT id AS Id, request_id AS RequestId, state AS State FROM builds_build
            WHERE package = @Project AND dist = @dist AND arch = @arch AND image = @isImage AND runner_group = @RunnerGroup AND state IN ('queued', 'waiting', 'running')
            """, new { request.Project, dist, arch, isImage, request.RunnerGroup }, transaction).ToList();
        foreach (var rival in rivals)
        {
            transaction.Connection!.Execute("UPDATE builds_build SET state = 'cancelled', reason = @reason, finished = @now WHERE id = @Id",
                new { rival.Id, reason = $"superseded by build {id}", now = Now }, transaction);
            if (rival.State != "running") continue;
            Outbox.Add(transaction, new BuildResponse
            {
                Identity = identity.Of("CBScheduler", request.Project[(request.Project.LastIndexOf('/') + 1)..]),
                RequestId = request.RequestId,
                Project = request.Project,
                Message = ResponseTexts.ResetBuild(Environment.ProcessId),
                ResponseCode = ResponseCodes.ResetRunningBuild,
                Target = target,
            });
        }
    }

    private static void RecordOrigin(IDbTransaction transaction, string requestId, long build, QueuedSource source)
    {
        var tree = new Node("package-source", $"{source.Package}@{source.Pin.Commit}");
        Ledger.Record(transaction, tree, new Node("commit", source.Pin.Commit));
        Ledger.Record(transaction, new Node("request", requestId), tree);
        Ledger.Record(transaction, BuildNode(build), new Node("request", requestId));
    }

    internal static Node BuildNode(long id) => new("build", id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
