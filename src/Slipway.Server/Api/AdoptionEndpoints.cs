using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Releases.Adoption;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>Taking over streams that something else made.</summary>
internal static class AdoptionEndpoints
{
    public static void Map(WebApplication application, ServerParts parts, Audit audit) =>
        application.MapPost("/api/v1/streams/{stream}/adopt", async (HttpContext context, string stream, AdoptionOrder order) =>
        {
            // The server reads what it is told: not for everybody.
            if (Callers.Of(context).Role != Roles.Admin) return ApiJson.Failure(403, $"take over {stream}", "only an admin may name addresses and directories to read from", "ask an admin");
            if (order.Www is not { Length: > 0 }) return ApiJson.Failure(400, $"take over {stream}", "`www` says where its content is published, and is missing", "slipway release adopt --help");
            if (parts.Adoption is null) return ApiJson.Failure(503, $"take over {stream}", "this server plans no releases", "ask the process that watches them");
            var who = audit.Note(context, "take over stream", $"{stream} from {order.Www}");
            return ApiJson.Of(await parts.Adoption.AdoptAsync(stream, order, who, context.RequestAborted));
        }).AllowRole(Roles.ReleaseEngineer);
}
