using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.State;

namespace Slipway.Server.Access;

/// <summary>The names of what a user may do.</summary>
internal static class Roles
{
    public const string Admin = "admin";
    public const string Packager = "packager";
    public const string ReleaseEngineer = "release-engineer";
    public const string Reader = "reader";
    public const string Runner = "runner";

    public static IReadOnlyList<string> All { get; } = [Reader, Packager, ReleaseEngineer, Runner, Admin];
}

/// <summary>Who may use a route that changes something. Null: anybody, because the body carries its own proof.</summary>
internal sealed record WriteAccess(string? Role);

/// <summary>Lets nothing change without an identity that may. A route that does not say who may is closed.</summary>
internal static class WriteGuard
{
    public static TBuilder AllowRole<TBuilder>(this TBuilder route, string role)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new WriteAccess(role));

    public static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || Refusal(context) is not { } refusal)
        {
            await next(context);
            return;
        }

        if (refusal.Status == 401) context.Response.Headers.WWWAuthenticate = "Bearer";
        await Failures.WriteAsync(context, refusal.Status, "change", refusal.Why, refusal.Remedy);
    }

    private static (int Status, string Why, string Remedy)? Refusal(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<WriteAccess>() is not { } access)
            return (405, $"nothing takes {context.Request.Method} at {context.Request.Path}", "read docs/operating.md");
        if (access.Role is null) return null;
        var caller = Callers.Of(context);
        if (caller.Role == Roles.Admin || caller.Role == access.Role) return null;
        return caller.User == "anonymous"
            ? (401, "it needs a token, or the local socket", "set SLIPWAY_TOKEN, or leave --server away on the server's own machine")
            : (403, $"{caller.User} is {caller.Role} and not {access.Role}", "ask an admin for a token of that role");
    }
}

/// <summary>Notes each change under the caller's name before it is made, so that none is made without a note.</summary>
internal sealed class Audit(Database database)
{
    private readonly AuditLog _log = new(database);

    public string Note(HttpContext context, string action, string subject)
    {
        var who = Callers.Of(context).User;
        database.Write(t => _log.Record(t, who, action, subject));
        return who;
    }
}
