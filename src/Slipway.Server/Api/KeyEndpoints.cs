using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Packages.Signing;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>A change of keys.</summary>
/// <param name="OverlapDays">Until the new key signs alone. Unset: 30.</param>
/// <param name="Withdraw">A retired key is no longer published either.</param>
internal sealed record KeyOrder(double? OverlapDays, bool Withdraw);

/// <summary>The OpenPGP keys that sign repositories.</summary>
internal static class KeyEndpoints
{
    private const double DefaultOverlapDays = 30;

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        application.MapGet("/api/v1/keys", () => ApiJson.Of(parts.Signer.Keys().Select(Row)));
        application.MapGet("/api/v1/keys/public", () => Results.Text(parts.Signer.PublicKeyArmored(), "application/pgp-keys"));
        application.MapPost("/api/v1/keys/rotate", (HttpContext context, KeyOrder order) => Rotate(context, parts, audit, order)).AllowRole(Roles.Admin);
        application.MapPost("/api/v1/keys/{fingerprint}/retire", (HttpContext context, string fingerprint, KeyOrder order) => Retire(context, parts, audit, fingerprint, order)).AllowRole(Roles.Admin);
    }

    private static object Row(SigningKey key) => new
    {
        key.Fingerprint,
        key.State,
        Created = DateTimeOffset.FromUnixTimeSeconds(key.Created),
        SignsFrom = DateTimeOffset.FromUnixTimeSeconds(Math.Max(key.Created, key.SignsFrom)),
    };

    private static IResult Rotate(HttpContext context, ServerParts parts, Audit audit, KeyOrder order)
    {
        var overlap = TimeSpan.FromDays(Math.Clamp(order.OverlapDays ?? DefaultOverlapDays, 0, 3650));
        audit.Note(context, "rotate signing key", $"overlap {overlap}");
        return Renewed(parts, parts.Signer.Rotate(parts.Database.Clock.GetUtcNow() + overlap), "signed anew: a key was added");
    }

    private static IResult Retire(HttpContext context, ServerParts parts, Audit audit, string fingerprint, KeyOrder order)
    {
        if (parts.Signer.Keys().FirstOrDefault(key => key.Fingerprint == fingerprint) is not { } known) return ApiJson.Missing($"key {fingerprint}");
        if (known.State == SigningKeyState.Signing) return ApiJson.Failure(400, $"key {fingerprint}", "it is the one that signs", "slipway keys rotate first");
        audit.Note(context, order.Withdraw ? "withdraw signing key" : "retire signing key", fingerprint);
        return Renewed(parts, parts.Signer.Retire(fingerprint, order.Withdraw), "signed anew: a key was retired");
    }

    // Clients learn a key from the repositories they use, so these state it now and not with their next package.
    private static IResult Renewed(ServerParts parts, IReadOnlyList<SigningKey> keys, string reason)
    {
        foreach (var repository in parts.Repositories.List()) parts.Repositories.Renew(repository.Repository, reason);
        return ApiJson.Of(keys.Select(Row));
    }
}
