using Slipway.Compose.Bundles;
using Slipway.Compose.Payloads;
using Slipway.Compose.Sources;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Mixing;

/// <summary>The bundles of a version and the packages that each installs.</summary>
public sealed record ResolvedMix(BundleSet Bundles, IReadOnlyList<ResolvedBundle> Resolved);

/// <summary>`mix build bundles`: resolves the bundles of a mix and composes its full root (format clause 2.5).</summary>
public sealed class MixBundles(MixWorkspace mix, MixTools tools)
{
    private readonly ContentStore _store = new(Path.Combine(mix.Cache, "store"));

    private PayloadStore Payloads => new(Path.Combine(mix.Cache, "payloads"), _store);

    /// <summary>All definitions the workspace knows.</summary>
    public BundleCatalog Catalog() => Catalog(mix);

    public static BundleCatalog Catalog(MixWorkspace mix)
    {
        var upstream = Path.Combine(mix.UpstreamBundles, $"clr-bundles-{mix.UpstreamVersion}");
        return new BundleCatalog(mix.Config.LocalBundles, mix.LocalPackageList, Directory.Exists(upstream) ? upstream : null);
    }

    /// <summary>Resolves the bundles of the mix over its repositories; nothing is written.</summary>
    public async Task<ResolvedMix> ResolveAsync(MixBuildOptions options, Func<BundleDefinition, bool>? keep, CancellationToken cancellation)
    {
        var bundles = Bundles(keep);
        var sources = Sources(options.Offline);
        using var pool = await sources.OpenAsync(cancellation).ConfigureAwait(false);
        return new ResolvedMix(bundles, BundleResolution.Resolve(pool, mix.Config.Type, bundles));
    }

    /// <summary>Makes image/V: resolves, fetches, composes. What stands in www/V goes.</summary>
    /// <param name="keep">Which bundles of the mix. Unset: all.</param>
    public async Task<Composition> BuildAsync(MixBuildOptions options, Func<BundleDefinition, bool>? keep, CancellationToken cancellation)
    {
        var version = options.Version ?? mix.MixVersion;
        var bundles = Bundles(keep);
        var sources = Sources(options.Offline);
        ResolvedMix resolved;
        var begun = mix.Clock.GetTimestamp();
        using (var pool = await sources.OpenAsync(cancellation).ConfigureAwait(false))
        {
            var opened = mix.Clock.GetTimestamp();
            options.Explain?.Invoke($"repositories: read in {mix.Clock.GetElapsedTime(begun, opened).TotalSeconds:F3} s");
            resolved = new ResolvedMix(bundles, BundleResolution.Resolve(pool, mix.Config.Type, bundles));
            options.Explain?.Invoke($"bundles: resolved in {mix.Clock.GetElapsedTime(opened).TotalSeconds:F3} s");
        }
        tools.Say($"{bundles.Bundles.Count} bundles resolved to {resolved.Resolved.SelectMany(b => b.Packages).DistinctBy(p => p.Digest).Count()} packages");
        await sources.FetchAsync([.. resolved.Resolved.SelectMany(b => b.Packages)], cancellation).ConfigureAwait(false);
        var composition = Compose(version, options, resolved, cancellation);
        tools.Say($"version {version}: {composition.Paths} paths of {composition.Packages} packages");
        return composition;
    }

    private Composition Compose(uint version, MixBuildOptions options, ResolvedMix resolved, CancellationToken cancellation)
    {
        // Content of an earlier try of this version is of another image.
        MixWorkspace.Remove(mix.ContentOf(version));
        Directory.CreateDirectory(Path.Combine(mix.Www, "0"));
        var certificate = options.Sign ? MixCertificate.Ensure(mix) : null;
        var composition = new Composer(Payloads, _store).Compose(new ComposeOptions
        {
            StateDirectory = mix.Config.StateDirectory,
            Bundles = resolved.Bundles,
            Resolved = resolved.Resolved,
            Type = mix.Config.Type,
            ContentDirectory = "/",
            UpdateBundle = mix.Config.UpdateBundle,
            Debug = new DebugFiles(mix.Config.DebugInfoBanned, mix.Config.DebugInfoLib, mix.Config.DebugInfoSrc),
            Jobs = options.Jobs > 0 ? options.Jobs : Environment.ProcessorCount,
            BesideImage = BesideImage(resolved),
            Identity = new OsIdentity
            {
                Version = version,
                Format = options.Format ?? mix.State.Format,
                Timestamp = options.Timestamp ?? mix.Clock.GetUtcNow().ToUnixTimeSeconds(),
                ContentUrl = mix.Config.ContentUrl,
                VersionUrl = mix.Config.VersionUrl,
                Certificate = certificate is not null || File.Exists(mix.Config.Certificate) ? File.ReadAllBytes(mix.Config.Certificate) : null,
                OsReleaseFile = mix.Config.OsReleasePath.Length > 0 ? File.ReadAllBytes(mix.Config.OsReleasePath) : null,
                BuildId = mix.UpstreamVersion > 0 ? MixWorkspace.Text(mix.UpstreamVersion) : null,
            },
        }, cancellation);
        if (!File.Exists(Path.Combine(mix.Image, "LAST_VER")))
            mix.LastVersion = 0;
        return composition;
    }

