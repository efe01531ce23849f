using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Access;
using Slipway.State;

namespace Slipway.Server.Api;

/// <summary>A user to make a token for.</summary>
internal sealed record UserOrder(string User, string Role);

/// <summary>Who has tokens, and the audit log.</summary>
internal static class UserEndpoints
{
    private const int MaxName = 64;

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        var tokens = new AccessTokens(parts.Database);
        var log = new AuditLog(parts.Database);
        application.MapGet("/api/v1/users", () => ApiJson.Of(tokens.Users()));
        application.MapGet("/api/v1/audit", (int? limit) => ApiJson.Of(log.Newest(Math.Clamp(limit ?? 100, 1, 1000))));
        application.MapPost("/api/v1/users", (HttpContext context, UserOrder order) => Create(context, audit, tokens, order)).AllowRole(Roles.Admin);
        application.MapPost("/api/v1/users/{user}/revoke", (HttpContext context, string user) => Revoke(context, audit, tokens, user)).AllowRole(Roles.Admin);
    }

    private static IResult Create(HttpContext context, Audit audit, AccessTokens tokens, UserOrder order)
    {
        if (order.User is not { Length: > 0 and <= MaxName } || !order.User.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            return ApiJson.Failure(400, "user", "a name has letters, digits, `-`, `_` and `.` only", null);
        if (!Roles.All.Contains(order.Role))
            return ApiJson.Failure(400, $"user {order.User}", $"there is no role '{order.Role}'", $"one of {string.Join(", ", Roles.All)}");
        audit.Note(context, "create token", $"{order.User} as {order.Role}");
        return ApiJson.Of(new { order.User, order.Role, Token = tokens.Create(order.User, order.Role) });
    }

    private static IResult Revoke(HttpContext context, Audit audit, AccessTokens tokens, string user)
    {
        audit.Note(context, "revoke tokens", user);
        return tokens.Revoke(user) is var count and > 0 ? ApiJson.Of(new { User = user, Revoked = count }) : ApiJson.Missing($"token of {user}");
    }
}
