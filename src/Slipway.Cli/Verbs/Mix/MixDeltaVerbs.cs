using System.CommandLine;
using System.Text.Json;
using Slipway.Compose.Mixing;
using Slipway.Content;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix build delta-packs` and `delta-manifests`.</summary>
internal static class MixDeltaVerbs
{
    public static IEnumerable<Command> All() =>
    [
        Create("delta-packs", "Make packs of deltas from earlier versions to the last one", packs: true),
        Create("delta-manifests", "Make deltas of the manifests from earlier versions to the last one", packs: false),
    ];

    private static Command Create(string name, string description, bool packs)
    {
        var from = new Option<uint[]>("--from") { Description = "From this version; may be repeated", HelpName = "VERSION", AllowMultipleArgumentsPerToken = false };
        var previous = new Option<int>("--previous-versions") { Description = "From so many versions back", HelpName = "N" };
        var first = new Option<bool>("--from-first") { Description = "From the first version of the format" };
        var devices = new Option<string?>("--devices") { Description = "From the versions that devices report: a file of version, count", HelpName = "FILE" };
        var to = new Option<uint?>("--to") { Description = "To this version [default: the last one]", HelpName = "VERSION" };
        var report = new Option<bool>("--report") { Description = "Show what is covered" };
        var bytes = new Option<long?>("--max-bytes") { Description = "Most bytes of all packs together; the biggest gain comes first", HelpName = "BYTES" };
        var minutes = new Option<double?>("--max-minutes") { Description = "Begin no further version after this time", HelpName = "MINUTES" };
        var command = MixBuildVerb.WithSigning(new Command(name, description) { from, previous, first, devices, to, bytes, minutes });
        if (packs) command.Add(report);
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, $"mix build {name}", async (mix, tools) =>
        {
            var request = new DeltaRequest
            {
                From = parsed.GetValue(from) ?? [],
                PreviousVersions = parsed.GetValue(previous),
                FromFirst = parsed.GetValue(first),
                Devices = parsed.GetValue(devices) is { } file ? MixDeltas.ReadDevices(file) : new Dictionary<uint, long>(),
                To = parsed.GetValue(to),
                Packs = packs,
                MaxBytes = parsed.GetValue(bytes),
                MaxTime = parsed.GetValue(minutes) is { } limit ? TimeSpan.FromMinutes(limit) : null,
            };
            if (request is { From.Count: 0, PreviousVersions: 0, FromFirst: false, Devices.Count: 0 })
                throw new SlipwayException(name, "no version is named to start from", "--from VERSION, --previous-versions N, --from-first or --devices FILE") { Kind = FailureKind.Usage };
            if (request is { From.Count: > 0, PreviousVersions: > 0 })
                throw new SlipwayException(name, "--from and --previous-versions exclude each other", "one of the two") { Kind = FailureKind.Usage };
            var coverage = await Task.Run(() => new MixDeltas(mix, tools).Make(request, MixBuildVerb.Options(parsed), cancellation), cancellation);
            Print(parsed, coverage, packs && parsed.GetValue(report));
            return ExitCodes.Done;
        }));
        return command.WithExamples(packs
            ? ["slipway mix build delta-packs --previous-versions 3 --report", "slipway mix build delta-packs --devices devices.csv --max-bytes 500000000 --report"]
            : ["slipway mix build delta-manifests --previous-versions 3"]);
    }

    private static void Print(ParseResult parsed, IReadOnlyList<DeltaCoverage> coverage, bool report)
    {
        var output = new Output(parsed);
        if (!report && !output.Json) return;
        var rows = coverage.Select(c => new { from = c.From, devices = c.Devices, fullBytes = c.FullBytes, packBytes = c.PackBytes, outcome = c.Outcome }).ToList();
        output.List(JsonSerializer.SerializeToNode(rows, Output.JsonOptions)!, "There is no earlier version.", ("from", "from"), ("devices", "devices"), ("full", "fullBytes"), ("packs", "packBytes"), ("outcome", "outcome"));
        var (all, covered) = (coverage.Sum(c => c.Devices), coverage.Where(c => c.IsCovered).Sum(c => c.Devices));
        if (!output.Json && all > 0) Console.WriteLine($"{100.0 * covered / all:F0} % of {all} devices are covered");
    }
}
