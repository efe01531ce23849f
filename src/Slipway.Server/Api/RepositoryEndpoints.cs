using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Slipway.Packages.Repositories;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>What is to be done with a repository.</summary>
/// <param name="Snapshot">Which snapshot; unset: the current one, or for a rollback the last with other packages.</param>
/// <param name="To">promote: the repository that gets the packages. export: an absolute path, or NAME:PATH of a store.</param>
/// <param name="Reason">For the history.</param>
/// <param name="Keep">snapshot: keep it until it is let go.</param>
/// <param name="From">mirror: the upstream.</param>
/// <param name="Url">export: where clients will find it.</param>
/// <param name="GraceHours">export: how long stays what no snapshot names any more. Unset: as <see cref="ExportPruning"/> says; so the next.</param>
internal sealed record RepositoryOrder(long? Snapshot, string? To, string? Reason, bool Keep, MirrorOrder? From, string? Url, double? GraceHours, bool KeepSuperseded, bool DryRun)
{
    // Ten years are for ever here, and more would leave the range of dates.
    public ExportPruning Pruning() => new()
    {
        Grace = GraceHours is { } hours ? TimeSpan.FromHours(Math.Clamp(hours, 0, 87_600)) : new ExportPruning().Grace,
        KeepSuperseded = KeepSuperseded,
        DryRun = DryRun,
    };
}

/// <summary>Package repositories and their snapshots.</summary>
internal static class RepositoryEndpoints
{
    private const int MaxReason = 500;

    // The keyring of a distribution comes with the order to mirror it.
    private const int MaxOrderBytes = 1 << 20;

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        application.MapGet("/api/v1/repositories", () => ApiJson.Of(parts.Repositories.List().Select(Row)));
        application.MapGet("/api/v1/repositories/{**path}", (string path, long? snapshot) => Show(parts, path, snapshot));
        application.MapPost("/api/v1/repositories/{**path}", (HttpContext context, string path, RepositoryOrder order) => ChangeAsync(context, parts, audit, path, order))
            .AllowRole(Roles.Packager).WithMetadata(new RequestSizeLimitAttribute(MaxOrderBytes));
    }

    private static object Row(Snapshot snapshot) => new
    {
        snapshot.Repository.Project,
        snapshot.Repository.Dist,
        snapshot.Type,
        Snapshot = snapshot.Number,
        snapshot.Packages,
        Published = snapshot.Time,
        snapshot.Reason,
    };

    private static IResult Show(ServerParts parts, string path, long? number)
    {
        var id = RepositoryId.Parse(path);
        if (parts.Repositories.Current(id) is not { } current) return ApiJson.Missing($"repository {path}");
        var shown = number is { } given ? parts.Repositories.Show(id, given) : current;
        var kept = parts.Repositories.Kept(id);
        return ApiJson.Of(new
        {
            id.Project,
            id.Dist,
            current.Type,
            Current = current.Number,
            Shown = shown.Number,
            Snapshots = parts.Repositories.History(id).Select(s => new { s.Number, s.Time, s.Packages, s.Reason, s.Fingerprint, Kept = kept.GetValueOrDefault(s.Number) }),
            Packages = parts.Repositories.Files(id, shown.Number),
        });
    }

    // A project has slashes, so the verb at the end is part of the path.
    private static async Task<IResult> ChangeAsync(HttpContext context, ServerParts parts, Audit audit, string path, RepositoryOrder order)
    {
        var slash = path.LastIndexOf('/');
        var verb = path[(slash + 1)..];
        if (slash > 0 && verb == "mirror") return await MirrorEndpoint.RunAsync(context, parts, audit, RepositoryId.Parse(path[..slash]), order.From);
        if (slash < 0 || verb is not ("verify" or "snapshot" or "promote" or "rollback" or "export" or "keep" or "let-go")) return ApiJson.Missing($"/api/v1/repositories/{path}");
        var id = RepositoryId.Parse(path[..slash]);
        if (parts.Repositories.Current(id) is not { } current) return ApiJson.Missing($"repository {id}");
        if (order.Reason is { Length: > MaxReason }) return ApiJson.Failure(400, "reason", $"it has at most {MaxReason} characters", null);
        audit.Note(context, $"{verb} repository", $"{id} {order.Snapshot}{(order.To is null ? "" : $" to {order.To}")}".TrimEnd());
        return verb switch
        {
            "verify" => ApiJson.Of(parts.Repositories.Verify(id, order.Snapshot, pool => parts.Surround(order.Snapshot is { } n ? parts.Repositories.Show(id, n) : current, pool))),
            "promote" => Promote(parts, id, order),
            "rollback" => Moved(parts, parts.Repositories.Rollback(id, order.Snapshot)),
            "snapshot" => Renew(parts, id, order),
            "export" => Export(context, parts, id, order),
            "keep" => Keep(parts, id, order.Snapshot ?? current.Number, order.Reason),
            _ => LetGo(parts, id, order.Snapshot ?? current.Number),
        };
    }

    private static IResult Promote(ServerParts parts, RepositoryId from, RepositoryOrder order) => order.To is null
        ? ApiJson.Failure(400, $"promote {from}", "it is not said to which repository", "name it in `to`")
        : Moved(parts, parts.Repositories.Promote(from, RepositoryId.Parse(order.To), order.Snapshot));

    private static IResult Export(HttpContext context, ServerParts parts, RepositoryId id, RepositoryOrder order)
    {
        // It writes where it is told to.
        if (Callers.Of(context).Role != Roles.Admin) return ApiJson.Failure(403, $"export {id}", "only an admin may name places to write to", "ask an admin");
        return order.To is null || order.Url is null
            ? ApiJson.Failure(400, $"export {id}", "it is not said whereto, or where clients will find it", "name `to` and `url`")
            : ApiJson.Of(parts.Repositories.Export(id, order.To, order.Url, order.Pruning(), context.RequestAborted));
    }

    private static IResult Renew(ServerParts parts, RepositoryId id, RepositoryOrder order)
    {
        var snapshot = parts.Repositories.Renew(id, order.Reason ?? "the same packages, signed anew");
        if (order.Keep) parts.Repositories.Keep(id, snapshot.Number, snapshot.Reason);
        return Moved(parts, snapshot);
    }

    private static IResult Keep(ServerParts parts, RepositoryId id, long number, string? reason)
    {
        parts.Repositories.Keep(id, number, reason ?? "kept by hand");
        return ApiJson.Of(new { Repository = id.ToString(), Snapshot = number, Kept = reason ?? "kept by hand" });
    }

    private static IResult LetGo(ServerParts parts, RepositoryId id, long number) => parts.Repositories.LetGo(id, number)
        ? ApiJson.Of(new { Repository = id.ToString(), Snapshot = number, Kept = (string?)null })
        : ApiJson.Missing($"kept snapshot {number} of {id}");

    // Streams may be made from it.
    private static IResult Moved(ServerParts parts, Snapshot snapshot)
    {
        parts.Data.Doorbell("releases").Ring();
        return ApiJson.Of(Row(snapshot));
    }
}
