using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway gc` and `slipway du`: who takes space, and freeing it.</summary>
internal static class SpaceVerbs
{
    public static Command Du()
    {
        var command = new Command("du", "Say what takes space: the store by who needs it, and the other directories");
        command.WithExamples("slipway du --json");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync("api/v1/space", cancellation), "Nothing yet.", ("part", "part"), ("files", "files"), ("bytes", "bytes"))));
        return command;
    }

    public static Command Gc()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would go and touch nothing" };
        var keepSnapshots = new Option<int?>("--keep-snapshots") { Description = "Newest snapshots of each repository that stay [default: 10, at least 3]", HelpName = "N" };
        var snapshotDays = new Option<double?>("--snapshot-days") { Description = "Days that a snapshot stays after another took its place [default: 14, at least 1]", HelpName = "DAYS" };
        var keepBuilds = new Option<int?>("--keep-builds") { Description = "Newest good builds of each target whose results and sources stay [default: 2]", HelpName = "N" };
        var buildDays = new Option<double?>("--build-days") { Description = "Days that results and sources of a build stay [default: 30]", HelpName = "DAYS" };
        var grace = new Option<double?>("--grace-hours") { Description = "Hours that content stays which nothing needs yet [default: 24, at least 1]", HelpName = "HOURS" };
        var command = new Command("gc", "Free space: remove from the store what no snapshot, release, build in retention, build root or half-way client needs") { dryRun, keepSnapshots, snapshotDays, keepBuilds, buildDays, grace };
        command.WithExamples("slipway gc --dry-run", "slipway gc --keep-snapshots 5 --snapshot-days 7");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            var answer = await service.PostAsync("api/v1/gc", new
            {
                dryRun = parsed.GetValue(dryRun),
                keepSnapshots = parsed.GetValue(keepSnapshots),
                snapshotDays = parsed.GetValue(snapshotDays),
                keepBuilds = parsed.GetValue(keepBuilds),
                buildDays = parsed.GetValue(buildDays),
                graceHours = parsed.GetValue(grace),
            }, cancellation);
            if (output.Json) output.Object(answer);
            else Print(answer);
        }));
        return command;
    }

    private static void Print(JsonNode answer)
    {
        var does = $"{answer["dryRun"]}" == "true" ? "would remove" : "removed";
        Console.WriteLine($"{does} {answer["contents"]} contents of the store, {answer["bytes"]} bytes");
        Console.WriteLine($"{does} {answer["snapshots"]!.AsArray().Count} snapshots: {string.Join(", ", answer["snapshots"]!.AsArray())}");
        Console.WriteLine($"{does} the result files of {answer["builds"]!.AsArray().Count} builds");
        Console.WriteLine($"left {answer["young"]!["files"]} contents, {answer["young"]!["bytes"]} bytes, that are needed by nothing yet and in their grace");
    }
}
