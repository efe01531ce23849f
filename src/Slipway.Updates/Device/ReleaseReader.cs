using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>Loads releases: from the cache, as a delta, or whole; nothing unverified gets out (format 2.4).</summary>
internal sealed class ReleaseReader(PublishedContent content, DeviceState state, TrustRoots trust, DamagePolicy damage, int jobs, TimeProvider time)
{
    private const int MaxManifestBytes = 512 << 20;
    private const int MaxMomBytes = 4 << 20;
    private static readonly TarLimits ManifestTar = new() { MaxEntries = 8, MaxEntryBytes = MaxManifestBytes, MaxTotalBytes = MaxManifestBytes };

    /// <summary>The manifest of manifests of a version, its signature checked.</summary>
    /// <param name="version">The version.</param>
    /// <param name="digest">What a channel pointer says it must be; null when none says so.</param>
    /// <param name="format">The format it must have; null takes any.</param>
    /// <param name="cancel">Ends the operation.</param>
    public async Task<Manifest> LoadMomAsync(uint version, Digest? digest, int? format, CancellationToken cancel)
    {
        var (text, signature, fresh) = Cached(version) ?? await FetchMomAsync(version, cancel);
        var subject = content.UrlOf($"{version}/Manifest.MoM");
        if (!fresh && ContentSignature.Refusal(text, signature, trust, time.GetUtcNow()) is not null)
        {
            (text, signature, _) = await FetchMomAsync(version, cancel);
        }
        ContentSignature.Verify(text, signature, trust, time.GetUtcNow(), subject);
        if (digest is { } expected && Digest.Of(text) != expected)
        {
            throw new SlipwayException(subject, $"its SHA-256 is {Digest.Of(text)}, the channel's pointer says {expected}", "publish the channel again");
        }
        var mom = Manifest.Parse(text, Manifest.MoM, ManifestLimits.Client, version);
        if (format is { } wanted && mom.Format != wanted)
        {
            throw new SlipwayException(subject, $"it has format {mom.Format}, this device reads format {wanted}", "update to the last version of the device's format first");
        }
        state.SaveManifest(version, "Manifest.MoM", text);
        state.SaveManifest(version, "Manifest.MoM.sig", signature);
        return mom;
    }

