using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Packages.Repositories;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>Package repositories and their snapshots.</summary>
internal static class RepositoryEndpoints
{
    private const string Verify = "/verify";

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        application.MapGet("/api/v1/repositories", () => ApiJson.Of(parts.Repositories.List().Select(Row)));
        application.MapGet("/api/v1/repositories/{**path}", (string path) => Show(parts, path));
        application.MapPost("/api/v1/repositories/{**path}", (HttpContext context, string path) => Check(context, parts, audit, path)).AllowRole(Roles.Packager);
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

    private static IResult Show(ServerParts parts, string path)
    {
        var id = RepositoryId.Parse(path);
        if (parts.Repositories.Current(id) is not { } current) return ApiJson.Missing($"repository {path}");
        return ApiJson.Of(new
        {
            id.Project,
            id.Dist,
            current.Type,
            Snapshots = parts.Repositories.History(id).Select(s => new { s.Number, s.Time, s.Packages, s.Reason, s.Fingerprint }),
            Packages = parts.Repositories.Files(id, current.Number),
        });
    }

    // A project has slashes, so the verb at the end is part of the path.
    private static IResult Check(HttpContext context, ServerParts parts, Audit audit, string path)
    {
        if (!path.EndsWith(Verify, StringComparison.Ordinal)) return ApiJson.Missing($"/api/v1/repositories/{path}");
        var id = RepositoryId.Parse(path[..^Verify.Length]);
        if (parts.Repositories.Current(id) is null) return ApiJson.Missing($"repository {id}");
        audit.Note(context, "verify repository", id.ToString());
        var found = parts.Repositories.Verify(id);
        return found.Problems.Count == 0
            ? ApiJson.Of(found)
            : ApiJson.Failure(409, $"repository {id}", string.Join("; ", found.Problems.Take(10)), "publish it again from its builds");
    }
}
