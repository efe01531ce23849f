using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway runners`: which machines may build.</summary>
internal static class RunnersVerb
{
    public static Command Create() => new("runners", "Let machines build, and take that away")
    {
        List(),
        Enrol(),
        Act("rotate", "Let a runner make itself a new key; it does so when it asks for its next build"),
        Act("revoke", "End a runner's key; what it builds is given to others"),
    };

    private static Argument<string> Name => new("NAME") { Description = "The runner's name, such as its host name" };

    private static Command List()
    {
        var command = new Command("list", "List runners on other machines");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.GetAsync("api/v1/runners", cancellation), "No runners yet.", ("name", "name"), ("state", "state"), ("created", "created"), ("enrolled", "enrolled"))));
        return command;
    }

    private static Command Enrol()
    {
        var name = Name;
        var command = new Command("enrol", "Make a token by which a machine becomes a runner; it works once, for an hour") { name };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync("api/v1/runners", new { name = parsed.GetValue(name) }, cancellation))));
        return command.WithExamples("slipway runners enrol builder-7", "slipway runner --server https://slipway.example.org:8443 --enrol TOKEN");
    }

    private static Command Act(string verb, string description)
    {
        var name = Name;
        var command = new Command(verb, description) { name };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync($"api/v1/runners/{Uri.EscapeDataString(parsed.GetValue(name)!)}/{verb}", new { }, cancellation))));
        return command;
    }
}
