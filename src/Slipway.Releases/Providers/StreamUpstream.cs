using System.Globalization;
using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;
using Slipway.Updates;

namespace Slipway.Releases.Providers;

/// <summary>
/// Another stream as upstream: its versions by its pointers and its signed manifests of manifests, its packages and its bundle
/// definitions of one version. What was verified once is kept by version, which never changes.
/// </summary>
/// <param name="cache">Where verified indexes and bundles are kept.</param>
public sealed class StreamUpstream(UpstreamConfig config, string architecture, HttpClient http, ContentStore store, string cache, TimeProvider clock) : IContentProvider
{
    private const string Repository = "upstream";
    private const int MaxPointerBytes = 4096;
    private const int MaxManifestBytes = 64 << 20;
    private const int MaxIndexBytes = 1 << 30;
    private const int MaxSteps = 1000;

    private readonly UpstreamFetch _fetch = new(http, store, Path.Combine(cache, "fetch"), new Uri(config.Url + "/"), clock);
    private readonly TrustRoots _roots = TrustRoots.Parse(config.Trust ?? "", config.TrustFile ?? "the upstream's certificate");
    private uint _chosen;

    /// <summary>What the last look found; null when it could not be looked at.</summary>
    public UpstreamVersions? Versions { get; private set; }

    /// <summary>Where the stream stands, which says what has to be looked at.</summary>
    public StreamPosition? Position { get; set; }

    public InputState Look(CancellationToken cancellation)
    {
        Versions = null;
        try
        {
            Versions = ReadVersions(cancellation);
            if (Versions.Lag is null && config.Policy.Choose(Versions, Position?.Upstream ?? 0) is { } chosen)
            {
                Versions = CheckWhole(Versions, chosen, cancellation);
                return InputState.Available(config.Url!, InputKind.Upstream, $"{chosen.Version} {Digest.Of(Mom(chosen.Version, cancellation)!.ToBytes())}");
            }
            return InputState.Available(config.Url!, InputKind.Upstream, Versions.Lag ?? "no version that the policy allows");
        }
        catch (Exception e) when (e is SlipwayException or InvalidContentException or IOException)
        {
            return InputState.Unavailable(config.Url!, InputKind.Upstream, e.Message);
        }
    }

    /// <summary>Packages and bundles are those of this version from now on.</summary>
    public void Choose(uint version) => _chosen = version;

    public void AddTo(SolverPool pool)
    {
        var index = Index(_chosen, CancellationToken.None) ?? throw Gone($"the package index of {_chosen}");
        if (config.Packages == PackageType.Rpm)
            pool.AddRpmMd(Repository, index);
        else
            pool.AddDebIndex(Repository, Path.Combine(index, FlatIndex.MainFile(config.Packages)));
    }

    /// <summary>The upstream's bundle definitions of the chosen version.</summary>
    public IReadOnlyDictionary<string, BundleDefinition> Bundles(CancellationToken cancellation)
    {
        var archive = Archive(_chosen, cancellation) ?? throw Gone($"the bundles of {_chosen}");
        var bundles = BundleArchive.Read(archive, $"{config.Url}/{PathOf(config.BundlesPath, _chosen)}");
        return config.Bundles is { } wanted ? BundleArchive.Closed(bundles, wanted) : bundles;
    }

