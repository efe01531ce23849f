using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway repo`: look after package repositories (they move packages; releases move devices).</summary>
internal static class RepoVerb
{
    private static readonly Argument<string> Repository = new("REPOSITORY") { Description = "Project and dist, such as harbor/bookworm" };

    public static Command Create() => new("repo", "Look after package repositories") { List(), Show(), Verify() };

    private static Command List()
    {
        var command = new Command("list", "List repositories with their newest snapshot");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync("api/v1/repositories", cancellation), "No repositories yet.",
            ("project", "project"), ("dist", "dist"), ("type", "type"), ("snapshot", "snapshot"), ("packages", "packages"), ("published", "published"))));
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Show a repository's snapshots and packages") { Repository };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.GetAsync($"api/v1/repositories/{parsed.GetValue(Repository)}", cancellation))));
        return command;
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Read a repository again, every file and signature of it") { Repository };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync($"api/v1/repositories/{parsed.GetValue(Repository)}/verify", new { }, cancellation))));
        return command;
    }
}
