using System.CommandLine;
using System.Globalization;
using Slipway.Compose.Mixing;
using Slipway.Compose.Sources;
using Slipway.Compose.Workspace;
using Slipway.Updates;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix build`: bundles, update, all.</summary>
internal static class MixBuildVerb
{
    private static readonly Option<bool> NoSigning = new("--no-signing") { Description = "Make no signatures" };
    private static readonly Option<int?> Format = new("--format") { Description = "Format of this version [default: mixer.state's]" };
    private static readonly Option<bool> Increment = new("--increment") { Description = "Go on to the next version afterwards: ten higher, following this one" };
    private static readonly Option<uint> MinVersion = new("--min-version") { Description = "Give every file at least this version", HelpName = "VERSION" };
    private static readonly Option<bool> SkipFullfiles = new("--skip-fullfiles") { Description = "Leave out full files" };
    private static readonly Option<bool> SkipPacks = new("--skip-packs") { Description = "Leave out zero packs" };
    private static readonly Option<bool> Explain = new("--explain") { Description = "Say of each thing whether it was made or used again" };
    private static readonly Option<string> Profile = new("--profile") { Description = "default is quick, small is small", DefaultValueFactory = _ => "default" };
    private static readonly Option<bool> SkipFormatCheck = new("--skip-format-check") { Description = "Build though upstream changed its format", Recursive = true };
    private static readonly Option<int> Workers = new("--bundle-workers") { Description = "Packages and bundles at a time; 0: as many as there are processors", HelpName = "N", Recursive = true };

    // What they limited apart is one pool of work here; what --retries repeated does not fail.
    private static readonly Option<int> FullfileWorkers = new("--fullfile-workers") { Description = "Full files at a time; 0: as many as there are processors", HelpName = "N", Recursive = true };
    private static readonly Option<int> DeltaWorkers = new("--delta-workers") { Description = "Deltas at a time; 0: as many as there are processors", HelpName = "N", Recursive = true };
    private static readonly Option<int> Retries = new("--retries") { Hidden = true, DefaultValueFactory = _ => 3, Recursive = true };

    public static Command Create()
    {
        Profile.AcceptOnlyFromAmong("default", "small");
        var build = new Command("build", "Build versions: bundles, update content, deltas, changes of format, images")
        {
            Bundles("bundles"), Bundles("chroots"), Update(), All(),
        };
        build.Subcommands.First(c => c.Name == "chroots").Hidden = true;
        foreach (var below in MixDeltaVerbs.All().Concat(MixFormatVerbs.All()).Concat(MixCheckVerbs.All())) build.Add(below);
        foreach (var option in (Option[])[SkipFormatCheck, Workers, FullfileWorkers, DeltaWorkers, Retries]) build.Add(option);
        return build.WithExamples("slipway mix build bundles", "slipway mix build update --explain", "slipway mix build all --increment");
    }

    public static MixBuildOptions Options(ParseResult parsed) => new()
    {
        Sign = !parsed.GetValue(NoSigning),
        Format = parsed.GetValue(Format),
        MinVersion = parsed.GetValue(MinVersion),
        Increment = parsed.GetValue(Increment),
        Fullfiles = !parsed.GetValue(SkipFullfiles),
        Packs = !parsed.GetValue(SkipPacks),
        SkipFormatCheck = parsed.GetValue(SkipFormatCheck),
        Jobs = new[] { parsed.GetValue(Workers), parsed.GetValue(FullfileWorkers), parsed.GetValue(DeltaWorkers) }.Max(),
        Offline = MixVerb.Offline(parsed),
        Timestamp = Timestamp(),
        Profile = parsed.GetValue(Profile) == "small" ? ContentProfile.Small : ContentProfile.Default,
        Explain = MixVerb.Explainer(parsed, parsed.GetValue(Explain)),
    };

    /// <summary>Options that every command takes which makes content.</summary>
    public static Command WithContentOptions(Command command)
    {
        foreach (var option in (Option[])[NoSigning, SkipFullfiles, SkipPacks, Explain, Profile]) command.Add(option);
        return command;
    }

    /// <summary>Those of the commands that make no packs by themselves.</summary>
    public static Command WithSigning(Command command)
    {
        command.Add(NoSigning);
        command.Add(Explain);
        return command;
    }

    private static Command Bundles(string name)
    {
        var command = new Command(name, "Resolve the bundles over the repositories and compose the full root of the version") { NoSigning, Explain };
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build bundles", async (mix, tools) =>
        {
            var composition = await BundlesAsync(mix, tools, Options(parsed), cancellation);
            if (new Output(parsed) is { Json: true } output) output.Object(new { version = mix.MixVersion, packages = composition.Packages, paths = composition.Paths, bytes = composition.Bytes });
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix build bundles");
    }

    private static Command Update()
    {
        var command = WithContentOptions(new Command("update", "Make the update content of the composed version: manifests, full files, packs, signatures") { Format, Increment, MinVersion });
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build update", async (mix, tools) =>
        {
            var options = Options(parsed);
            await new MixVersions(mix, tools).CheckUpstreamFormatAsync(options, cancellation);
            Print(parsed, await Task.Run(() => new MixContent(mix, tools).Build(options, cancellation), cancellation));
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix build update --increment", "slipway mix build update --explain");
    }

    private static Command All()
    {
        var command = WithContentOptions(new Command("all", "Add local packages, compose, and make the update content") { Format, Increment, MinVersion });
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build all", async (mix, tools) =>
        {
            var options = Options(parsed);
            if (Directory.Exists(mix.Config.LocalPackages) && Directory.EnumerateFiles(mix.Config.LocalPackages).Any(f => !Path.GetFileName(f).StartsWith('.'))) AddPackages.Run(mix);
            await BundlesAsync(mix, tools, options, cancellation);
            Print(parsed, await Task.Run(() => new MixContent(mix, tools).Build(options, cancellation), cancellation));
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix build all --increment");
    }

    private static async Task<Compose.Composition> BundlesAsync(MixWorkspace mix, MixTools tools, MixBuildOptions options, CancellationToken cancellation)
    {
        await new MixVersions(mix, tools).CheckUpstreamFormatAsync(options, cancellation);
        if (!options.Offline)
            await UpstreamStream.EnsureBundlesAsync(mix.Config.UpstreamBundlesUrl, mix.UpstreamVersion, mix.UpstreamBundles, tools.Http, cancellation);
        return await new MixBundles(mix, tools).BuildAsync(options, null, cancellation);
    }

    public static void Print(ParseResult parsed, CreateReport report)
    {
        if (new Output(parsed) is not { Json: true } output) return;
        output.Object(new
        {
            version = report.MoM.Version,
            format = report.MoM.Format,
            previous = report.MoM.Previous,
            changedBundles = report.ChangedBundles,
            bundlesComputed = report.BundlesComputed,
            fullfiles = report.Fullfiles,
            zeroPacks = report.ZeroPacks,
            seconds = report.Phases.ToDictionary(phase => phase.Phase, phase => Math.Round(phase.Time.TotalSeconds, 3)),
        });
    }

    private static long? Timestamp() =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
}
