using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway builds`: ask the service to build, wait, look, know why a build waits.</summary>
internal static class BuildsVerb
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly Argument<long> Id = new("ID") { Description = "Number of the build" };

    public static Command Create() => new("builds", "Ask the service to build; look at builds and their logs")
    {
        List(), Show(), Log(), Why(), Start(), Act("cancel", "Cancel a build that is queued, waiting or running"), Act("retry", "Build the same source again"),
    };

    private static Command List()
    {
        var limit = new Option<int>("--limit") { Description = "How many, newest first", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "List builds, newest first") { limit };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync($"api/v1/builds?limit={parsed.GetValue(limit)}", cancellation), "No builds yet.",
            ("id", "id"), ("package", "package"), ("target", "target"), ("state", "state"), ("reason", "reason"), ("commit", "commit"))));
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Show one build with its attempts and results") { Id };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.GetAsync($"api/v1/builds/{parsed.GetValue(Id)}", cancellation))));
        return command;
    }

    private static Command Log()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the build ends" };
        var command = new Command("log", "Print the log of a build") { Id, follow };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, _) =>
        {
            await using var to = Console.OpenStandardOutput();
            await service.CopyAsync($"api/v1/builds/{parsed.GetValue(Id)}/log?follow={(parsed.GetValue(follow) ? "true" : "false")}", to, cancellation);
        }));
        return command;
    }

    private static Command Why()
    {
        var command = new Command("why", "Say why a build waits, or why it failed") { Id };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.GetAsync($"api/v1/builds/{parsed.GetValue(Id)}/why", cancellation))));
        return command;
    }

    private static Command Start()
    {
        var package = new Argument<string>("PACKAGE") { Description = "Path in the source repository, such as projects/harbor/hello" };
        var dist = new Option<string>("--dist") { Description = "Dist to build for", Required = true };
        var architecture = new Option<string>("--arch") { Description = "Architecture", DefaultValueFactory = _ => "x86_64" };
        var wait = new Option<bool>("--wait") { Description = "Wait for the end, with the log; exit 1 when the build failed" };
        var command = new Command("start", "Build a package at the head of its branch") { package, dist, architecture, wait };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var service = new ServiceClient(parsed);
            var order = new { package = parsed.GetValue(package), dist = parsed.GetValue(dist), architecture = parsed.GetValue(architecture) };
            var asked = await service.PostAsync("api/v1/builds", order, cancellation);
            if (!parsed.GetValue(wait))
            {
                new Output(parsed).Object(asked);
                return ExitCodes.Done;
            }
            var build = await WaitAsync(service, order.package!, $"{asked["requestId"]}", !parsed.GetValue(GlobalOptions.Json), cancellation);
            new Output(parsed).Object(build);
            return $"{build["state"]}" == "succeeded" ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command.WithExamples("slipway builds start projects/harbor/hello --dist bookworm --wait");
    }

    private static async Task<JsonNode> WaitAsync(ServiceClient service, string package, string request, bool log, CancellationToken cancellation)
    {
        JsonNode? Find(JsonNode builds) => builds.AsArray().FirstOrDefault(one => $"{one!["requestId"]}" == request);
        var path = $"api/v1/builds?package={Uri.EscapeDataString(package)}";
        JsonNode? build;
        while ((build = Find(await service.GetAsync(path, cancellation))) is null) await Task.Delay(Glance, cancellation);
        if (log)
        {
            await using var to = Console.OpenStandardError();
            await service.CopyAsync($"api/v1/builds/{build["id"]}/log?follow=true", to, cancellation);
        }
        while ($"{build!["state"]}" is "queued" or "waiting" or "running")
        {
            await Task.Delay(Glance, cancellation);
            build = Find(await service.GetAsync(path, cancellation));
        }
        return build;
    }

    private static Command Act(string verb, string description)
    {
        var command = new Command(verb, description) { Id };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync($"api/v1/builds/{parsed.GetValue(Id)}/{verb}", new { }, cancellation))));
        return command;
    }
}
