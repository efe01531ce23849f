using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Files;

/// <summary>The addresses of published repositories and streams.</summary>
internal static class PublishedRoutes
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    public static void Map(WebApplication application, ServerParts parts)
    {
        application.MapMethods("/streams/{stream}/{**path}", Reading, (HttpContext context, string stream, string? path) =>
            Stream(context, parts, stream, path ?? ""));
        application.MapMethods("/{**path}", Reading, (HttpContext context, string? path) =>
            RepositoryFiles.Serve(context, parts, path ?? ""));
    }

    private static IResult Stream(HttpContext context, ServerParts parts, string stream, string path)
    {
        if (stream.StartsWith('.') || stream.Contains('\0', StringComparison.Ordinal)) return Results.NotFound();
        // The directory's own name may stand in the address, so that one address works for files and over HTTP.
        if (path.StartsWith("www/", StringComparison.Ordinal)) path = path["www/".Length..];
        return PublishedFile.Serve(context, Path.Combine(parts.Data.Stream(stream), "www"), path, IsImmutableInStream(path));
    }

    /// <summary>Everything of a version stays as it is; channels, version pointers and certificates may change.</summary>
    internal static bool IsImmutableInStream(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && path[..slash].All(char.IsAsciiDigit);
    }
}
