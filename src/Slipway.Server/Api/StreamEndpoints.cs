using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Releases.Publishing;
using Slipway.Releases.Records;
using Slipway.Server.Access;
using Slipway.Server.Devices;
using Slipway.Updates;

namespace Slipway.Server.Api;

/// <summary>Why something is done; it is recorded.</summary>
internal sealed record ReasonOrder(string? Reason, string? Channel);

/// <summary>The version a channel is to show, and to which devices.</summary>
/// <param name="Percent">Share of the devices. Unset: all.</param>
/// <param name="Seed">Decides which devices belong to the share. Unset: stream, channel and version do.</param>
/// <param name="Cohorts">Groups of devices that see it whatever the share.</param>
/// <param name="Window">Hours of the day in UTC, as 22:00-04:00.</param>
internal sealed record PromoteOrder(uint Version, int? Percent, string? Seed, IReadOnlyList<string>? Cohorts, string? Window);

/// <summary>A larger share of a roll-out.</summary>
internal sealed record WidenOrder(int Percent, int? Needed, int? HaltPercent);

/// <summary>An exception from a gate.</summary>
/// <param name="Version">The release it is for; 0 is any.</param>
/// <param name="Until">The last day, as 2026-12-31.</param>
internal sealed record WaiverOrder(string? Gate, uint Version, string? Reason, string? Until);

