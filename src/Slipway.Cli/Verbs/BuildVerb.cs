using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Builds.Roots;
using Slipway.State;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway build`: build a package directory here, as a runner would.</summary>
internal static class BuildVerb
{
    private static readonly Argument<string> Directory = new("DIR") { Description = "Package directory", DefaultValueFactory = _ => "." };
    private static readonly Option<string?> Dist = new("--dist") { Description = "Dist to build for: a name (dists/NAME.yml here or above, else a profile of .cb/build_root.kiwi), or the path of a dist file" };
    private static readonly Option<string?> Selection = new("--selection") { Description = "Image to build with kiwi: the name of a selection in .cb/cloud_builder.yml", HelpName = "NAME" };
    private static readonly Option<string> Results = new("--results") { Description = "Directory for packages, build.log, record.json and solver.json", HelpName = "DIR", DefaultValueFactory = _ => "results" };
    private static readonly Option<string[]> Repositories = new("--repository") { Description = "Directory of packages of the dist's type (of debs also a published repository) that the build may use; may be repeated", HelpName = "DIR" };
    private static readonly Option<bool> Shell = new("--shell") { Description = "Open a shell in the root when the recipe fails" };
    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the root and say where it is" };
    private static readonly Option<bool> Offline = new("--offline") { Description = "Fetch nothing: use what is on this machine" };

    public static Command Create()
    {
        var command = new Command("build", "Build a package or image directory here and now, in the same root and isolation as a runner's build")
        {
            Directory, Dist, Selection, Results, Repositories, Shell, Keep, Offline,
        };
        command.WithExamples("slipway build projects/harbor/hello --dist bookworm", "slipway build --dist rpm --shell", "slipway build projects/images/disk --selection standard", "slipway build --dist bookworm --offline --json");
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(Dist) is null == parsed.GetValue(Selection) is null)
                parsed.AddError("give either --dist, for a package, or --selection, for an image");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = new Output(parsed);
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(30) };
        // The one document of --json is on standard output, so the log is not.
        await using var log = output.Json ? Console.OpenStandardError() : Console.OpenStandardOutput();
        var build = new DirectoryBuild(new DataDirectory(GlobalOptions.DataDirectory(parsed)), TimeProvider.System, http);
        var (outcome, root) = await build.RunAsync(new DirectoryBuildOptions
        {
            Directory = parsed.GetValue(Directory)!,
            Dist = parsed.GetValue(Dist),
            Selection = parsed.GetValue(Selection),
            Results = Path.GetFullPath(parsed.GetValue(Results)!),
            Repositories = parsed.GetValue(Repositories) ?? [],
            SourceDateEpoch = long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), CultureInfo.InvariantCulture, out var epoch) ? epoch : null,
            Shell = parsed.GetValue(Shell),
            Keep = parsed.GetValue(Keep),
            Offline = parsed.GetValue(Offline),
        }, bytes => log.Write(bytes.Span), cancellation);
        if (output.Json)
            Print(output, outcome, root);
        else
            Print(outcome, root);
        return outcome.Succeeded ? ExitCodes.Done : outcome.Infrastructure ? ExitCodes.Unreachable : ExitCodes.Failed;
    }

    private static void Print(BuildOutcome outcome, string? root)
    {
        foreach (var file in outcome.ResultFiles)
            Console.WriteLine(file);
        if (root is not null)
            Console.WriteLine($"the root is kept in {root}");
        if (!outcome.Succeeded)
            Console.Error.WriteLine($"error: build: {outcome.Cause}. Try: read the log above{(root is null ? ", or build again with --shell" : "")}");
    }

    private static void Print(Output output, BuildOutcome outcome, string? root)
    {
        var answer = JsonNode.Parse(outcome.Record!.ToJson())!.AsObject();
        answer["results"] = new JsonArray([.. outcome.ResultFiles.Select(f => JsonValue.Create(f))]);
        answer["keptRoot"] = root;
        output.Object(answer);
    }
}
