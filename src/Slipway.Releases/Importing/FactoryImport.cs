using System.Text;
using System.Text.RegularExpressions;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Sandbox;

namespace Slipway.Releases.Importing;

/// <summary>What to import.</summary>
/// <param name="Config">Checkout of the factory's configuration repository: config.sh and images/.</param>
/// <param name="Bundles">Checkout of the repository with bundle definitions. Unset: none.</param>
/// <param name="Target">The directory that becomes the stream's repository; new or empty.</param>
/// <param name="Stream">The stream's name. Unset: what NAMESPACE says.</param>
public sealed record FactoryOrder(string Config, string? Bundles, string Target, string? Stream);

/// <summary>Makes a stream's repository out of a distro factory's. Nothing of it is run.</summary>
public static partial class FactoryImport
{
    private const int MaxFileBytes = 1 << 20;

    public static ImportReport Make(FactoryOrder order)
    {
        using var config = RootedTree.Open(order.Config);
        using var target = RootedTree.OpenOrCreate(order.Target);
        if (target.List(BytePath.Empty).Count > 0)
            throw new SlipwayException($"import into {order.Target}", "it is not empty", "name a directory that is new or empty") { Kind = FailureKind.Usage };
        var text = Text(config, "config.sh") ?? throw new SlipwayException($"import {order.Config}", "it has no config.sh", "name the checkout of the factory's configuration repository") { Kind = FailureKind.Usage };
        var draft = new StreamDraft();
        var lines = new List<ImportedLine>();
        var statements = ShellConfig.Read(text);
        foreach (var statement in statements.Where(s => s.Kind != StatementKind.Nothing))
            lines.Add(Place(statement, draft, target));
        if (statements.Any(s => s.Kind == StatementKind.Function) || lines.Any(l => l.Place == "hooks/config.sh"))
            Write(target, "hooks/config.sh", text, 0x1a4);
        string? Given(string name) => statements.LastOrDefault(s => s.Kind == StatementKind.Assignment && s.Name == name)?.Value is { Length: > 0 } value ? value : null;
        var bundles = order.Bundles is null ? [] : Bundles(order.Bundles, Given("BUNDLES_REPO_SRC_DIR"), target, lines);
        Images(config, ImagesIn(Given("TEMPLATES_PATH")), target, lines);
        draft.Stream = order.Stream ?? draft.Stream;
        Tags(order, draft.Stream, target, lines);
        var yaml = draft.ToYaml(bundles);
        Write(target, StreamConfigReader.FileName, yaml, 0x1a4);
        var report = new ImportReport(draft.Stream, lines, [.. Remaining(yaml, draft, order)]);
        Write(target, "import-report.txt", report.ToText(), 0x1a4);
        target.SyncAll();
        return report;
    }

    private static ImportedLine Place(ShellStatement statement, StreamDraft draft, RootedTree target)
    {
        var shown = statement.Text.Split('\n')[0].Trim();
        if (statement.Kind == StatementKind.Assignment)
        {
            var (place, why) = FactoryRules.Apply(draft, statement.Name, statement.Value);
            return new("config.sh", statement.Line, shown, place, why);
        }
        if (statement.Kind == StatementKind.Other)
            return new("config.sh", statement.Line, shown, null, "it is neither a variable nor a function, and nothing is run when a stream is read");
        Write(target, $"hooks/{statement.Name}", $"#!/bin/bash\n# The function {statement.Name} of config.sh as a command.\n. \"$(dirname \"$0\")/config.sh\"\nset -e\n{statement.Name} \"$@\"\n", 0x1ed);
        return new("config.sh", statement.Line, shown, $"hooks/{statement.Name}", statement.Name switch
        {
            "sign_update" => "a command IN OUT; streams are signed by the signer, so bring it the key: slipway keys import",
            "sign_image" => "a command IN OUT",
            _ => "a command that takes the function's arguments",
        });
    }

