using System.Security.Cryptography;
using Slipway.Compose;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Publishing;
using Slipway.Updates;

namespace Slipway.Releases.Adoption;

/// <summary>A version that was taken over, as it goes on record.</summary>
internal sealed record AdoptedVersion(uint Version, ReleasePlan Plan, Digest Content, string ContentKey, Digest Map, Digest Mom, Digest Inventory, long Paths, long Bytes, long Timestamp)
{
    public static IReadOnlyList<AdoptedVersion> Of(MirroredContent content, string copy, StreamDefinition definition, ContentStore store, CancellationToken cancellation)
    {
        var digests = new Dictionary<SwupdHash, Digest>();
        var adopted = new List<AdoptedVersion>();
        foreach (var version in content.Versions)
        {
            cancellation.ThrowIfCancellationRequested();
            adopted.Add(Of(version, ClaimOf(version, content), copy, definition, store, digests));
        }
        return adopted;
    }

    // The last version of a format says of itself that it is the first one of the next: devices cross formats there.
    private static uint ClaimOf(MirroredVersion version, MirroredContent content) =>
        content.Latest.TryGetValue(version.Format, out var last) && last == version.Version && content.First.TryGetValue(version.Format + 1, out var first) && first > last ? first : 0;

    private static AdoptedVersion Of(MirroredVersion version, uint claims, string copy, StreamDefinition definition, ContentStore store, Dictionary<SwupdHash, Digest> digests)
    {
        var published = PublishedVersion.Open(copy, version.Version);
        var names = published.Bundles.Select(b => b.Name).Order(StringComparer.Ordinal).ToList();
        var content = new ReleaseContent
        {
            Config = definition.Config,
            Commit = definition.Commit,
            PackageType = definition.Config.Upstream.Packages,
            Bundles = [.. names.Select(n => definition.Bundles.TryGetValue(n, out var known) ? known : new BundleDefinition(n, "", BundleHeader.Empty, [], [], [], [], []))],
            Resolved = [],
            UpstreamState = version.Upstream?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown",
            PlannedFormat = version.Format,
            Adopted = true,
        };
        var plan = ReleasePlan.Make(
            content, new PlannedVersion(version.Version, version.Format, version.Upstream, claims > 0 ? ReleaseRole.Plus10 : ReleaseRole.Regular, version.MinVersion == version.Version, version.Upstream is null ? 0 : version.Format),
            null, [], []) with
        { Previous = version.Previous, Claims = claims, PublishTo = [] };
        var directory = Path.Combine(copy, StreamPlaces.Text(version.Version));
        var (map, paths, bytes) = MapOf(published, digests);
        return new AdoptedVersion(
            version.Version, plan, store.Add(ReleaseJson.Bytes(content)), content.Key, store.Add(map.ToBytes()), Digest.OfFile(Path.Combine(directory, "Manifest.MoM")),
            store.Add(ContentInventory.Take(directory).ToBytes()), paths, bytes, version.Timestamp);
    }

    private static (ReleaseMap Map, int Paths, long Bytes) MapOf(PublishedVersion version, Dictionary<SwupdHash, Digest> digests)
    {
        var files = version.Bundles
            .SelectMany(b => b.Records.Where(r => r.IsPresent && r.Modifier.Variant == Variant.Base).Select(r => (Bundle: b.Name, Record: r)))
            .GroupBy(f => f.Record.Name).ToList();
        foreach (var record in files.Select(f => f.First().Record).Where(r => r.Type == RecordType.File && !digests.ContainsKey(r.Hash)).DistinctBy(r => r.Hash))
            digests[record.Hash] = DigestOf(version, record);
        var mapped = files.Where(f => f.First().Record.Type != RecordType.Directory)
            .Select(f => new MappedFile(f.Key.Relative, f.First().Record.Hash, f.First().Record.Type == RecordType.File ? digests[f.First().Record.Hash] : default, default, [.. f.Select(o => o.Bundle).Order(StringComparer.Ordinal)]));
        return (new ReleaseMap(version.Version, [], [.. mapped.OrderBy(f => f.Path)]), files.Count, (long)version.Bundles.Aggregate(0UL, (sum, b) => sum + b.ContentSize));
    }

    private static Digest DigestOf(PublishedVersion version, ManifestRecord record)
    {
        using var hash = SHA256.Create();
        using (var sink = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
            version.CopyContent(record, sink);
        return Digest.FromBytes(hash.Hash!);
    }
}
