using System.CommandLine;
using Slipway.Builds;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway fetch, server, collect, info`: one role of the service in a process of its own; those of one data directory work together.</summary>
internal static class RoleVerbs
{
    private static readonly Option<string[]> Groups = new("--runner-group") { Description = "Runner groups whose requests are taken from a shared broker", HelpName = "GROUP", DefaultValueFactory = _ => ["harbor"] };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the HTTP API and dashboard on 127.0.0.1; 0 takes a free one", DefaultValueFactory = _ => 8080 };
    private static readonly Option<bool> Always = new("--respond-always") { Description = "Answer also about what was never built" };

    public static IEnumerable<Command> All() =>
    [
        One("server", "Take requests, plan, give builds to runners, watch releases; API and dashboard", ServiceRoles.Server | ServiceRoles.Watch, Port, Groups),
        One("fetch", "See new commits and ask for builds of what they touch", ServiceRoles.Fetch),
        One("collect", "Publish what was built, as signed repositories (with `slipway signer`)", ServiceRoles.Collect),
        One("info", "Answer questions about builds over messages", ServiceRoles.Info, Always),
    ];

    private static Command One(string name, string description, ServiceRoles roles, params Option[] options)
    {
        var command = new Command(name, description) { SiteConfig.File };
        foreach (var option in options) command.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!Environment.IsPrivilegedProcess)
                throw new SlipwayException($"slipway {name}", "the service's files are root's", "run it as root") { Kind = FailureKind.Usage };
            await using var process = new Roles(new ServeOptions
            {
                DataDirectory = GlobalOptions.DataDirectory(parsed),
                Name = name,
                Roles = roles,
                Port = parsed.GetValue(Port),
                Sample = false,
                RunnerGroups = parsed.GetValue(Groups) ?? [],
                Builds = 0,
                RespondAlways = parsed.GetValue(Always),
                Site = SiteConfig.Read(parsed),
            });
            Roles.Say(name, "runs");
            await process.RunAsync(cancellation);
            return ExitCodes.Done;
        });
        return command.WithExamples($"slipway {name} --data /var/lib/slipway");
    }
}
