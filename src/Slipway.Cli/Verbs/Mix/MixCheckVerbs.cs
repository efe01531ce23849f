using System.CommandLine;
using Slipway.Compose.Images;
using Slipway.Compose.Validation;
using Slipway.Content;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix build validate` and `image`.</summary>
internal static class MixCheckVerbs
{
    private const int MostShown = 50;

    public static IEnumerable<Command> All() => [Validate(), Image()];

    private static Command Validate()
    {
        var from = new Option<uint?>("--from") { Description = "The older version [default: the one that the newer one follows]", HelpName = "VERSION" };
        var to = new Option<uint?>("--to") { Description = "The newer version [default: the last one]", HelpName = "VERSION" };
        var width = new Option<int>("--table-width") { Description = "Columns of the table; a quarter of them for bundles", HelpName = "N", DefaultValueFactory = _ => 80 };
        var command = new Command("validate", "Compare what packages changed between two versions with what manifests changed; exit code 1 where they differ")
        {
            from, to, width,
            // Packages are known by what was recorded when the versions were composed; no repository is asked.
            new Option<string[]>("--from-repo-url") { Hidden = true }, new Option<string[]>("--to-repo-url") { Hidden = true },
        };
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build validate", async (mix, _) =>
        {
            var newer = parsed.GetValue(to) ?? mix.LastVersion;
            var older = parsed.GetValue(from) ?? Updates.PublishedVersion.Open(mix.Config.StateDirectory, newer).MoM.Previous;
            if (older == 0) throw new SlipwayException($"validate version {newer}", "it follows none", "--from VERSION") { Kind = FailureKind.Usage };
            var found = await Task.Run(() => new ManifestCheck(mix).Run(older, newer), cancellation);
            Print(parsed, found, parsed.GetValue(width));
            return found.Errors.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        }));
        return command.WithExamples("slipway mix build validate --from 10 --to 20");
    }

    private static void Print(ParseResult parsed, ManifestCheckResult found, int width)
    {
        if (new Output(parsed) is { Json: true } output)
        {
            output.Object(found);
            return;
        }
        foreach (var warning in found.Warnings.Take(MostShown)) Console.Error.WriteLine("warning: " + warning);
        foreach (var error in found.Errors.Take(MostShown)) Console.Error.WriteLine("error: " + error);
        if (found.Errors.Count > 0)
        {
            Console.Error.WriteLine($"{found.Errors.Count} differences between packages and manifests of {found.From} and {found.To}");
            return;
        }
        if (found.IsMinversionBump) Console.WriteLine("Minversion bump detected");
        var first = Math.Max(10, width / 4);
        Console.WriteLine($"{"Bundle".PadRight(first)}Changes");
        foreach (var bundle in found.Bundles) Console.WriteLine($"{bundle.Bundle.PadRight(first)} {bundle}");
        Console.WriteLine($"Manifests of {found.From} and {found.To} agree with their packages");
    }

    private static Command Image()
    {
        var template = new Option<string>("--template") { Description = "YAML file: name, version, bundles, formats (tar, squashfs, ext4)", HelpName = "FILE", DefaultValueFactory = _ => "release-image-config.yaml" };
        var format = new Option<int?>("--format") { Description = "Format of the version [default: its own]" };
        var command = new Command("image", "Install bundles from the update content into a root, and write it as tar.zst, squashfs and ext4 image") { template, format };
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build image", async (mix, tools) =>
        {
            var file = Path.GetFullPath(parsed.GetValue(template)!, MixVerb.Directory);
            var files = await new MixImage(mix, tools).BuildAsync(ImageTemplate.Load(file, mix.Warn), parsed.GetValue(format), cancellation);
            if (new Output(parsed) is { Json: true } output) output.Object(new { files });
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix build image --template release-image-config.yaml");
    }
}