    private BundleSet Bundles(Func<BundleDefinition, bool>? keep)
    {
        var set = Catalog().Close(mix.MixBundles, mix.MixBundlesFile);
        // Format clause 2.4: mixbundles is written again with all that the bundles lead to.
        var names = set.Bundles.Select(b => b.Name).Order(StringComparer.Ordinal).ToList();
        if (!names.SequenceEqual(mix.MixBundles))
            mix.MixBundles = names;
        return keep is null ? set : Kept(set, keep);
    }

    private static BundleSet Kept(BundleSet set, Func<BundleDefinition, bool> keep)
    {
        var kept = set.Bundles.Where(keep).ToList();
        var gone = set.Bundles.Except(kept).Select(b => b.Name).ToHashSet(StringComparer.Ordinal);
        var errors = kept.SelectMany(b => b.Includes.Where(gone.Contains).Select(i => new ConfigError(
            b.File, b.LineOf(i), $"bundle {b.Name} includes {i}, which this change of format takes away", $"Remove the line, or the status of {i}"))).ToList();
        if (errors.Count > 0)
            throw new ConfigException(errors);
        var known = kept.ToDictionary(b => b.Name, b => b with { AlsoAdd = [.. b.AlsoAdd.Where(a => !gone.Contains(a))] });
        return BundleSet.Close(kept.Select(b => b.Name), known, "", []);
    }

    internal MixSources Sources(bool offline)
    {
        var file = RepositoryFile.Load(mix.Config.RepositoriesFile);
        var variables = new Dictionary<string, string>
        {
            ["releasever"] = MixWorkspace.Text(mix.UpstreamVersion),
            ["basearch"] = mix.Config.Architecture,
            ["arch"] = mix.Config.Architecture,
        };
        return new MixSources(file.Repositories(variables, checks: true), new MixSourceOptions
        {
            Type = mix.Config.Type,
            Architecture = mix.Config.Architecture,
            Directory = mix.Cache,
            Store = _store,
            Http = tools.Http,
            Clock = mix.Clock,
            Warn = mix.Warn,
            Offline = offline,
        });
    }

    /// <summary>What lies beside the full root in image/V: bundles' includes, the list of versions, and what was resolved.</summary>
    private static List<(string Name, byte[] Content)> BesideImage(ResolvedMix resolved)
    {
        static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);
        var packages = resolved.Resolved.SelectMany(b => b.Packages).DistinctBy(p => (p.Name, p.Version)).OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal);
        return
        [
            // Format clause 2.5, item 7: the name is padded to fifty columns.
            ("versions", Text(string.Concat(packages.Select(p => $"{p.Name,-50}{p.Version}\n")))),
            (ImageRecord.FileName, ImageRecord.ToBytes(resolved)),
            .. resolved.Bundles.Bundles.Select(b => ($"noship/{b.Name}-includes", Text(string.Concat(b.Includes.Select(i => i + "\n"))))),
        ];
    }
}

/// <summary>The key pair that signs a mix's content; made on first need (format clause 1.11).</summary>
internal static class MixCertificate
{
    public static SigningCertificate Ensure(MixWorkspace mix)
    {
        if (!File.Exists(mix.Config.Certificate))
        {
            if (File.Exists(mix.Config.PrivateKey))
            {
                throw new SlipwayException($"sign with {mix.Config.Certificate}", $"it does not exist, while its key {mix.Config.PrivateKey} does", "put the certificate back, or move the key away")
                {
                    Kind = FailureKind.Usage,
                };
            }
            SigningCertificate.Create("Mixer", mix.Clock.GetUtcNow()).Save(mix.Config.Certificate, mix.Config.PrivateKey);
        }
        return SigningCertificate.Load(mix.Config.Certificate, mix.Config.PrivateKey);
    }
}
