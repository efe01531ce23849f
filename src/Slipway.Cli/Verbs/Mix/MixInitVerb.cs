using System.CommandLine;
using System.Globalization;
using Slipway.Compose.Mixing;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix init`.</summary>
internal static class MixInitVerb
{
    private const string Ignore = "/.slipway-mix.lock\n/update/\n/upstream-bundles/\n/private.pem\n";
    private static readonly string[] DefaultBundles = ["os-core", "os-core-update", "bootloader", "kernel-native"];

    private static readonly Option<bool> AllLocal = new("--all-local") { Description = "Add every local bundle to the mix" };
    private static readonly Option<bool> AllUpstream = new("--all-upstream") { Description = "Add every upstream bundle to the mix" };
    private static readonly Option<bool> NoDefaults = new("--no-default-bundles") { Description = "Do not add os-core, os-core-update, bootloader and kernel-native" };
    private static readonly Option<string?> UpstreamVersion = new("--upstream-version", "--clear-version") { Description = "Version of the upstream stream to start from: a number, or latest", HelpName = "N" };
    private static readonly Option<uint> MixVersion = new("--mix-version") { Description = "First version of the mix", HelpName = "N", DefaultValueFactory = _ => 10 };
    private static readonly Option<string> UpstreamUrl = new("--upstream-url") { Description = "Where the upstream stream publishes [default: the mix has none]", HelpName = "URL", DefaultValueFactory = _ => "" };
    private static readonly Option<string> UpstreamBundlesUrl = new("--upstream-bundles-url") { Description = "What VERSION.tar.gz is put behind to fetch upstream's bundle definitions", HelpName = "URL", DefaultValueFactory = _ => "" };
    private static readonly Option<int?> Format = new("--format") { Description = "Format of the first version [default: the machine's, else 1]" };
    private static readonly Option<bool> Git = new("--git") { Description = "Keep the workspace in git" };
    private static readonly Option<string> Type = new("--type") { Description = "Type of all packages: rpm, deb or pacman", DefaultValueFactory = _ => "rpm" };
    private static readonly Option<bool> FromHost = new("--from-host") { Description = "Take packages from this machine's distribution (deb), with a first os-core of base-files, bash and coreutils" };

    public static Command Create()
    {
        Type.AcceptOnlyFromAmong("rpm", "deb", "pacman");
        var command = new Command("init", "Make this directory a workspace; what is there of it stays")
        {
            AllLocal, AllUpstream, NoDefaults, UpstreamVersion, MixVersion, UpstreamUrl, UpstreamBundlesUrl, Format, Git, Type, FromHost,
            new Option<bool>("--local-rpms") { Hidden = true },
        };
        command.SetAction(RunAsync);
        return command.WithExamples(
            "slipway mix init --type deb --from-host",
            "slipway mix init --type rpm --no-default-bundles --all-local",
            "slipway mix init --upstream-url http://upstream.example.org --upstream-version latest --upstream-bundles-url http://upstream.example.org/bundles/");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var options = await OptionsAsync(parsed, http, cancellation);
        var mix = MixInit.Run(MixVerb.Directory, MixVerb.ConfigFile(parsed), options, Environment.GetEnvironmentVariable, TimeProvider.System, text => MixVerb.Say(parsed, null, 3, "warning: " + text));
        using (mix.Lock("mix init"))
        {
            if (!MixVerb.Offline(parsed))
                await UpstreamStream.EnsureBundlesAsync(mix.Config.UpstreamBundlesUrl, mix.UpstreamVersion, mix.UpstreamBundles, http, cancellation);
            var catalog = MixBundles.Catalog(mix);
            MixInit.WriteBundles(mix, catalog, options);
            if (parsed.GetValue(Git)) StartGit(mix);
        }
        new Output(parsed).Done($"{mix.Root} is a workspace of {mix.Config.Type.ToString().ToLowerInvariant()} packages at version {mix.MixVersion}, format {mix.State.Format}",
            new { workspace = mix.Root, type = mix.Config.Type.ToString().ToLowerInvariant(), mixVersion = mix.MixVersion, upstreamVersion = mix.UpstreamVersion, format = mix.State.Format, bundles = mix.MixBundles });
        return ExitCodes.Done;
    }

    private static async Task<InitOptions> OptionsAsync(ParseResult parsed, HttpClient http, CancellationToken cancellation)
    {
        var url = parsed.GetValue(UpstreamUrl)!;
        var hasUpstream = url.Length > 0 || parsed.GetValue(UpstreamBundlesUrl)!.Length > 0;
        return new InitOptions
        {
            Type = parsed.GetValue(Type) switch { "deb" => PackageType.Deb, "pacman" => PackageType.Pacman, _ => PackageType.Rpm },
            MixVersion = parsed.GetValue(MixVersion),
            UpstreamUrl = url,
            UpstreamBundlesUrl = parsed.GetValue(UpstreamBundlesUrl)!,
            UpstreamVersion = await VersionAsync(parsed.GetValue(UpstreamVersion) ?? (url.Length > 0 ? "latest" : "0"), url, http, cancellation),
            Format = parsed.GetValue(Format),
            // Without definitions of upstream there is nothing that the four names could mean.
            Bundles = parsed.GetValue(NoDefaults) || MixVerb.Offline(parsed) || !hasUpstream ? [] : DefaultBundles,
            AllLocal = parsed.GetValue(AllLocal),
            AllUpstream = parsed.GetValue(AllUpstream),
            FromHost = parsed.GetValue(FromHost),
        };
    }

    private static async Task<uint> VersionAsync(string given, string url, HttpClient http, CancellationToken cancellation)
    {
        if (uint.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return version;
        if (given != "latest") throw new SlipwayException("--upstream-version", $"'{given}' is no version", "a number, or latest") { Kind = FailureKind.Usage };
        return url.Length > 0 ? await new UpstreamStream(url, http).LatestAsync(cancellation) : throw new SlipwayException("take the latest upstream version", "no --upstream-url is given", "--upstream-url URL") { Kind = FailureKind.Usage };
    }

    private static void StartGit(MixWorkspace mix)
    {
        if (!File.Exists(Path.Combine(mix.Root, ".gitignore"))) AtomicFile.WriteText(Path.Combine(mix.Root, ".gitignore"), Ignore);
        MixVerb.Git("init", "--quiet");
        MixVerb.Commit("Initial mixer configuration");
    }
}
