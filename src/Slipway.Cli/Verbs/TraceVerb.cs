using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway trace`: follow the ledger from a file on a device back to its commit, or from a commit forward.</summary>
internal static class TraceVerb
{
    public static Command Create()
    {
        var subject = new Argument<string>("SUBJECT") { Description = "A path of the root, such as usr/bin/hello; or a commit, or the number of a build" };
        var root = new Option<string?>("--path") { Description = "Root directory of the device that holds the file", HelpName = "DIR" };
        var stream = new Option<string?>("--stream") { Description = "Stream [default: the one that the root follows]", HelpName = "NAME" };
        var command = new Command("trace", "Lead from a file on a device back to its commit, or from a commit to the releases that carry it") { subject, root, stream };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var service = new ServiceClient(parsed);
            var directory = parsed.GetValue(root);
            var query = directory is not null
                ? OfFile(parsed.GetValue(subject)!, Path.GetFullPath(directory), parsed.GetValue(stream))
                : Subject(parsed.GetValue(subject)!);
            var answer = await service.GetAsync("api/v1/trace?" + query, cancellation);
            Print(new Output(parsed), answer, ofFile: directory is not null);
            return directory is null || $"{answer["verdict"]}" == "found" ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    /// <summary>A build's number or a commit.</summary>
    private static string Subject(string subject) => long.TryParse(subject, NumberStyles.None, CultureInfo.InvariantCulture, out _) && subject.Length < 12
        ? $"kind=build&id={subject}"
        : $"commit={Uri.EscapeDataString(subject)}";

    private static string OfFile(string path, string directory, string? stream)
    {
        var device = new Device(new DeviceOptions { Path = directory }).Describe();
        using var tree = RootedTree.Open(directory);
        var hash = NodeHash.Of(tree, BytePath.From(path.TrimStart('/')));
        stream ??= new Uri(device.ContentUrl).AbsolutePath.TrimEnd('/').Split('/')[^1];
        return $"stream={Uri.EscapeDataString(stream)}&version={device.Version}&path={Uri.EscapeDataString("/" + path.TrimStart('/'))}&hash={hash}";
    }

    private static void Print(Output output, JsonNode answer, bool ofFile)
    {
        if (output.Json)
        {
            output.Object(answer);
            return;
        }
        if (ofFile)
        {
            Console.WriteLine($"{answer["path"]}: {answer["text"]}");
            if (answer["bundles"] is JsonArray { Count: > 0 } bundles) Line("bundle", string.Join(", ", bundles.Select(b => $"{b}")));
        }
        var commits = answer["commits"]!.AsArray().ToDictionary(c => $"{c!["id"]}", c => c!);
        foreach (var (kind, id) in Nodes(answer[ofFile ? "origin" : "back"], "to")) Line(kind, commits.TryGetValue(id, out var commit) ? Commit(commit) : id);
        if (!ofFile)
            foreach (var (kind, id) in Nodes(answer["forward"], "from")) Line(kind, id);
    }

    /// <summary>The things that arrows lead to (or from), each once, in the order in which they are met.</summary>
    private static IEnumerable<(string Kind, string Id)> Nodes(JsonNode? arrows, string end) =>
        (arrows?.AsArray() ?? []).Select(a => ($"{a![end + "Kind"]}", $"{a[end + "Id"]}")).Distinct();

    private static string Commit(JsonNode commit) => $"{commit["id"]}  {commit["authorName"]} <{commit["authorEmail"]}>: {commit["subject"]}";

    private static void Line(string kind, string text) => Console.WriteLine($"  {kind,-15} {text}");
}
