using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Builds;
using Slipway.Content;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>What runners on other machines ask and say. Everything about an attempt is said under its lease; who has lost it is answered 410.</summary>
internal static class RunnerEndpoints
{
    private const string Attempt = "/api/v1/runner/builds/{build:long}/{fence:long}";
    private const long PieceBytes = 8 << 20;
    private const long RecordBytes = 32 << 20;

    public static void Map(WebApplication application, ServerParts parts)
    {
        application.MapPost("/api/v1/runner/start", (Delegate)((HttpContext context) => StartAsync(context, parts))).AllowRole(Roles.Runner);
        application.MapPost("/api/v1/runner/lease", (Delegate)((HttpContext context) => LeaseAsync(context, parts))).AllowRole(Roles.Runner);
        application.MapPost("/api/v1/runner/key", (Delegate)((HttpContext context) => KeyAsync(context, parts))).AllowRole(Roles.Runner);
        Say("renew", (lease, _) => new Heartbeat(parts.Runners.Desk.Renew(lease), LogBytes(parts, lease)));
        Say("packages", (lease, _) => parts.Runners.Published.Packages(lease.Project, lease.Dist));
        Say("state", (lease, report) => Done(() => parts.Runners.Desk.Enter(lease, report.State)));
        Say("root-ready", (lease, report) => Done(() => parts.Runners.Desk.RootReady(lease, report.BuildRoot)));
        Say("results", (lease, report) => parts.Runners.Uploads.Declare(lease, report.Results));
        Say("succeed", (lease, report) => Done(() =>
        {
            parts.Runners.Desk.Succeed(lease, report.Record, parts.Runners.Uploads.Whole(lease));
            parts.Runners.Uploads.Forget(lease);
        }));
        Say("fail", (lease, report) => Done(() =>
        {
            parts.Runners.Desk.Fail(lease, report.Record, report.Cause, report.Infrastructure, report.Code);
            parts.Runners.Uploads.Forget(lease);
        }));
        Say("hand-back", (lease, _) => Done(() => parts.Runners.Desk.HandBack(lease)));
        Say("stopped", (lease, _) => Done(() => parts.Runners.Desk.Stopped(lease)));
        application.MapPut($"{Attempt}/log", (HttpContext context, long build, long fence, long offset) => TakeAsync(context, parts, build, fence,
            (lease, body, end) => parts.Runners.Uploads.TakeLogAsync(lease, offset, body, end))).AllowRole(Roles.Runner);
        application.MapPut($"{Attempt}/results/{{digest}}", (HttpContext context, long build, long fence, string digest, long offset) => TakeAsync(context, parts, build, fence,
            (lease, body, end) => parts.Runners.Uploads.TakeAsync(lease, DigestOf(digest), offset, body, end))).AllowRole(Roles.Runner);
        application.MapGet($"{Attempt}/content/{{digest}}", (HttpContext context, long build, long fence, string digest) => Give(context, parts, build, fence, digest));

        void Say(string what, Func<BuildLease, AttemptReport, object> act) =>
            application.MapPost($"{Attempt}/{what}", (HttpContext context, long build, long fence) => HearAsync(context, parts, build, fence, act)).AllowRole(Roles.Runner);
    }

    // Over the local socket an admin builds, too, under the name it gives itself.
    private static string? NameOf(HttpContext context) => Callers.Of(context) switch
    {
        { Role: Roles.Runner } runner => runner.User,
        { Role: Roles.Admin } => "local",
        _ => null,
    };

    private static async Task<IResult> StartAsync(HttpContext context, ServerParts parts)
    {
        var ask = await ReadAsync<LeaseAsk>(context);
        return Json(IsOwn(context, ask) ? parts.Runners.Desk.GiveUpLost(ask.Instance) : 0);
    }

    private static async Task<IResult> LeaseAsync(HttpContext context, ServerParts parts)
    {
        var ask = await ReadAsync<LeaseAsk>(context);
        if (!IsOwn(context, ask)) return ApiJson.Failure(403, "lease", $"{ask.Instance} is not {NameOf(context)}", "a runner asks under its own name");
        if (NameOf(context) is { } name && parts.Runners.Keys.MustRotate(name)) context.Response.Headers["Slipway-Rotate"] = "1";
        parts.Runners.Desk.GiveUpLost();
        return parts.Runners.Desk.TryLease(ask.Instance, ask.Groups) is { } lease ? Json(lease) : Results.NoContent();
    }

    private static bool IsOwn(HttpContext context, LeaseAsk ask) =>
        ask.Instance.Length <= 200 && ask.Groups.Count <= 100 && NameOf(context) is { } name && ask.Instance.StartsWith($"{name}#", StringComparison.Ordinal);

    private static async Task<IResult> KeyAsync(HttpContext context, ServerParts parts)
    {
        parts.Runners.Keys.Replace(NameOf(context)!, await ReadAsync<string>(context));
        return Json(true);
    }

    private static async Task<IResult> HearAsync(HttpContext context, ServerParts parts, long build, long fence, Func<BuildLease, AttemptReport, object> act)
    {
        Allow(context, RecordBytes);
        var report = await ReadAsync<AttemptReport>(context);
        return Held(context, parts, build, fence) is not { } lease ? Lost(build) : Try(() => Json(act(lease, report)));
    }

    private static async Task<IResult> TakeAsync(HttpContext context, ServerParts parts, long build, long fence, Func<BuildLease, Stream, CancellationToken, Task<long>> take)
    {
        Allow(context, PieceBytes);
        return Held(context, parts, build, fence) is not { } lease ? Lost(build) : Json(await take(lease, context.Request.Body, context.RequestAborted));
    }

    private static IResult Give(HttpContext context, ServerParts parts, long build, long fence, string digest)
    {
        if (Held(context, parts, build, fence) is not { } lease) return Lost(build);
        var store = new ContentStore(parts.Data.Store);
        var wanted = DigestOf(digest);
        return parts.Runners.Uploads.MayHave(lease, wanted, parts.Runners.Published) && store.Contains(wanted)
            ? Results.File(store.Open(wanted), "application/octet-stream")
            : ApiJson.Missing($"content {digest} for build {build}");
    }

    private static BuildLease? Held(HttpContext context, ServerParts parts, long build, long fence) => NameOf(context) is { } name ? parts.Runners.Desk.Held(name, build, fence) : null;

    private static IResult Lost(long build) => ApiJson.Failure(410, $"build {build}", "its lease is lost", "stop building it");

    private static IResult Try(Func<IResult> act)
    {
        try
        {
            return act();
        }
        catch (LeaseLostException lost)
        {
            return ApiJson.Failure(410, lost.What, lost.Why, "stop building it");
        }
    }

    private static bool Done(Action act)
    {
        act();
        return true;
    }

    private static long LogBytes(ServerParts parts, BuildLease lease) => parts.Builds.LogPath(lease.Build, lease.Attempt) is { } log ? new FileInfo(log).Length : 0;

    private static Digest DigestOf(string text) => Digest.TryParse(text, out var digest) ? digest : throw new SlipwayException($"digest {text}", "it is no SHA-256") { Kind = FailureKind.Usage };

    private static void Allow(HttpContext context, long bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = bytes;
    }

    private static async Task<T> ReadAsync<T>(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, RunnerJson.Options, context.RequestAborted) ?? throw new JsonException("nothing came");
        }
        catch (JsonException error)
        {
            throw new SlipwayException("request", error.Message) { Kind = FailureKind.Usage };
        }
    }

    private static IResult Json<T>(T value) => Results.Json(value, RunnerJson.Options);
}
