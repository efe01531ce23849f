using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Builds;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>A machine's key by its digest, in exchange for the token of its invitation.</summary>
internal sealed record EnrolOrder(string Token, string KeyHash);

/// <summary>A runner to invite.</summary>
internal sealed record RunnerOrder(string Name);

/// <summary>Which machines may build, and their keys.</summary>
internal static class RunnersEndpoints
{
    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        var keys = parts.Runners.Keys;
        application.MapGet("/api/v1/runners", () => ApiJson.Of(keys.All()));
        application.MapPost("/api/v1/runners", (HttpContext context, RunnerOrder order) => Invite(context, audit, keys, order)).AllowRole(Roles.Admin);
        application.MapPost("/api/v1/runners/{name}/rotate", (HttpContext context, string name) => Change(context, audit, "rotate key of runner", name, keys.Rotate)).AllowRole(Roles.Admin);
        application.MapPost("/api/v1/runners/{name}/revoke", (HttpContext context, string name) => Change(context, audit, "revoke runner", name, keys.Revoke)).AllowRole(Roles.Admin);
        // The token is the proof.
        application.MapPost("/api/v1/runner/enrol", (HttpContext context, EnrolOrder order) => Enrol(context, audit, keys, order)).WithMetadata(new WriteAccess(null));
    }

    private static IResult Invite(HttpContext context, Audit audit, RunnerKeys keys, RunnerOrder order)
    {
        audit.Note(context, "invite runner", order.Name);
        return ApiJson.Of(new { order.Name, Token = keys.Invite(order.Name) });
    }

    private static IResult Enrol(HttpContext context, Audit audit, RunnerKeys keys, EnrolOrder order)
    {
        if (keys.Enrol(order.Token ?? "", order.KeyHash ?? "") is not { } name)
            return ApiJson.Failure(403, "enrol", "the token is unknown, was used, or is older than an hour", "slipway runners enrol NAME makes another");
        audit.Note(context, "enrol runner", name);
        return ApiJson.Of(new { Name = name });
    }

    private static IResult Change(HttpContext context, Audit audit, string action, string name, Func<string, bool> change)
    {
        audit.Note(context, action, name);
        return change(name) ? ApiJson.Of(new { Name = name }) : ApiJson.Missing($"runner {name}");
    }
}
