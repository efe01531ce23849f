using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>Asks for a build.</summary>
/// <param name="Package">Path in the source repository.</param>
/// <param name="Dist">The dist to build for.</param>
/// <param name="Architecture">Unset: x86_64.</param>
internal sealed record BuildOrder(string Package, string Dist, string? Architecture);

/// <summary>Requests, builds and their logs.</summary>
internal static class BuildEndpoints
{
    private const int MaxRows = 1000;

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        application.MapGet("/api/v1/requests", (int? limit) => ApiJson.Of(parts.Builds.Requests(Rows(limit))));
        application.MapGet("/api/v1/source-errors", () => ApiJson.Of(parts.Builds.SourceErrors()));
        application.MapGet("/api/v1/dead-letters", (int? limit) => ApiJson.Of(parts.Builds.DeadLetters(Rows(limit))));
        application.MapGet("/api/v1/builds", (int? limit, string? package) => ApiJson.Of(parts.Builds.Builds(Rows(limit), package)));
        application.MapGet("/api/v1/builds/{id:long}", (long id) => ApiJson.Found(parts.Builds.Build(id), $"build {id}"));
        application.MapGet("/api/v1/builds/{id:long}/why", (long id) => ApiJson.Found(parts.Builds.Why(id), $"build {id}"));
        application.MapGet("/api/v1/builds/{id:long}/log", (HttpContext context, long id, bool? follow, long? from) =>
            BuildLogEndpoint.SendAsync(context, parts.Builds, id, follow ?? false, from ?? 0));
        application.MapGet("/api/v1/builds/{id:long}/dependencies", (long id) =>
            parts.Builds.Dependencies(id) is { } solved ? Results.Text(solved, "application/json") : ApiJson.Missing($"dependencies of build {id}"));
        application.MapGet("/api/v1/builds/{id:long}/results/{name}", (long id, string name) => Result(parts, id, name));
        application.MapGet("/api/v1/info", (string package, string arch, string? dist, string? selection) => Info(parts, package, arch, dist, selection));
        application.MapPost("/api/v1/builds", (HttpContext context, BuildOrder order) => Start(context, parts, audit, order)).AllowRole(Roles.Packager);
        application.MapPost("/api/v1/builds/{id:long}/cancel", (HttpContext context, long id) => Cancel(context, parts, audit, id)).AllowRole(Roles.Packager);
        application.MapPost("/api/v1/builds/{id:long}/retry", (HttpContext context, long id) => Retry(context, parts, audit, id)).AllowRole(Roles.Packager);
    }

    private static IResult Result(ServerParts parts, long id, string name) => parts.Builds.ResultDigest(id, name) is { } digest
        ? Results.File(new ContentStore(parts.Data.Store).Open(Digest.Parse(digest)), "application/octet-stream", enableRangeProcessing: true)
        : ApiJson.Missing($"{name} of build {id}");

    // The same document as on the topic; where that is silent there is nothing here.
    private static IResult Info(ServerParts parts, string package, string arch, string? dist, string? selection)
    {
        if (dist is null == selection is null) return ApiJson.Failure(400, "info", "a target has either a dist or a selection", "?package=PATH&arch=ARCH&dist=DIST");
        var request = new InfoRequest
        {
            RequestId = $"{Guid.CreateVersion7(parts.Database.Clock.GetUtcNow())}",
            Project = package,
            Package = dist is null ? null : new PackageTarget(arch, dist),
            Image = selection is null ? null : new ImageTarget(arch, selection),
        };
        return parts.Info.Answer(request) is { } answer ? Results.Text(MessageJson.Of(MessageCodec.Write(answer)), "application/json") : ApiJson.Missing($"build of {package}");
    }

    private static IResult Start(HttpContext context, ServerParts parts, Audit audit, BuildOrder order)
    {
        var architecture = order.Architecture ?? "x86_64";
        audit.Note(context, "start build", $"{order.Package} {order.Dist}.{architecture}");
        return ApiJson.Of(new { RequestId = parts.BuildActions.Start(order.Package, order.Dist, architecture) });
    }

    private static IResult Cancel(HttpContext context, ServerParts parts, Audit audit, long id)
    {
        audit.Note(context, "cancel build", $"{id}");
        parts.BuildActions.Cancel(id);
        return ApiJson.Found(parts.Builds.Build(id)?.Build, $"build {id}");
    }

    private static IResult Retry(HttpContext context, ServerParts parts, Audit audit, long id)
    {
        audit.Note(context, "retry build", $"{id}");
        return ApiJson.Of(new { RequestId = parts.BuildActions.Retry(id) });
    }

    private static int Rows(int? limit) => Math.Clamp(limit ?? 200, 1, MaxRows);
}