    private static SortedSet<string> Bundles(string repository, string? below, RootedTree target, List<ImportedLine> lines)
    {
        using var tree = RootedTree.Open(repository);
        var top = BytePath.From((below ?? "").Trim('/'));
        var known = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in tree.List(top).Where(e => e.Stat.Type == NodeType.Regular).OrderBy(e => e.Path))
        {
            var (file, name) = (entry.Path.ToString(), entry.Path.Name.ToString());
            if (!BundleDefinition.IsBundleName(name) || Text(tree, file) is not { } text)
            {
                lines.Add(new(file, 1, name, null, "it is no bundle definition"));
                continue;
            }
            var errors = new List<ConfigError>();
            BundleParser.Parse(name, file, text, errors);
            Write(target, $"bundles/{name}", text, 0x1a4);
            known.Add(name);
            lines.Add(new(file, 1, name, $"bundles/{name}", null));
            var shown = text.Split('\n');
            lines.AddRange(errors.Select(e => new ImportedLine(file, e.Line, e.Line <= shown.Length ? shown[e.Line - 1].Trim() : "", $"bundles/{name}", $"it must be mended: {e.Message}. Try: {e.Remedy}")));
        }
        return known;
    }

    private static string ImagesIn(string? templates) => templates is null ? "images" : templates.StartsWith("config/", StringComparison.Ordinal) ? templates["config/".Length..].Trim('/') : templates.Trim('/');

    [GeneratedRegex(@"^(?<image>.+)-finalize\.[^.]+$|^(?<post>.+)-post\.sh$|^(?<task>task-.+)\.sh$")]
    private static partial Regex ScriptPattern();

    private static void Images(RootedTree config, string below, RootedTree target, List<ImportedLine> lines)
    {
        var top = BytePath.From(below);
        if (config.Stat(top)?.Type != NodeType.Directory)
            return;
        foreach (var (path, stat) in config.Walk(top).Where(e => e.Stat.Type == NodeType.Regular).OrderBy(e => e.Path))
        {
            var name = path.Name.ToString();
            var place = "images/" + new BytePath(path.Span[(top.Length + 1)..]);
            target.MakeDirectories(BytePath.From(place).Parent);
            target.WriteFile(BytePath.From(place), config.ReadAllBytes(path), stat.Permissions);
            lines.Add(new(path.ToString(), 1, name, place, Contract(name)));
        }
    }

    private static string? Contract(string name)
    {
        var match = ScriptPattern().Match(name);
        return match.Groups["image"].Success ? $"of the image {match.Groups["image"].Value}: called with one file, and its output names the files that are to be published; anything else it says goes to standard error"
            : match.Groups["post"].Success ? $"of the image {match.Groups["post"].Value}: called with the root of the finished image"
            : match.Groups["task"].Success ? "called by the other scripts beside it"
            : name.EndsWith(".yaml", StringComparison.Ordinal) ? $"the template of the image {name[..^5]}" : null;
    }

    /// <summary>Which commits each version was made from; numbers of versions that were tagged are never given again once they are adopted.</summary>
    private static void Tags(FactoryOrder order, string stream, RootedTree target, List<ImportedLine> lines)
    {
        var config = TagsOf(order.Config).Where(t => uint.TryParse(t.Name, out _)).ToDictionary(t => t.Name, t => t.Commit, StringComparer.Ordinal);
        var bundles = TagsOf(order.Bundles).Where(t => t.Name.StartsWith(stream + "-", StringComparison.Ordinal)).ToDictionary(t => t.Name[(stream.Length + 1)..], t => t.Commit, StringComparer.Ordinal);
        var table = config.Keys.Union(bundles.Keys).Order(StringComparer.Ordinal).ToList();
        foreach (var version in table)
            lines.Add(new("tags", 1, version, "imported-tags.tsv", null));
        if (table.Count > 0)
            Write(target, "imported-tags.tsv", string.Concat(table.Select(v => $"{v}\t{config.GetValueOrDefault(v, "-")}\t{bundles.GetValueOrDefault(v, "-")}\n")), 0x1a4);
    }

    private static IReadOnlyList<(string Name, string Commit)> TagsOf(string? directory) =>
        directory is not null && (Directory.Exists(Path.Combine(directory, ".git")) || File.Exists(Path.Combine(directory, "HEAD"))) ? new Git(directory).Tags() : [];

    private static IEnumerable<string> Remaining(string yaml, StreamDraft draft, FactoryOrder order)
    {
        if (draft.IsDownstream)
            yield return "put the upstream's Swupd_Root.pem into the repository as upstream.pem";
        if (draft is { IsDownstream: true, UpstreamUrl: null })
            yield return "write the upstream's address to upstream.url: CLR_PUBLIC_DL_URL is not set";
        if (order.Bundles is null)
            yield return "put the bundle definitions below bundles/";
        IReadOnlyList<ConfigError> errors = [];
        try
        {
            StreamConfigReader.Parse(yaml);
        }
        catch (ConfigException wrong)
        {
            errors = wrong.Errors;
        }
        foreach (var error in errors)
            yield return error.ToString();
        yield return $"write format: N of the newest version, push the repository, then: slipway release adopt --stream {draft.Stream} --www URL --certificate Swupd_Root.pem";
    }

    private static string? Text(RootedTree tree, string file) => tree.Stat(BytePath.From(file)) is { Type: NodeType.Regular, Size: <= MaxFileBytes }
        ? Encoding.UTF8.GetString(tree.ReadAllBytes(BytePath.From(file), MaxFileBytes)) : null;

    private static void Write(RootedTree target, string file, string text, int mode)
    {
        target.MakeDirectories(BytePath.From(file).Parent);
        target.WriteFile(BytePath.From(file), Encoding.UTF8.GetBytes(text), mode);
    }
}
