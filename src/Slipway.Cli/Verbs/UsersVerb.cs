using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway users`: who may change what, over TCP. Over the local socket the peer's uid decides.</summary>
internal static class UsersVerb
{
    public static Command Create() => new("users", "Give and take away access") { List(), Add(), Revoke() };

    private static Command List()
    {
        var command = new Command("list", "List users and their roles");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.GetAsync("api/v1/users", cancellation), "No users yet.", ("user", "user"), ("role", "role"), ("created", "created"))));
        return command;
    }

    private static Command Add()
    {
        var user = new Argument<string>("USER") { Description = "Name that the audit log shows" };
        var role = new Option<string>("--role") { Description = "What they may do", Required = true };
        role.AcceptOnlyFromAmong("reader", "packager", "release-engineer", "runner", "admin");
        var command = new Command("add", "Make a token for a user; it is shown once. Use it as SLIPWAY_TOKEN") { user, role };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync("api/v1/users", new { user = parsed.GetValue(user), role = parsed.GetValue(role) }, cancellation))));
        return command;
    }

    private static Command Revoke()
    {
        var user = new Argument<string>("USER") { Description = "Whose tokens end" };
        var command = new Command("revoke", "End every token of a user") { user };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.Object(await service.PostAsync($"api/v1/users/{Uri.EscapeDataString(parsed.GetValue(user)!)}/revoke", new { }, cancellation))));
        return command;
    }
}
