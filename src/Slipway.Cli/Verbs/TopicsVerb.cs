using System.CommandLine;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway messages topics`: whether the broker's topics are set up so that nothing is lost.</summary>
internal static class TopicsVerb
{
    private static readonly string[] Fixed = [Topics.Response, Topics.InfoRequest, Topics.InfoResponse, Topics.DeadLetters];
    private static readonly Option<string[]> Groups = new("--runner-group") { Description = "Runner groups whose topics are looked at, too [default: runner_group of the configuration]", HelpName = "GROUP" };

    public static Command Create() => new("topics", "Look at the settings of the broker's topics, and mend them")
    {
        One("check", "List settings that may lose messages; exit 1 if there are any", mend: false),
        One("fix", "Mend settings that may lose messages; exit 1 if some cannot be mended from here", mend: true),
    };

    /// <summary>The topics of a service that serves these groups.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> groups) => [.. Fixed, .. groups];

    private static Command One(string name, string description, bool mend)
    {
        var command = new Command(name, description) { Groups, SiteConfig.File };
        command.SetAction(parsed =>
        {
            var site = SiteConfig.Read(parsed);
            var groups = parsed.GetValue(Groups) is { Length: > 0 } given ? given : [site.Broker.RunnerGroup];
            using var broker = site.OpenBroker(new DataDirectory(GlobalOptions.DataDirectory(parsed)), TimeProvider.System);
            var faults = broker.CheckTopics(Of(groups), mend);
            new Output(parsed).List(System.Text.Json.JsonSerializer.SerializeToNode(faults, Output.JsonOptions)!, "Nothing that may lose messages.",
                ("topic", "topic"), ("setting", "setting"), ("now", "now"), (mend ? "set to" : "should be", "wanted"), ("why", "why"));
            return faults.All(fault => mend && fault.Wanted is not null) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command.WithExamples($"slipway messages topics {name}", $"slipway messages topics {name} --runner-group fedora --runner-group suse");
    }
}