    public bool Has(ResolvedPackage package) => package.Repository == Repository;

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation)
    {
        var place = PathOf(config.PackagesPath, _chosen);
        Parallel.ForEachAsync(packages, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellation }, async (package, end) =>
            await _fetch.IntoStoreAsync($"{place}/{package.Location}", new Checksum("sha256", package.Digest.ToString()), package.Size, end).ConfigureAwait(false))
            .GetAwaiter().GetResult();
    }

    private UpstreamVersions ReadVersions(CancellationToken cancellation)
    {
        var latest = Number("latest", cancellation) ?? throw Gone("latest");
        if (Mom(latest, cancellation) is not { } newest)
            return new UpstreamVersions { Known = [], Lag = $"{config.Url} says {latest} is its newest version and has no update/{latest}/Manifest.MoM" };
        if (Number($"update/version/format{newest.Format}/latest", cancellation) is { } formatLatest && formatLatest != latest)
            return new UpstreamVersions { Known = [], Lag = $"{config.Url} says {latest} is its newest version, and of its format {formatLatest}" };
        var known = Known(newest, cancellation);
        var formats = new Dictionary<int, FormatRange>();
        var chosen = config.Policy.Choose(new UpstreamVersions { Known = known }, Position?.Upstream ?? 0);
        for (var format = Position?.UpstreamFormat ?? 0; format > 0 && chosen is not null && format <= chosen.Format; format++)
            formats[format] = new FormatRange(Number($"update/version/format{format}/first", cancellation), Number($"update/version/format{format}/latest", cancellation));
        return new UpstreamVersions { Known = known, Formats = formats };
    }

    private List<UpstreamVersion> Known(Manifest newest, CancellationToken cancellation)
    {
        var known = new List<UpstreamVersion> { new(newest.Version, newest.Format) };
        void Add(uint version)
        {
            if (known.All(k => k.Version != version) && Mom(version, cancellation) is { } mom)
                known.Add(new UpstreamVersion(mom.Version, mom.Format));
        }
        if (config.Policy.Kind == UpstreamPolicyKind.Pin)
            Add(config.Policy.Number);
        if (Position is { Upstream: > 0 } position && config.Policy.Kind == UpstreamPolicyKind.Hold)
            Add(position.Upstream);
        bool Enough() => config.Policy.Kind switch
        {
            UpstreamPolicyKind.Lag => known.Count > config.Policy.Number,
            UpstreamPolicyKind.Max => known[^1].Version <= config.Policy.Number,
            _ => true,
        };
        for (var mom = newest; !Enough() && mom is { Previous: > 0 } && known.Count < MaxSteps; mom = Mom(mom.Previous, cancellation))
            Add(mom.Previous);
        return known;
    }

    private UpstreamVersions CheckWhole(UpstreamVersions versions, UpstreamVersion chosen, CancellationToken cancellation)
    {
        var missing = Index(chosen.Version, cancellation) is null ? PathOf(config.PackagesPath, chosen.Version)
            : Archive(chosen.Version, cancellation) is null ? PathOf(config.BundlesPath, chosen.Version) : null;
        return missing is null ? versions : versions with { Lag = $"{config.Url} has version {chosen.Version} and not yet its {missing}" };
    }

    private Manifest? Mom(uint version, CancellationToken cancellation)
    {
        var path = $"update/{version}/Manifest.MoM";
        return Signed(path, MaxManifestBytes, required: true, cancellation) is { } text ? Manifest.Parse(text, Manifest.MoM, version: version) : null;
    }

    private string? Index(uint version, CancellationToken cancellation)
    {
        var place = PathOf(config.PackagesPath, version);
        var main = FlatIndex.MainFile(config.Packages);
        if (Signed($"{place}/{main}", MaxIndexBytes, config.SignedIndex, cancellation) is not { } text)
            return null;
        foreach (var (path, checksum, size) in config.Packages == PackageType.Rpm ? RpmMdParts.Of(text) : [])
        {
            var part = CacheOf($"{place}/{path}");
            if (!File.Exists(part))
                AtomicFile.Write(part, to => Copy(store.Open(_fetch.IntoStoreAsync($"{place}/{path}", checksum, size, cancellation).GetAwaiter().GetResult()), to));
        }
        return CacheOf(place);
    }

    private static void Copy(Stream from, Stream to)
    {
        using (from)
            from.CopyTo(to);
    }

    private byte[]? Archive(uint version, CancellationToken cancellation) => Signed(PathOf(config.BundlesPath, version), MaxManifestBytes, config.SignedIndex, cancellation);

    /// <summary>A file that belongs to a version: verified, then kept.</summary>
    private byte[]? Signed(string path, long maxBytes, bool required, CancellationToken cancellation)
    {
        var kept = CacheOf(path);
        if (File.Exists(kept))
            return File.ReadAllBytes(kept);
        if (Get(path, maxBytes, cancellation) is not { } content)
            return null;
        if (required)
        {
            if (Get(path + ".sig", ContentSignature.MaxSignatureBytes, cancellation) is not { } signature)
                return null;
            ContentSignature.Verify(content, signature, _roots, null, $"{config.Url}/{path}");
        }
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        AtomicFile.Write(kept, content);
        return content;
    }

    private uint? Number(string path, CancellationToken cancellation)
    {
        if (Get(path, MaxPointerBytes, cancellation) is not { } content)
            return null;
        var text = Encoding.ASCII.GetString(content).Trim();
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new SlipwayException($"read {config.Url}/{path}", "it is no version number", "look whether the address is right and what answers there") { Kind = FailureKind.Unreachable };
    }

    private byte[]? Get(string path, long maxBytes, CancellationToken cancellation) => _fetch.SmallAsync(path, maxBytes, cancellation).GetAwaiter().GetResult();

    private string PathOf(string template, uint version) => template
        .Replace("{version}", version.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{arch}", architecture, StringComparison.Ordinal);

    private string CacheOf(string path) => Path.Combine(cache, "versions", path);

    private SlipwayException Gone(string what) => new($"read the upstream {config.Url}", $"it has no {what}", "look whether the address is right") { Kind = FailureKind.Unreachable };
}
