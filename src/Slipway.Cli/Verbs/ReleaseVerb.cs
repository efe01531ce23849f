using System.CommandLine;
using System.Globalization;

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
        Status(), History(), Show(), Notes(), Diff(), Plan(), Promote(), Withdraw(), Rollback(), AdoptVerb.Create(Stream), ImportVerb.Create(),
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
            output.Object(await service.GetAsync($"api/v1/streams/{parsed.GetValue(Stream)}/plan", cancellation))));
        return command;
    }

    private static Command Promote()
    {
        var command = new Command("promote", "Switch a channel to a release that passed its gates") { Version, Stream, Channel };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(Stream)}/channels/{parsed.GetValue(Channel)}/promote",
            new { version = parsed.GetValue(Version) }, cancellation))));
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
