using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Cli.Verbs;

/// <summary>The verbs of `slipway content` that read what is published.</summary>
internal static class ContentReadVerbs
{
    private static readonly Argument<string> Tree = new("DIR") { Description = "Published content: the directory with the version directories, or a state directory" };

    public static IEnumerable<Command> All() => [Inspect(), Verify(), Diff(), Cat(), Extract()];

    private static Command Inspect()
    {
        var path = new Argument<string>("PATH") { Description = "A manifest, tar, pack, delta or signature, or a directory of published content" };
        var version = new Option<uint?>("--version", "-V") { Description = "Of a directory: show this version's bundles" };
        var command = new Command("inspect", "Say what a file of update content is and holds, or what a directory publishes") { path, version };
        command.WithExamples("slipway content inspect www/20/Manifest.os-core", "slipway content inspect www/20/pack-os-core-from-10.tar --json", "slipway content inspect www --version 20");
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(path)!;
            var output = new Output(parsed);
            if (File.Exists(given)) Print(output, ContentInspection.OfFile(given), "members", "name", "type", "mode", "owner", "size");
            else if (!Directory.Exists(given)) throw new SlipwayException($"cannot inspect {given}", "there is no such file or directory") { Kind = FailureKind.Usage };
            else if (parsed.GetValue(version) is { } v) Print(output, ContentInspection.Version(PublishedVersion.Open(given, v)), "bundles", "bundle", "changedIn", "paths", "deleted", "ofThisVersion", "bytes");
            else Print(output, ContentInspection.Tree(given), "versions", "version", "format", "complete");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var version = Version();
        var certificate = new Option<string?>("--certificate") { Description = "Trust root, a PEM file [default: signatures are not checked]", HelpName = "FILE" };
        var jobs = new Option<int>("--jobs") { Description = "Files read at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("verify", "Read all that devices of a version may ask for and check it as they do; exit code 1 when something is wrong") { Tree, version, certificate, jobs };
        command.WithExamples("slipway content verify www --version 20 --certificate Swupd_Root.pem");
        command.SetAction(parsed =>
        {
            var roots = parsed.GetValue(certificate) is { } file ? TrustRoots.Load(file) : null;
            var found = ContentVerification.Check(PublishedVersion.Open(parsed.GetValue(Tree)!, parsed.GetValue(version)), roots, TimeProvider.System.GetUtcNow(), parsed.GetValue(jobs));
            var output = new Output(parsed);
            if (!output.Json) foreach (var problem in found.Problems) Console.WriteLine(problem);
            output.Done($"Version {found.Version}: {found.Manifests} manifests, {found.Fullfiles} full files, {found.Packs} packs and {found.Deltas} deltas read, {found.Problems.Count} problems{(roots is null ? "; signatures not checked" : "")}", found);
            return found.Problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Diff()
    {
        var from = new Argument<uint>("FROM") { Description = "The older version" };
        var to = new Argument<uint>("TO") { Description = "The newer version" };
        var bundle = new Option<string?>("--bundle") { Description = "Only this bundle", HelpName = "NAME" };
        var command = new Command("diff", "Show what differs between two versions, bundle by bundle: + added, - removed, * changed, = lifted to a new version number") { Tree, from, to, bundle };
        command.WithExamples("slipway content diff www 10 20", "slipway content diff www 10 20 --bundle os-core --json");
        command.SetAction(parsed =>
        {
            var directory = parsed.GetValue(Tree)!;
            var only = parsed.GetValue(bundle);
            var differences = ContentDifference.Between(PublishedVersion.Open(directory, parsed.GetValue(from)), PublishedVersion.Open(directory, parsed.GetValue(to)))
                .Where(d => only is null || d.Bundle == only).ToList();
            var output = new Output(parsed);
            if (output.Json) output.Object(new { from = parsed.GetValue(from), to = parsed.GetValue(to), bundles = differences.Select(Shape) });
            else foreach (var difference in differences) Print(difference);
            return ExitCodes.Done;
        });
        return command;
    }

    private static object Shape(BundleDifference difference) => new
    {
        bundle = difference.Bundle,
        from = difference.From,
        to = difference.To,
        paths = difference.Paths.Select(p => new { path = p.Path.ToString(), variant = Variant(p.Variant), change = p.Change.ToString().ToLowerInvariant() }),
    };

    private static void Print(BundleDifference difference)
    {
        Console.WriteLine($"{difference.Bundle}: {(difference.From == 0 ? "new" : $"{difference.From}")} -> {(difference.To == 0 ? "gone" : $"{difference.To}")}, {difference.Paths.Count} paths");
        foreach (var path in difference.Paths)
            Console.WriteLine($"  {path.Change switch { ContentChange.Added => '+', ContentChange.Removed => '-', ContentChange.Changed => '*', _ => '=' }} {Variant(path.Variant)}{path.Path}");
    }

    private static string? Variant(Variant variant) => variant == Updates.Variant.Base ? null : "/" + variant;

    private static Command Cat()
    {
        var version = Version();
        var path = new Argument<string>("PATH") { Description = "Absolute path of a file in the version" };
        var command = new Command("cat", "Write a file's content in a version to standard output, checked against its hash") { Tree, version, path };
        command.WithExamples("slipway content cat www --version 20 /usr/lib/os-release");
        command.SetAction(parsed =>
        {
            var published = PublishedVersion.Open(parsed.GetValue(Tree)!, parsed.GetValue(version));
            var wanted = BytePath.From(parsed.GetValue(path)!);
            var record = published.Find(wanted) ?? throw new SlipwayException($"cannot show {wanted}", $"version {published.Version} does not have it", "write the path from the root") { Kind = FailureKind.Usage };
            using var output = Console.OpenStandardOutput();
            published.CopyContent(record, output);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Extract()
    {
        var version = Version();
        var target = new Argument<string>("TARGET") { Description = "A new or empty directory" };
        var bundles = new Option<string?>("--bundles", "-B") { Description = "Comma separated; what they include comes along [default: all]", HelpName = "A,B" };
        var command = new Command("extract", "Lay out the files of a version's bundles as a tree; needs root where owners differ from the caller") { Tree, version, target, bundles };
        command.WithExamples("slipway content extract www --version 20 /mnt/tree --bundles editors");
        command.SetAction(parsed =>
        {
            var published = PublishedVersion.Open(parsed.GetValue(Tree)!, parsed.GetValue(version));
            var directory = Path.GetFullPath(parsed.GetValue(target)!);
            var names = parsed.GetValue(bundles)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
            var written = ContentExtract.Write(published, names, directory);
            new Output(parsed).Done($"{written} files, links and directories of version {published.Version} in {directory}", new { version = published.Version, directory, written });
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<uint> Version() => new("--version", "-V") { Description = "The version", Required = true };

    /// <summary>An object whose one list is shown as a table below its other properties.</summary>
    private static void Print(Output output, object answer, string list, params string[] columns)
    {
        var node = JsonSerializer.SerializeToNode(answer, Output.JsonOptions)!.AsObject();
        if (output.Json || node[list] is not JsonArray rows)
        {
            output.Object(node);
            return;
        }

        node.Remove(list);
        output.Object(node);
        Console.WriteLine();
        output.List(rows, "Nothing.", [.. columns.Select(c => (c, c))]);
    }
}
