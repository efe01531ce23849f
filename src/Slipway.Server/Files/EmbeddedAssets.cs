using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Content;

namespace Slipway.Server.Files;

/// <summary>The dashboard's style and script, carried in the program; their addresses change with their content.</summary>
internal static class EmbeddedAssets
{
    private static readonly Dictionary<string, (byte[] Content, string Type)> Assets = new(StringComparer.Ordinal)
    {
        ["slipway.css"] = (Read("slipway.css"), "text/css; charset=utf-8"),
        ["follow.js"] = (Read("follow.js"), "text/javascript; charset=utf-8"),
        ["icon.svg"] = (Read("icon.svg"), "image/svg+xml"),
    };

    public static string Address(string name) => $"/assets/{Digest.Of(Assets[name].Content).ToString()[..12]}/{name}";

    public static void Map(WebApplication application) => application.MapGet("/assets/{digest}/{name}", (HttpContext context, string digest, string name) =>
    {
        if (!Assets.TryGetValue(name, out var asset) || Address(name) != $"/assets/{digest}/{name}") return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Content, asset.Type);
    });

    private static byte[] Read(string name)
    {
        using var stream = typeof(EmbeddedAssets).Assembly.GetManifestResourceStream($"Assets/{name}")
            ?? throw new InvalidOperationException($"the asset {name} is not in the program");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
