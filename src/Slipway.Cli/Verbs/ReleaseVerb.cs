using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway release`: run releases (they move devices).</summary>
internal static class ReleaseVerb
{
    private static readonly Option<string> Stream = new("--stream") { Description = "Name of the stream", HelpName = "NAME", Required = true };
    private static readonly Argument<uint> Version = new("VERSION") { Description = "Number of the release" };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why; it is recorded", Required = true };
    private static readonly Option<string> Channel = new("--channel") { Description = "Name of the channel", DefaultValueFactory = _ => "stable" };

    public static Command Create() => new("release", "Plan, publish, promote and withdraw releases")
    {
        Watch(), Plan(), Status(), History(), Show(), Notes(), Diff(), Promote(), Widen(), Waive(), Withdraw(), Rollback(), AdoptVerb.Create(Stream), KojiSyncVerb.Create(), ImportVerb.Create(),
    };

    private static Command Status()
    {
        var command = new Command("status", "Show the streams, their channels and the last decision about them");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync("api/v1/streams", cancellation), "No streams yet.",
            ("stream", "name"), ("newest", "latest"), ("channels", "channels"), ("decision", "lastDecision"))));
        return command;
    }

    private static Command History()
    {
        var command = new Command("history", "List the releases of a stream, newest first") { Stream };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync($"api/v1/streams/{parsed.GetValue(Stream)}/releases", cancellation), "No releases yet.",
            ("version", "version"), ("state", "state"), ("format", "format"), ("published", "published"), ("reasons", "reasons"))));
        return command;
    }

    private static Command Show() => OfOneRelease("show", "Show a release with its stages, gates and bundles", "");

    private static Command Notes() => OfOneRelease("notes", "Show what a release changed", "/notes");

    private static Command OfOneRelease(string verb, string description, string below)
    {
        var command = new Command(verb, description) { Version, Stream };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(
            await service.GetAsync($"api/v1/streams/{parsed.GetValue(Stream)}/releases/{Number(parsed)}{below}", cancellation))));
        return command;
    }

    private static Command Diff()
    {
        var from = new Argument<uint>("FROM");
        var to = new Argument<uint>("TO");
        var command = new Command("diff", "Show what differs between two releases") { from, to, Stream };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(
            await service.GetAsync(string.Create(CultureInfo.InvariantCulture,
                $"api/v1/streams/{parsed.GetValue(Stream)}/diff?from={parsed.GetValue(from)}&to={parsed.GetValue(to)}"), cancellation))));
        return command;
    }

    private static Command Plan()
    {
        var command = new Command("plan", "Show what the next release would be and why; changes nothing") { Stream };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            var answer = await service.GetAsync($"api/v1/streams/{parsed.GetValue(Stream)}/plan", cancellation);
            Console.WriteLine(output.Json ? answer.ToJsonString(Output.JsonOptions) : ReleaseTexts.Plan(answer));
        }));
        return command;
    }

    private static Command Watch()
    {
        var once = new Option<bool>("--once") { Description = "Look once and end: 0 up to date, 1 a build is needed, 2 configuration or state, 3 unreachable, 4 blocked" };
        var every = new Option<int>("--every") { Description = "Seconds between looks", DefaultValueFactory = _ => 30 };
        var command = new Command("watch", "Say whether a stream needs a release, and why; changes nothing") { Stream, once, every };
        command.Validators.Add(result =>
        {
            if (result.GetValue(every) is < 1 or > 86_400) result.AddError("--every takes 1 to 86400 seconds");
        });
        command.SetAction((parsed, cancellation) => WatchAsync(parsed, parsed.GetValue(once), TimeSpan.FromSeconds(parsed.GetValue(every)), cancellation));
        return command;
    }

    private static async Task<int> WatchAsync(ParseResult parsed, bool once, TimeSpan pause, CancellationToken cancellation)
    {
        using var service = new ServiceClient(parsed);
        var output = new Output(parsed);
        for (string? said = null; ; await Task.Delay(pause, TimeProvider.System, cancellation))
        {
            var answer = await AskAsync(service, $"api/v1/streams/{parsed.GetValue(Stream)}/plan", cancellation);
            var text = output.Json ? answer.ToJsonString(Output.JsonOptions) : ReleaseTexts.Decision(answer);
            if (text != said)
                Console.WriteLine(text);
            if (once)
                return (int)answer["exitCode"]!;
            said = text;
        }
    }

    /// <summary>1 says that a build is needed, so no failure may end with it.</summary>
    private static async Task<JsonNode> AskAsync(ServiceClient service, string path, CancellationToken cancellation)
    {
        try
        {
            return await service.GetAsync(path, cancellation);
        }
        catch (SlipwayException failure) when (failure.Kind is FailureKind.Failed)
        {
            throw new SlipwayException(failure.What, failure.Why, failure.Remedy, failure) { Kind = FailureKind.Unreachable };
        }
    }

    private static Command Promote()
    {
        var percent = new Option<int?>("--percent") { Description = "Share of the devices that see it; the others and unmodified swupd clients stay where they are" };
        var seed = new Option<string?>("--seed") { Description = "Decides which devices belong to the share" };
        var cohorts = new Option<string[]>("--cohort") { Description = "A group of devices that sees it whatever the share; may be given again" };
        var window = new Option<string?>("--window") { Description = "Hours of the day (UTC) in which devices begin the update, such as 22:00-04:00", HelpName = "FROM-TO" };
        var command = new Command("promote", "Switch a channel to a release that passed its gates") { Version, Stream, Channel, percent, seed, cohorts, window };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/channels/{parsed.GetValue(Channel)}/promote",
            new
            {
                version = parsed.GetValue(Version),
                percent = parsed.GetValue(percent),
                seed = parsed.GetValue(seed),
                cohorts = parsed.GetValue(cohorts) is { Length: > 0 } given ? given : null,
                window = parsed.GetValue(window),
            }, cancellation))));
        return command;
    }

    private static Command Widen()
    {
        var percent = new Argument<int>("PERCENT") { Description = "The larger share" };
        var needed = new Option<int?>("--needed") { Description = "So many devices must have reported of the release (1)" };
        var halt = new Option<int?>("--halt-percent") { Description = "More reported failures than this share refuse it (5)" };
        var command = new Command("widen", "Show a channel's release to more of its devices, if what they report allows it") { percent, Stream, Channel, needed, halt };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/channels/{parsed.GetValue(Channel)}/widen",
            new { percent = parsed.GetValue(percent), needed = parsed.GetValue(needed), haltPercent = parsed.GetValue(halt) }, cancellation))));
        return command;
    }

    private static Command Waive()
    {
        var gate = new Argument<string>("GATE") { Description = "Name of the gate" };
        var version = new Option<uint>("--release") { Description = "The release it is for; any when not given" };
        var until = new Option<string>("--until") { Description = "The last day, as 2026-12-31", Required = true, HelpName = "DAY" };
        var command = new Command("waive", "Let releases pass a gate that fails; recorded with author, reason and end") { gate, Stream, version, Reason, until };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/waivers",
            new { gate = parsed.GetValue(gate), version = parsed.GetValue(version), reason = parsed.GetValue(Reason), until = parsed.GetValue(until) }, cancellation),
            "No waivers.", ("gate", "gate"), ("release", "version"), ("author", "author"), ("reason", "reason"), ("until", "until"))));
        return command;
    }

    private static Command Withdraw()
    {
        var command = new Command("withdraw", "Take a release back: its predecessor's content goes out again under a higher version") { Version, Stream, Reason };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/releases/{Number(parsed)}/withdraw", new { reason = parsed.GetValue(Reason) }, cancellation))));
        return command;
    }

    private static Command Rollback()
    {
        var command = new Command("rollback", "Publish an earlier release's content again under a higher version") { Version, Stream, Channel, Reason };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/releases/{Number(parsed)}/rollback",
            new { channel = parsed.GetValue(Channel), reason = parsed.GetValue(Reason) }, cancellation))));
        return command;
    }

    private static string Number(ParseResult parsed) => parsed.GetValue(Version).ToString(CultureInfo.InvariantCulture);
}
