using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway messages`: what could not be understood, and what was asked for.</summary>
internal static class MessagesVerb
{
    public static Command Create() => new("messages", "Look at requests and at messages that could not be understood")
    {
        MessagesCheckVerb.Create(),
        TopicsVerb.Create(),
        ListOf("requests", "List build requests, newest first", "api/v1/requests", "No requests yet.",
            ("request", "requestId"), ("package", "package"), ("target", "target"), ("outcome", "outcome"), ("build", "buildId"), ("received", "received")),
        ListOf("dead-letters", "List messages that could not be understood, with the reason", "api/v1/dead-letters", "No dead letters.",
            ("topic", "topic"), ("offset", "offset"), ("reason", "reason"), ("time", "time")),
        ListOf("source-errors", "List packages whose metadata could not be read", "api/v1/source-errors", "No source errors.",
            ("package", "package"), ("commit", "commit"), ("error", "error")),
    };

    private static Command ListOf(string verb, string description, string path, string whenEmpty, params (string, string)[] columns)
    {
        var command = new Command(verb, description);
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.GetAsync(path, cancellation), whenEmpty, columns)));
        return command;
    }
}
