using System.CommandLine;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway serve`: every role in one process on one machine.</summary>
internal static class ServeVerb
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port of the HTTP API and dashboard on 127.0.0.1; 0 takes a free one", DefaultValueFactory = _ => 8080 };
        var sample = new Option<string?>("--sample") { Description = "Make the git repositories of a sample first: harbor", HelpName = "NAME" };
        sample.AcceptOnlyFromAmong("harbor");
        var groups = new Option<string[]>("--runner-group") { Description = "Runner groups that the built-in runner serves", HelpName = "GROUP", DefaultValueFactory = _ => ["harbor"] };
        var builds = new Option<int>("--builds") { Description = "Builds at a time", DefaultValueFactory = _ => 2 };
        var command = new Command("serve", "Run everything here: fetch, runner, collect, release watch, signer, API and dashboard")
        {
            port, sample, groups, builds, SiteConfig.File,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!Environment.IsPrivilegedProcess)
                throw new SlipwayException("slipway serve", "only root can start builds as an account of their own", "run it as root") { Kind = FailureKind.Usage };
            await using var roles = new Roles(new ServeOptions
            {
                DataDirectory = GlobalOptions.DataDirectory(parsed),
                Port = parsed.GetValue(port),
                Sample = parsed.GetValue(sample) is not null,
                RunnerGroups = parsed.GetValue(groups)!,
                Builds = parsed.GetValue(builds),
                Site = SiteConfig.Read(parsed),
            });
            await roles.RunAsync(cancellation);
            return ExitCodes.Done;
        });
        return command;
    }
}
