using System.CommandLine;
using System.Text.Json;
using Slipway.Compose.Bundles;
using Slipway.Compose.Mixing;
using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix bundle`.</summary>
internal static class MixBundleVerb
{
    private static readonly Option<bool> Git = new("--git") { Description = "Commit the change" };
    private static readonly Argument<string[]> Some = new("BUNDLE") { Description = "Names of bundles", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => new Command("bundle", "Choose, define and check the bundles of the mix")
    {
        Add(), Remove(), List(), Create("create", "Make a local definition: a copy of upstream's, else a template"), Create("edit", "Make a local definition to edit: a copy of upstream's, else a template"), Validate(), Explain(),
    }.WithExamples("slipway mix bundle create editors --add", "slipway mix bundle list --tree", "slipway mix bundle explain editors vim");

    private static Command Add()
    {
        var allLocal = new Option<bool>("--all-local") { Description = "Add every local bundle" };
        var allUpstream = new Option<bool>("--all-upstream") { Description = "Add every upstream bundle" };
        var command = new Command("add", "Add bundles to the mix") { Some, allLocal, allUpstream, Git };
        command.SetAction(parsed => MixVerb.Change(parsed, "mix bundle add", mix =>
        {
            var catalog = MixBundles.Catalog(mix);
            var names = parsed.GetValue(Some)!.ToList();
            if (parsed.GetValue(allLocal)) names.AddRange(catalog.Of(BundleOrigin.Local, BundleOrigin.LocalPackage));
            if (parsed.GetValue(allUpstream)) names.AddRange(catalog.Of(BundleOrigin.Upstream, BundleOrigin.UpstreamPackage));
            RequireSome(names);
            // Each must be one that can be built: what it leads to included.
            catalog.Close(names, "the command line");
            var added = names.Except(mix.MixBundles).ToList();
            mix.MixBundles = [.. mix.MixBundles, .. added];
            Commit(parsed, $"Bundles added: {string.Join(", ", added)}");
            new Output(parsed).Done(added.Count == 0 ? "All of them are in the mix already" : $"Added {string.Join(", ", added)}", new { added });
        }));
        return command;
    }

    private static Command Remove()
    {
        var mixFlag = new Option<bool>("--mix") { Description = "Take them out of the mix", DefaultValueFactory = _ => true };
        var local = new Option<bool>("--local") { Description = "Delete their local definitions" };
        var command = new Command("remove", "Take bundles out of the mix; devices lose a removed bundle only with a change of format") { Some, mixFlag, local, Git };
        command.SetAction(parsed => MixVerb.Change(parsed, "mix bundle remove", mix =>
        {
            var names = parsed.GetValue(Some)!;
            RequireSome(names);
            var catalog = MixBundles.Catalog(mix);
            if (parsed.GetValue(mixFlag)) mix.MixBundles = [.. mix.MixBundles.Except(names)];
            foreach (var name in parsed.GetValue(local) ? names.Where(n => catalog.OriginOf(n) == BundleOrigin.Local) : [])
                File.Delete(Path.Combine(mix.Config.LocalBundles, name));
            Commit(parsed, $"Bundles removed: {string.Join(", ", names)}");
        }));
        return command;
    }

    private static Command List()
    {
        var which = new Argument<string>("WHICH") { Description = "mix, local or upstream", DefaultValueFactory = _ => "mix" };
        which.AcceptOnlyFromAmong("mix", "local", "upstream");
        var tree = new Option<bool>("--tree") { Description = "Show what each includes, and with (+) what it adds if nobody objects" };
        var command = new Command("list", "List bundles with where each is defined") { which, tree };
        command.SetAction(parsed =>
        {
            var mix = MixVerb.Open(parsed);
            var catalog = MixBundles.Catalog(mix);
            var names = parsed.GetValue(which) switch
            {
                "local" => catalog.Of(BundleOrigin.Local, BundleOrigin.LocalPackage),
                "upstream" => catalog.Of(BundleOrigin.Upstream, BundleOrigin.UpstreamPackage),
                _ => mix.MixBundles.Order(StringComparer.Ordinal).ToList(),
            };
            if (parsed.GetValue(tree)) BundleTree.Print(parsed, catalog.Close(names, mix.MixBundlesFile), names);
            else Print(parsed, mix, catalog, names);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(ParseResult parsed, MixWorkspace mix, BundleCatalog catalog, IReadOnlyList<string> names)
    {
        // Of the mix: also what it leads to, as `mix build bundles` will write it.
        var inMix = parsed.GetValue<string>("WHICH") == "mix" ? catalog.Close(names, mix.MixBundlesFile).Bundles.Select(b => b.Name).Where(n => n != BundleDefinition.Core || names.Contains(n)).ToList() : names;
        var rows = inMix.Order(StringComparer.Ordinal).Select(n => new { name = n, origin = Words(catalog.OriginOf(n)), inMix = mix.MixBundles.Contains(n) ? "named" : "included" });
        var columns = parsed.GetValue<string>("WHICH") == "mix" ? new (string, string)[] { ("bundle", "name"), ("defined", "origin"), ("in mix", "inMix") } : [("bundle", "name"), ("defined", "origin")];
        new Output(parsed).List(JsonSerializer.SerializeToNode(rows, Output.JsonOptions)!, "There are no bundles.", columns);
    }

    private static string Words(BundleOrigin? origin) => origin switch
    {
        BundleOrigin.Local => "local",
        BundleOrigin.LocalPackage => "local package",
        BundleOrigin.Upstream => "upstream",
        BundleOrigin.UpstreamPackage => "upstream package",
        _ => "nowhere",
    };

    private static Command Create(string name, string description)
    {
        var add = new Option<bool>("--add") { Description = "Add them to the mix too" };
        var local = new Option<bool>("--local") { Description = "Begin with a template even where upstream has a definition" };
        var suppress = new Option<bool>("--suppress-editor") { Hidden = true };
        var command = new Command(name, description) { Some, add, local, suppress, Git };
        command.SetAction(parsed => MixVerb.Change(parsed, $"mix bundle {name}", mix =>
        {
            var names = parsed.GetValue(Some)!;
            RequireSome(names);
            var catalog = MixBundles.Catalog(mix);
            Directory.CreateDirectory(mix.Config.LocalBundles);
            foreach (var bundle in names) Write(mix, catalog, bundle, parsed.GetValue(local));
            if (parsed.GetValue(add)) mix.MixBundles = [.. mix.MixBundles, .. names];
            Commit(parsed, $"Bundles edited: {string.Join(", ", names)}");
            new Output(parsed).Done(string.Join('\n', names.Select(n => Path.Combine(mix.Config.LocalBundles, n))), new { files = names.Select(n => Path.Combine(mix.Config.LocalBundles, n)) });
        }));
        return command;
    }

    private static void Write(MixWorkspace mix, BundleCatalog catalog, string bundle, bool template)
    {
        if (!BundleDefinition.IsBundleName(bundle))
            throw new SlipwayException($"define the bundle '{bundle}'", "that is no bundle name", "letters, digits, '-', '_', '+' and '.', not MoM or full") { Kind = FailureKind.Usage };
        var file = Path.Combine(mix.Config.LocalBundles, bundle);
        if (File.Exists(file)) return;
        var errors = new List<ConfigError>();
        var known = template ? null : catalog.Find(bundle, errors);
        AtomicFile.WriteText(file, known switch
        {
            { IsSinglePackage: true } => BundleTemplate.Text(bundle, "", [bundle]),
            not null => File.ReadAllText(known.File),
            null => BundleTemplate.Text(bundle),
        });
    }

    private static Command Validate()
    {
        var allLocal = new Option<bool>("--all-local") { Description = "Check every local bundle" };
        var strict = new Option<bool>("--strict") { Description = "Ask also for all five header fields, and that the title is the bundle's name" };
        var command = new Command("validate", "Check definitions: syntax, names, and that all they include is defined") { Some, allLocal, strict };
        command.SetAction(parsed =>
        {
            var mix = MixVerb.Open(parsed);
            var catalog = MixBundles.Catalog(mix);
            var names = parsed.GetValue(Some)!.Concat(parsed.GetValue(allLocal) ? catalog.Of(BundleOrigin.Local) : []).Distinct().ToList();
            RequireSome(names);
            catalog.Validate(names, parsed.GetValue(strict));
            new Output(parsed).Done($"{names.Count} bundles are right", new { bundles = names, strict = parsed.GetValue(strict) });
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Explain()
    {
        var bundle = new Argument<string>("BUNDLE") { Description = "A bundle of the mix" };
        var package = new Argument<string?>("PACKAGE") { Description = "Show why this package comes with it [default: all]", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("explain", "Say which packages a bundle installs, and who asked for each") { bundle, package };
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix bundle explain", async (mix, tools) =>
        {
            var resolved = await new MixBundles(mix, tools).ResolveAsync(new MixBuildOptions { Offline = MixVerb.Offline(parsed) }, null, cancellation);
            var rows = BundleReasons.Of(resolved, parsed.GetValue(bundle)!, parsed.GetValue(package));
            new Output(parsed).List(JsonSerializer.SerializeToNode(rows, Output.JsonOptions)!, "It installs nothing.", ("package", "name"), ("version", "version"), ("from", "repository"), ("first in", "bundle"), ("why", "reason"));
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix bundle explain editors", "slipway mix bundle explain editors libtinfo6");
    }

    private static void Commit(ParseResult parsed, string message)
    {
        if (parsed.GetValue(Git)) MixVerb.Commit(message);
    }

    private static void RequireSome(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0) throw new SlipwayException("bundles", "none is named", "name bundles, or --all-local") { Kind = FailureKind.Usage };
    }
}
