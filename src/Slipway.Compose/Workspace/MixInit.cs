using System.Globalization;
using Slipway.Compose.Bundles;
using Slipway.Compose.Sources;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Workspace;

/// <summary>What a new workspace is to be.</summary>
public sealed record InitOptions
{
    public PackageType Type { get; init; }

    public uint MixVersion { get; init; } = 10;

    /// <summary>0: the mix has no upstream version.</summary>
    public uint UpstreamVersion { get; init; }

    /// <summary>Empty: no upstream stream.</summary>
    public string UpstreamUrl { get; init; } = "";

    public string UpstreamBundlesUrl { get; init; } = "";

    /// <summary>Unset: that of the machine or of what is there, else 1.</summary>
    public int? Format { get; init; }

    /// <summary>The bundles of the mix.</summary>
    public IReadOnlyList<string> Bundles { get; init; } = [];

    /// <summary>All local definitions too.</summary>
    public bool AllLocal { get; init; }

    /// <summary>All definitions of upstream too.</summary>
    public bool AllUpstream { get; init; }

    /// <summary>Packages come from the machine's own distribution; where no bundle is defined, a first os-core is.</summary>
    public bool FromHost { get; init; }
}

/// <summary>`mix init`: makes a directory a workspace; what is there of it stays as it is.</summary>
public static class MixInit
{
    /// <summary>The names of local directories of a package type: the ancestor's for rpm, like ones for the others.</summary>
    public static (string Packages, string Repository) LocalNames(PackageType type) => type switch
    {
        PackageType.Deb => ("local-debs", "local-apt"),
        PackageType.Pacman => ("local-pkgs", "local-pacman"),
        _ => ("local-rpms", "local-yum"),
    };

    /// <summary>Writes the files and directories of a workspace.</summary>
    public static MixWorkspace Run(string directory, string? configFile, InitOptions options, Func<string, string?> variable, TimeProvider clock, Action<string> warn)
    {
        Directory.CreateDirectory(directory);
        WriteConfiguration(directory, configFile, options);
        var mix = MixWorkspace.Open(directory, configFile, variable, clock, warn);
        foreach (var place in new[] { mix.Config.LocalBundles, mix.Config.LocalPackages, mix.Config.LocalRepository, mix.Image, Path.Combine(mix.Www, "0") })
            Directory.CreateDirectory(place);
        mix.MixVersion = options.MixVersion;
        if (options.UpstreamVersion > 0)
            mix.UpstreamVersion = options.UpstreamVersion;
        if (options.UpstreamUrl.Length > 0)
            mix.UpstreamUrl = options.UpstreamUrl;
        mix.Change(mix.State with { Format = options.Format ?? mix.State.Format, Previous = 0 });
        WriteRepositories(mix, options);
        return mix;
    }

    /// <summary>Writes mixbundles, once upstream's definitions are at hand.</summary>
    public static void WriteBundles(MixWorkspace mix, BundleCatalog catalog, InitOptions options)
    {
        var names = options.Bundles.ToList();
        if (options.AllLocal)
            names.AddRange(catalog.Of(BundleOrigin.Local, BundleOrigin.LocalPackage));
        if (options.AllUpstream)
            names.AddRange(catalog.Of(BundleOrigin.Upstream, BundleOrigin.UpstreamPackage));
        if (options.FromHost && catalog.OriginOf(BundleDefinition.Core) is null)
        {
            AtomicFile.WriteText(Path.Combine(mix.Config.LocalBundles, BundleDefinition.Core), BundleTemplate.Text(BundleDefinition.Core, "What every device has", ["base-files", "bash", "coreutils"]));
            names.Add(BundleDefinition.Core);
        }
        mix.MixBundles = names;
    }

    private static void WriteConfiguration(string directory, string? configFile, InitOptions options)
    {
        var place = Path.GetFullPath(configFile ?? "builder.conf", directory);
        if (File.Exists(place))
        {
            if (options.UpstreamBundlesUrl.Length == 0)
                return;
            var there = BuilderConfigFile.Load(place, Path.GetFullPath(directory));
            there.Set("Swupd.UPSTREAM_BUNDLES_URL", options.UpstreamBundlesUrl);
            there.Save();
            return;
        }
        var file = BuilderConfigFile.New(place, Path.GetFullPath(directory));
        var (packages, repository) = LocalNames(options.Type);
        file.Set("Mixer.LOCAL_RPM_DIR", Path.Combine(Path.GetFullPath(directory), packages));
        file.Set("Mixer.LOCAL_REPO_DIR", Path.Combine(Path.GetFullPath(directory), repository));
        file.Set("Swupd.UPSTREAM_BUNDLES_URL", options.UpstreamBundlesUrl);
        file.Set("Slipway.TYPE", options.Type.ToString().ToLowerInvariant());
        file.Save();
    }

    private static void WriteRepositories(MixWorkspace mix, InitOptions options)
    {
        if (File.Exists(mix.Config.RepositoriesFile))
            return;
        var file = RepositoryFile.Load(mix.Config.RepositoriesFile);
        if (options.UpstreamUrl.Length > 0 && options.Type == PackageType.Rpm)
        {
            file.Add("clear", [("name", "Upstream"), ("baseurl", options.UpstreamUrl.TrimEnd('/') + "/releases/$releasever/clear/x86_64/os/"), ("enabled", "1"), ("gpgcheck", "1"), ("timeout", "45")]);
        }
        if (options.FromHost)
            file.Add("host", [("name", "This machine's distribution"), ("kind", "host")]);
        AddLocal(file, mix);
        file.Save();
    }

    /// <summary>The workspace's own packages; they go before all others.</summary>
    public static void AddLocal(RepositoryFile file, MixWorkspace mix)
    {
        if (!file.Names.Contains("local"))
        {
            file.Add("local", [("name", "Local"), ("baseurl", "file://" + mix.Config.LocalRepository), ("enabled", "1"), ("gpgcheck", "0"),
                ("priority", 1.ToString(CultureInfo.InvariantCulture))]);
        }
    }
}

/// <summary>The text of a new bundle definition.</summary>
public static class BundleTemplate
{
    public static string Text(string name, string description = "", IReadOnlyList<string>? packages = null) =>
        $"# [TITLE]: {name}\n# [DESCRIPTION]: {description}\n# [STATUS]: WIP\n# [CAPABILITIES]:\n# [MAINTAINER]:\n\n{string.Concat((packages ?? []).Select(p => p + "\n"))}";
}