    /// <summary>Loads bundles and all they include.</summary>
    /// <param name="mom">The release.</param>
    /// <param name="names">The bundles asked for.</param>
    /// <param name="optional">True adds what the bundles name as "also add".</param>
    /// <param name="previous">An older release whose manifests deltas start from; null for none.</param>
    /// <param name="cancel">Ends the operation.</param>
    public async Task<Release> LoadAsync(Manifest mom, IEnumerable<string> names, bool optional, Release? previous, CancellationToken cancel)
    {
        var loaded = new Dictionary<string, Manifest>(StringComparer.Ordinal);
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        while (wanted.Count > 0)
        {
            var round = new ConcurrentBag<Manifest>();
            await Parallel.ForEachAsync(wanted, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancel }, async (name, token) =>
                round.Add(await LoadBundleAsync(mom, name, previous?.Bundles.GetValueOrDefault(name), token)));
            foreach (var manifest in round)
            {
                loaded.Add(manifest.Name, manifest);
            }
            var next = round.SelectMany(manifest => optional ? manifest.Includes.Concat(manifest.AlsoAdd) : manifest.Includes);
            // An include that the release does not list any more is passed over, as the swupd client does.
            wanted = next.Where(name => !loaded.ContainsKey(name) && Release.Find(mom, name) is not null).ToHashSet(StringComparer.Ordinal);
        }
        return new Release(mom, loaded);
    }

    private async Task<Manifest> LoadBundleAsync(Manifest mom, string name, Manifest? older, CancellationToken cancel)
    {
        var record = Release.Find(mom, name)
            ?? throw new SlipwayException($"bundle {name}", $"version {mom.Version} has no such bundle", "see which there are: slipway device bundle-list --all")
            {
                Kind = FailureKind.Usage,
            };
        var file = "Manifest." + name;
        var cached = state.ManifestFile(record.Version, file);
        var text = File.Exists(cached) ? await File.ReadAllBytesAsync(cached, cancel) : null;
        if (text is null || SwupdHash.OfManifest(text) != record.Hash)
        {
            text = await FromDeltaAsync(record, name, older, cancel) ?? await WholeAsync(record, name, cancel);
            state.SaveManifest(record.Version, file, text);
        }
        return Manifest.Parse(text, name, ManifestLimits.Client, record.Version);
    }

    private async Task<byte[]?> FromDeltaAsync(ManifestRecord record, string name, Manifest? older, CancellationToken cancel)
    {
        if (older is null || older.Version >= record.Version)
        {
            return null;
        }
        var path = $"{record.Version}/Manifest-{name}-delta-from-{older.Version}";
        var delta = await content.ReadAsync(path, MaxManifestBytes, cancel);
        if (delta is null)
        {
            return null;
        }
        string reason;
        try
        {
            var text = DeltaDecoder.Apply(delta, await File.ReadAllBytesAsync(state.ManifestFile(older.Version, "Manifest." + name), cancel), path);
            if (text is null || SwupdHash.OfManifest(text) == record.Hash)
            {
                return text;
            }
            reason = "it does not make the manifest that the signed list of manifests names";
        }
        catch (InvalidContentException error)
        {
            reason = error.Why;
        }
        damage.Meet(content.UrlOf(path), reason);
        return null;
    }

    private async Task<byte[]> WholeAsync(ManifestRecord record, string name, CancellationToken cancel)
    {
        var path = $"{record.Version}/Manifest.{name}.tar";
        return await Twice(path, async () =>
        {
            var members = await MembersAsync(path, cancel) ?? throw Missing(path);
            var text = members.GetValueOrDefault("Manifest." + name) ?? throw new InvalidContentException(content.UrlOf(path), "", $"it holds no Manifest.{name}");
            return SwupdHash.OfManifest(text) == record.Hash
                ? text
                : throw new InvalidContentException(content.UrlOf(path), "", "its hash is not the one in the signed list of manifests");
        });
    }

    private (byte[] Text, byte[] Signature, bool Fresh)? Cached(uint version)
    {
        var (text, signature) = (state.ManifestFile(version, "Manifest.MoM"), state.ManifestFile(version, "Manifest.MoM.sig"));
        return File.Exists(text) && File.Exists(signature) ? (File.ReadAllBytes(text), File.ReadAllBytes(signature), false) : null;
    }

    private async Task<(byte[] Text, byte[] Signature, bool Fresh)> FetchMomAsync(uint version, CancellationToken cancel)
    {
        var path = $"{version}/Manifest.MoM.tar";
        return await Twice(path, async () =>
        {
            var members = await MembersAsync(path, cancel) ?? throw Missing(path);
            var text = members.GetValueOrDefault("Manifest.MoM") ?? throw new InvalidContentException(content.UrlOf(path), "", "it holds no Manifest.MoM");
            var signature = members.GetValueOrDefault("Manifest.MoM.sig")
                ?? await content.ReadAsync($"{version}/Manifest.MoM.sig", ContentSignature.MaxSignatureBytes, cancel)
                ?? throw new SlipwayException($"signature of {content.UrlOf($"{version}/Manifest.MoM")}", "it is not there", "publish the version again, signed");
            return (text, signature, true);
        });
    }

    private async Task<Dictionary<string, byte[]>?> MembersAsync(string path, CancellationToken cancel)
    {
        var packed = await content.ReadAsync(path, path.EndsWith("/Manifest.MoM.tar", StringComparison.Ordinal) ? MaxMomBytes : MaxManifestBytes, cancel);
        return packed is null ? null : PackedTar.Read(content.UrlOf(path), new MemoryStream(packed, writable: false), ManifestTar, tar =>
        {
            var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            while (tar.Next() is { } entry)
            {
                using var bytes = new MemoryStream();
                tar.Content.CopyTo(bytes);
                members[entry.Name.ToString()] = bytes.ToArray();
            }
            return members;
        });
    }

    /// <summary>What is damaged may have been damaged on its way: it is fetched once more.</summary>
    private static async Task<T> Twice<T>(string path, Func<Task<T>> fetch)
    {
        try
        {
            return await fetch();
        }
        catch (InvalidContentException)
        {
            return await fetch();
        }
    }

    private SlipwayException Missing(string path) =>
        new($"file {content.UrlOf(path)}", "it is not there", "check the content URL; versions that devices have must stay published") { Kind = FailureKind.Unreachable };
}
