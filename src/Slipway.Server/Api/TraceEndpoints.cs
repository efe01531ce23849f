using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Api;

/// <summary>The ledger, both ways.</summary>
internal static class TraceEndpoints
{
    public static void Map(WebApplication application, ServerParts parts) => application.MapGet(
        "/api/v1/trace", (string? stream, uint? version, string? path, string? hash, string? digest, string? commit, string? kind, string? id) =>
        {
            if (path is not null && (hash ?? digest) is { } known) return ApiJson.Of(parts.Trace.Back(path, known, stream, version));
            if (commit is not null) return Both(parts, "commit", commit);
            if (kind is not null && id is not null) return Both(parts, kind, id);
            return ApiJson.Failure(400, "trace", "it needs `path` and `hash`, or `commit`, or `kind` and `id`", "slipway trace --help");
        });

    private static IResult Both(ServerParts parts, string kind, string id) =>
        ApiJson.Of(new { Kind = kind, Id = id, Back = parts.Trace.Origin(kind, id), Forward = parts.Trace.Forward(kind, id) });
}
