using Microsoft.AspNetCore.Http;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>An upstream to mirror into a repository; as <see cref="MirrorSource"/>.</summary>
internal sealed record MirrorOrder(
    string Type, string Url, string Keys, string? Suite, IReadOnlyList<string>? Components, IReadOnlyList<string>? Architectures, IReadOnlyList<string>? Packages)
{
    public MirrorSource? Source() => Enum.TryParse<PackageType>(Type, ignoreCase: true, out var type) && Url is not null && Keys is not null
        ? new()
        {
            Type = type,
            Url = Url,
            Keys = Keys,
            Suite = Suite ?? "",
            Components = Components is { Count: > 0 } ? Components : ["main"],
            Architectures = Architectures ?? [],
            Packages = Packages ?? [],
        }
        : null;
}

/// <summary>Brings an upstream's packages into a repository of our own: verified by its signatures, signed by our key.</summary>
internal static class MirrorEndpoint
{
    public static async Task<IResult> RunAsync(HttpContext context, ServerParts parts, Audit audit, RepositoryId id, MirrorOrder? order)
    {
        // The server fetches what it is told: not for everybody.
        if (Callers.Of(context).Role != Roles.Admin) return ApiJson.Failure(403, $"mirror into {id}", "only an admin may name addresses to fetch from", "ask an admin");
        if (order?.Source() is not { } source) return ApiJson.Failure(400, $"mirror into {id}", "`from` needs a type (deb, rpm or pacman), a url and the upstream's keys", "slipway repo mirror --help");
        audit.Note(context, "mirror into repository", $"{id} from {source.Url}");
        var report = await parts.Mirrors.RunAsync(source, context.RequestAborted);
        var files = report.Packages.DistinctBy(one => one.Package.FileName).Select(one => new PublishedFile(one.Digest, one.Package.FileName)).ToList();
        var snapshot = parts.Repositories.Replace(id, source.Type, files, new($"mirror of {source.Url} {source.Suite}".TrimEnd()));
        parts.Data.Doorbell("releases").Ring();
        return ApiJson.Of(new
        {
            Repository = id.ToString(),
            Snapshot = snapshot.Number,
            snapshot.Packages,
            report.Fetched,
            report.Bytes,
            report.State,
        });
    }
}
