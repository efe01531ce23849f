using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Access;
using Slipway.Server.Storage;

namespace Slipway.Server.Api;

/// <summary>What a collection is to keep. Unset: as <see cref="CollectionPolicy"/> says.</summary>
internal sealed record CollectionOrder(bool DryRun, int? KeepSnapshots, double? SnapshotDays, int? KeepBuilds, double? BuildDays, double? GraceHours)
{
    public CollectionPolicy Policy()
    {
        var policy = new CollectionPolicy();
        return policy with
        {
            Snapshots = policy.Snapshots with { Keep = KeepSnapshots ?? policy.Snapshots.Keep, Age = Days(SnapshotDays) ?? policy.Snapshots.Age },
            Builds = policy.Builds with { Keep = KeepBuilds ?? policy.Builds.Keep, Age = Days(BuildDays) ?? policy.Builds.Age },
            Grace = GraceHours is { } hours ? TimeSpan.FromHours(hours) : policy.Grace,
        };
    }

    // Ten years are for ever here, and more would leave the range of dates.
    private static TimeSpan? Days(double? days) => days is { } given ? TimeSpan.FromDays(Math.Clamp(given, 0, 3650)) : null;
}

/// <summary>Space: who takes it, and freeing it.</summary>
internal static class StorageEndpoints
{
    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        application.MapGet("/api/v1/space", () => ApiJson.Of(parts.Garbage.Use(new CollectionPolicy())));
        application.MapPost("/api/v1/gc", (HttpContext context, CollectionOrder order) => Collect(context, parts, audit, order)).AllowRole(Roles.Admin);
    }

    private static IResult Collect(HttpContext context, ServerParts parts, Audit audit, CollectionOrder order)
    {
        if (!order.DryRun) audit.Note(context, "free space", order.ToString());
        return ApiJson.Of(parts.Garbage.Run(order.Policy(), order.DryRun, context.RequestAborted));
    }
}
