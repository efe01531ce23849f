using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway trace`: follow the ledger from a file on a device back to its commit, or from a commit forward.</summary>
internal static class TraceVerb
{
    public static Command Create()
    {
        var subject = new Argument<string>("SUBJECT") { Description = "A path of the root, such as usr/bin/hello, or a commit" };
        var root = new Option<string?>("--path") { Description = "Root directory of the device that holds the file", HelpName = "DIR" };
        var stream = new Option<string?>("--stream") { Description = "Stream [default: the one that the root follows]", HelpName = "NAME" };
        var command = new Command("trace", "Lead from a file on a device back to its commit, or from a commit to the releases that carry it") { subject, root, stream };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            var query = parsed.GetValue(root) is { } directory
                ? OfFile(parsed.GetValue(subject)!, Path.GetFullPath(directory), parsed.GetValue(stream))
                : $"commit={Uri.EscapeDataString(parsed.GetValue(subject)!)}";
            Print(output, await service.GetAsync("api/v1/trace?" + query, cancellation));
        }));
        return command;
    }

    private static string OfFile(string path, string directory, string? stream)
    {
        var device = new Device(new DeviceOptions { Path = directory }).Describe();
        using var tree = RootedTree.Open(directory);
        var hash = NodeHash.Of(tree, BytePath.From(path.TrimStart('/')));
        stream ??= new Uri(device.ContentUrl).AbsolutePath.TrimEnd('/').Split('/')[^1];
        return $"stream={Uri.EscapeDataString(stream)}&version={device.Version}&path={Uri.EscapeDataString("/" + path.TrimStart('/'))}&hash={hash}";
    }

    private static void Print(Output output, JsonNode answer)
    {
        if (output.Json)
        {
            output.Object(answer);
            return;
        }
        foreach (var step in answer["steps"]!.AsArray())
            Console.WriteLine($"{step!["kind"],-12} {step["id"]}{(step["text"] is { } text ? $"  {text}" : "")}");
    }
}
