using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Releases.Koji;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway release koji-sync`: keeps koji's external repository at the upstream's newest version. Needs no service.</summary>
internal static class KojiSyncVerb
{
    public static Command Create()
    {
        var upstream = new Option<string>("--upstream") { Description = "The upstream's address, above latest and releases/", Required = true, HelpName = "URL" };
        var profile = new Option<string>("--profile") { Description = "The hub's profile in koji's own configuration", DefaultValueFactory = _ => "koji" };
        var repository = new Option<string>("--repository") { Description = "The external repository in koji", DefaultValueFactory = _ => "dist-clear-external-repo" };
        var tag = new Option<string>("--tag") { Description = "The tag whose build repository is made anew", DefaultValueFactory = _ => "dist-clear" };
        var command = new Command("koji-sync", "Move koji's external repository to the upstream's newest version") { upstream, profile, repository, tag };
        command.SetAction(async (parsed, cancellation) =>
        {
            var known = KojiConnection.Profile(parsed.GetValue(profile)!);
            using var http = KojiConnection.Connect(known);
            var report = await new KojiSync(new KojiHub(http, known, TimeProvider.System), http).RunAsync(new KojiSyncOptions
            {
                Upstream = parsed.GetValue(upstream)!,
                Repository = parsed.GetValue(repository)!,
                Tag = parsed.GetValue(tag)!,
            }, cancellation);
            foreach (var warning in report.Warnings) Console.Error.WriteLine($"warning: {warning}");
            new Output(parsed).Object(new JsonObject { ["from"] = report.From, ["to"] = report.To, ["changed"] = report.Changed });
            return ExitCodes.Done;
        });
        return command;
    }
}
