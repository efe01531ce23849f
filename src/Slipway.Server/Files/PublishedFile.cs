using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Slipway.Content;

namespace Slipway.Server.Files;

/// <summary>Serves one file of a published tree: links are followed inside the tree only, ranges and conditions are obeyed.</summary>
internal static class PublishedFile
{
    private const string Forever = "public, max-age=31536000, immutable";

    // Pointers change: whoever has one asks again each time, which costs an empty 304.
    internal const string AskAgain = "no-cache";

    /// <param name="context">For the headers of the answer.</param>
    /// <param name="root">The directory that nothing leads out of.</param>
    /// <param name="path">Below it.</param>
    /// <param name="isImmutable">True when this path never has other content.</param>
    public static IResult Serve(HttpContext context, string root, string path, bool isImmutable) =>
        TryServe(context, root, path, isImmutable) ?? Results.NotFound();

    /// <summary>As <see cref="Serve"/>; null where there is no such file.</summary>
    public static IResult? TryServe(HttpContext context, string root, string path, bool isImmutable)
    {
        var wanted = BytePath.From(path).Relative;
        if (wanted.IsEmpty || wanted.HasParentComponent || !Directory.Exists(root)) return null;
        using var tree = RootedTree.Open(root);
        if (tree.StatFollowing(wanted)?.Type != NodeType.Regular) return null;
        FileStream file;
        FileStat stat;
        try
        {
            file = tree.OpenRead(wanted, followLast: true, out stat);
        }
        catch (SlipwayException)
        {
            // It went away, or became something else, between the two looks.
            return null;
        }

        context.Response.Headers.CacheControl = isImmutable ? Forever : AskAgain;
        // The store touches what is asked for again, so the time of immutable content says nothing of it.
        var tag = new EntityTagHeaderValue(isImmutable ? $"\"{stat.Inode:x}-{stat.Size:x}\"" : $"\"{stat.Inode:x}-{stat.Size:x}-{stat.ModifiedNs:x}\"");
        var modified = DateTimeOffset.FromUnixTimeSeconds(stat.ModifiedNs / 1_000_000_000);
        return Results.Stream(file, TypeOf(path), fileDownloadName: null, modified, tag, enableRangeProcessing: true);
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".json" => "application/json",
        ".xml" => "application/xml",
        ".txt" or ".asc" or ".sources" or ".repo" or ".conf" or ".pem" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
