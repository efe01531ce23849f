using Microsoft.AspNetCore.Http;
using Slipway.Packages.Repositories;

namespace Slipway.Server.Files;

/// <summary>
/// Repositories as clients see them. Whatever a client of one refresh reads comes from one snapshot: pacman's databases redirect to it, dnf and
/// zypper are given a mirror list that names it, and apt's InRelease names the rest by digest.
/// </summary>
internal static class RepositoryFiles
{
    private const string MirrorList = "mirrorlist";
    private static readonly string[] ClientFiles = [".repo", ".sources", ".pacman.conf"];
    private static readonly string[] Databases = [".db", ".db.sig", ".files", ".files.sig"];

    public static IResult Serve(HttpContext context, ServerParts parts, string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var above = path[..Math.Max(0, path.Length - name.Length - 1)];
        if ((name == MirrorList || ClientFiles.Any(end => name.EndsWith(end, StringComparison.Ordinal))) && Made(context, parts, above, name) is { } made) return made;
        if (Databases.Any(end => name.EndsWith(end, StringComparison.Ordinal)) && ToSnapshot(context, parts, above, name) is { } elsewhere) return elsewhere;
        return PublishedFile.TryServe(context, parts.Data.Repos, path, IsImmutable(path))
            ?? (WithShared(path) is { } shared ? PublishedFile.Serve(context, parts.Data.Repos, shared, isImmutable: true) : Results.NotFound());
    }

    /// <summary>A snapshot never changes; at the top of a repository only what is named by its content or version does not.</summary>
    internal static bool IsImmutable(string path) =>
        InDirectory(path, "snapshots") || InDirectory(path, "pool") || InDirectory(path, "by-hash")
        || path.EndsWith(".rpm", StringComparison.Ordinal) || path.Contains(".pkg.tar.", StringComparison.Ordinal)
        || (InDirectory(path, "repodata") && Path.GetFileName(path).IndexOf('-', StringComparison.Ordinal) == 64);

    /// <summary>What depends on the address by which the client knows us is written when it asks.</summary>
    private static IResult? Made(HttpContext context, ServerParts parts, string repository, string name)
    {
        if (!RepositoryId.TryParse(repository, out var id) || parts.Repositories.Shown(id) is not { } number) return null;
        var url = $"{RequestAddress.Of(context.Request)}/{id}";
        string? text = null;
        if (name == MirrorList) text = string.Create(null, $"{url}/snapshots/{number}/\n");
        else if (parts.Repositories.ClientFiles(id, url, $"{url}/{MirrorList}").TryGetValue(name, out var file)) text = System.Text.Encoding.UTF8.GetString(file);
        if (text is null) return null;
        context.Response.Headers.CacheControl = PublishedFile.AskAgain;
        context.Response.Headers.Vary = RequestAddress.Headers;
        return Results.Text(text, "text/plain; charset=utf-8");
    }

    // ARCH/WORD.db: pacman asks for the signature beside wherever the database came from.
    private static IResult? ToSnapshot(HttpContext context, ServerParts parts, string directory, string name)
    {
        var slash = directory.LastIndexOf('/');
        if (slash < 0 || !RepositoryId.TryParse(directory[..slash], out var id) || !Databases.Any(end => name == id.Word + end)) return null;
        if (parts.Repositories.Shown(id) is not { } number) return null;
        context.Response.Headers.CacheControl = PublishedFile.AskAgain;
        return Results.Redirect(string.Create(null, $"../snapshots/{number}/{directory[(slash + 1)..]}/{name}"));
    }

    /// <summary>Where a package lies that a snapshot's address names and its own tree does not have; null for other addresses.</summary>
    private static string? WithShared(string path)
    {
        const string Snapshots = "/snapshots/";
        var at = path.IndexOf(Snapshots, StringComparison.Ordinal);
        var end = at < 0 ? -1 : path.IndexOf('/', at + Snapshots.Length);
        return end < 0 ? null : $"{path[..end]}/{RepositoryStore.SharedName}{path[end..]}";
    }

    private static bool InDirectory(string path, string name) => path.Contains($"/{name}/", StringComparison.Ordinal);
}
