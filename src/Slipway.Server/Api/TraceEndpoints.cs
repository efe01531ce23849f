using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Releases.Tracing;

namespace Slipway.Server.Api;

/// <summary>The ledger, both ways.</summary>
internal static class TraceEndpoints
{
    public static void Map(WebApplication application, ServerParts parts) => application.MapGet(
        "/api/v1/trace", (string? stream, uint? version, string? path, string? hash, string? digest, string? commit, string? kind, string? id) =>
        {
            if (path is not null && (hash ?? digest) is { } known) return OfFile(parts, parts.Trace.Back(path, known, stream, version));
            if (commit is not null) return Both(parts, "commit", commit);
            if (kind is not null && id is not null) return Both(parts, kind, id);
            return ApiJson.Failure(400, "trace", "it needs `path` and `hash`, or `commit`, or `kind` and `id`", "slipway trace --help");
        });

    private static IResult OfFile(ServerParts parts, TraceAnswer answer) => ApiJson.Of(new
    {
        answer.Verdict,
        answer.Text,
        answer.Path,
        answer.Stream,
        answer.Version,
        answer.Bundles,
        answer.Package,
        answer.ExpectedHash,
        answer.Origin,
        Commits = Commits(parts, answer.Origin),
    });

    private static IResult Both(ServerParts parts, string kind, string id)
    {
        var (back, forward) = (parts.Trace.Origin(kind, id), parts.Trace.Forward(kind, id));
        return ApiJson.Of(new { Kind = kind, Id = id, Back = back, Forward = forward, Commits = Commits(parts, back) });
    }

    private static IReadOnlyList<Sandbox.GitCommit> Commits(ServerParts parts, IReadOnlyList<TraceStep> origin) =>
        CommitAuthors.Of(parts.Data, origin.Where(step => step.ToKind == "commit").Select(step => step.ToId));
}