/// <summary>Streams, releases and channels.</summary>
internal static class StreamEndpoints
{
    private const int MaxReason = 2000;
    private const string Release = "/api/v1/streams/{stream}/releases/{version:long:min(0):max(4294967295)}";
    private const string Channel = "/api/v1/streams/{stream}/channels/{channel}";

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        var releases = parts.Releases;
        application.MapGet("/api/v1/streams", () => ApiJson.Of(releases.Streams()));
        application.MapGet("/api/v1/streams/{stream}/channels", (string stream) => ApiJson.Of(releases.Channels(stream)));
        application.MapGet("/api/v1/streams/{stream}/releases", (string stream) => ApiJson.Of(releases.Releases(stream)));
        application.MapGet(Release, (string stream, long version) => ApiJson.Found(releases.Release(stream, (uint)version), Name(stream, version)));
        application.MapGet(Release + "/notes", (string stream, long version) => ApiJson.Found(releases.Notes(stream, (uint)version), $"notes of {Name(stream, version)}"));
        application.MapGet(Release + "/packages", (string stream, long version) => ApiJson.Of(releases.Packages(stream, (uint)version)));
        application.MapGet("/api/v1/streams/{stream}/diff", (string stream, uint from, uint to) => ApiJson.Of(releases.Diff(stream, from, to)));
        application.MapGet("/api/v1/streams/{stream}/plan", (HttpContext context, string stream) => Plan(context, parts, stream));
        application.MapPost(Release + "/withdraw", (HttpContext context, string stream, long version, ReasonOrder order) =>
            Withdraw(context, parts, audit, stream, (uint)version, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Release + "/rollback", (HttpContext context, string stream, long version, ReasonOrder order) =>
            Rollback(context, parts, audit, stream, (uint)version, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Release + "/publish", (HttpContext context, string stream, long version, ReasonOrder order) =>
            Promote(context, parts, audit, stream, order.Channel ?? "stable", new PromoteOrder((uint)version, null, null, null, null))).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Channel + "/promote", (HttpContext context, string stream, string channel, PromoteOrder order) =>
            Promote(context, parts, audit, stream, channel, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Channel + "/widen", (HttpContext context, string stream, string channel, WidenOrder order) =>
            Widen(context, parts, audit, stream, channel, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapGet("/api/v1/streams/{stream}/waivers", (string stream) => ApiJson.Of(releases.Waivers(stream)));
        application.MapPost("/api/v1/streams/{stream}/waivers", (HttpContext context, string stream, WaiverOrder order) =>
            Waive(context, parts, stream, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Channel + "/hold", (HttpContext context, string stream, string channel, ReasonOrder order) =>
            Hold(context, parts, stream, channel, order)).AllowRole(Roles.ReleaseEngineer);
        application.MapPost(Channel + "/release", (HttpContext context, string stream, string channel) =>
            LetGo(context, parts, stream, channel)).AllowRole(Roles.ReleaseEngineer);
    }

    private static IResult Plan(HttpContext context, ServerParts parts, string stream)
    {
        if (parts.Planner is null) return ApiJson.Failure(503, $"plan of {stream}", "this server plans no releases", "ask the process that watches them");
        var outlook = parts.Planner.Look(stream, forced: false, context.RequestAborted);
        return ApiJson.Of(new { outlook.Decision, outlook.Decision.ExitCode, outlook.Plan, Plans = outlook.Planned.Select(p => p.Plan) });
    }

    private static IResult Withdraw(HttpContext context, ServerParts parts, Audit audit, string stream, uint version, ReasonOrder order)
    {
        if (Refused(order) is { } refused) return refused;
        var who = audit.Note(context, "withdraw release", $"{stream}/{version}: {order.Reason}");
        var run = parts.ReleaseOperations.Withdraw(stream, version, who, order.Reason!);
        return ApiJson.Of(new { Withdrawn = version, ReplacedBy = run?.Version, Release = parts.Releases.Release(stream, version) });
    }

    private static IResult Rollback(HttpContext context, ServerParts parts, Audit audit, string stream, uint version, ReasonOrder order)
    {
        if (Refused(order) is { } refused) return refused;
        var channel = order.Channel ?? "stable";
        var shown = parts.Releases.Channels(stream).FirstOrDefault(c => c.Name == channel)?.Version ?? 0;
        var good = parts.Releases.Releases(stream).FirstOrDefault(r => r.Version < shown && r.State == Slipway.Releases.ReleaseState.Published)?.Version;
        if (version != shown && version != good)
            return ApiJson.Failure(409, $"roll back {stream} {channel} to {version}",
                $"the channel shows {shown} and the last good release before it is {(good is { } g ? $"{g}" : "none")}", good is null ? null : $"name {good}");
        var who = audit.Note(context, "roll back channel", $"{stream} {channel} from {shown}: {order.Reason}");
        var run = parts.ReleaseOperations.Rollback(stream, channel, who, order.Reason!);
        return ApiJson.Of(new { Channel = channel, From = shown, To = good, ReplacedBy = run.Version });
    }

    private static IResult Promote(HttpContext context, ServerParts parts, Audit audit, string stream, string channel, PromoteOrder order)
    {
        if (order.Percent is < 0 or > 100)
            return ApiJson.Failure(400, "percent", $"it is {order.Percent}", "a number from 0 to 100");
        RollOutWindow? window = null;
        if (order.Window is { } hours && (window = WindowOf(hours)) is null)
            return ApiJson.Failure(400, "window", $"it is '{hours}'", "two hours of the day in UTC, such as 22:00-04:00");
        var rollOut = order.Percent is null && window is null && order.Cohorts is null ? null
            : new RollOut(order.Percent ?? 100, order.Seed ?? $"{stream}-{channel}-{order.Version}", order.Cohorts ?? [], window);
        var who = audit.Note(context, "promote", $"{stream} {channel} to {order.Version}{(order.Percent is { } p ? $" for {p} %" : "")}");
        return ApiJson.Of(parts.ReleaseOperations.Promote(stream, channel, order.Version, who, rollOut));
    }

    private static RollOutWindow? WindowOf(string hours) =>
        hours.Split('-') is [var from, var to] && TimeOnly.TryParseExact(from, "HH:mm", out var first) && TimeOnly.TryParseExact(to, "HH:mm", out var last) ? new RollOutWindow(first, last) : null;

    private static IResult Widen(HttpContext context, ServerParts parts, Audit audit, string stream, string channel, WidenOrder order)
    {
        var shown = parts.Releases.Channels(stream).FirstOrDefault(c => c.Name == channel);
        var (succeeded, failed) = new DeviceRecords(parts.Database).Updates(stream, shown?.Version ?? 0, shown?.Switched ?? DateTimeOffset.MaxValue);
        var usual = new ReportedUpdates(succeeded, failed);
        var reports = usual with { Needed = order.Needed ?? usual.Needed, HaltPercent = order.HaltPercent ?? usual.HaltPercent };
        var who = audit.Note(context, "widen roll-out", $"{stream} {channel} to {order.Percent} %, {succeeded} updates reported good and {failed} bad");
        return ApiJson.Of(parts.ReleaseOperations.Widen(stream, channel, order.Percent, reports, who));
    }

    private static IResult Waive(HttpContext context, ServerParts parts, string stream, WaiverOrder order)
    {
        if (Refused(new ReasonOrder(order.Reason, null)) is { } refused) return refused;
        if (order.Gate is not { Length: > 0 and <= 64 } || !DateOnly.TryParseExact(order.Until, "yyyy-MM-dd", out var day))
            return ApiJson.Failure(400, "waiver", "it needs a gate and an end date", "name the gate, and the last day as 2026-12-31");
        var until = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds();
        parts.ReleaseOperations.Waive(new Waiver(stream, order.Gate, order.Version, order.Reason!, Callers.Of(context).User, until, 0));
        return ApiJson.Of(parts.Releases.Waivers(stream));
    }

    private static IResult Hold(HttpContext context, ServerParts parts, string stream, string channel, ReasonOrder order)
    {
        if (Refused(order) is { } refused) return refused;
        parts.ReleaseOperations.Hold(stream, channel, Callers.Of(context).User, order.Reason!);
        return ApiJson.Of(parts.Releases.Channels(stream));
    }

    private static IResult LetGo(HttpContext context, ServerParts parts, string stream, string channel)
    {
        parts.ReleaseOperations.Release(stream, channel, Callers.Of(context).User);
        return ApiJson.Of(parts.Releases.Channels(stream));
    }

    private static IResult? Refused(ReasonOrder order) => order.Reason is { Length: > 0 and <= MaxReason }
        ? null
        : ApiJson.Failure(400, "reason", $"it is needed, and has at most {MaxReason} characters", "say why in `reason`; it is recorded");

    private static string Name(string stream, long version) => $"release {stream}/{version}";
}
