using System.Text;
using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Publishing;
using Slipway.Releases.Watching;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Adoption;

/// <summary>A published stream that is to be taken over.</summary>
/// <param name="Www">Where its content is published: a directory or an address.</param>
/// <param name="Workspace">The directory of the mixer workspace that made it. Unset: it is lost.</param>
/// <param name="CertificatePem">The certificates that its devices trust. Unset: the workspace's Swupd_Root.pem.</param>
public sealed record AdoptionOrder(string Www, string? Workspace = null, string? CertificatePem = null);

/// <summary>What was taken over.</summary>
/// <param name="Versions">The versions that are on record now, in order.</param>
/// <param name="Next">The number that the first version of our own may have at the least.</param>
/// <param name="Notes">What is not as it should be, and what follows from it.</param>
public sealed record AdoptionReport(
    string Stream, string Channel, uint Newest, int Format, uint MinVersion, uint Next, IReadOnlyList<uint> Versions,
    IReadOnlyDictionary<int, uint> First, IReadOnlyDictionary<int, uint> Latest, int Files, long Bytes, IReadOnlyList<string> Notes);

/// <summary>
/// Takes over a stream that something else made, with devices in the field: all of its content is brought here and checked, its versions
/// go on record, and the next version continues the newest one.
/// </summary>
public sealed class StreamAdoption(StreamSite site, ReleasePlanner planner)
{
    private const string Place = "adopting";

    /// <summary>Hears what is done, in words. Unset: nobody.</summary>
    public Action<string>? Progress { get; init; }

    public async Task<AdoptionReport> AdoptAsync(string stream, AdoptionOrder order, string who, CancellationToken cancellation = default)
    {
        var what = $"take over {stream}";
        var definition = planner.ReadDefinition(stream);
        var places = site.Places(stream);
        using var held = places.Lock("take over");
        if (site.Releases.All(stream).Count > 0)
            throw new SlipwayException(what, "the stream has releases of its own already", "take over into a stream that has none") { Kind = FailureKind.Usage };
        var workspace = order.Workspace is null ? null : MixWorkspace.Open(order.Workspace);
        var trust = TrustRoots.Parse(order.CertificatePem ?? workspace?.CertificatePem
            ?? throw new SlipwayException(what, "there is neither a certificate nor a workspace that holds one", "give what devices trust: --certificate Swupd_Root.pem; they have it in /usr/share/clear/update-ca") { Kind = FailureKind.Usage },
            "the certificate of the stream");
        var copy = Path.Combine(places.Root, Place);
        var content = await ContentMirror.TakeAsync(
            new MirrorOptions { Source = order.Www, Target = copy, Trust = trust, Clock = site.Clock, Progress = Progress }, cancellation).ConfigureAwait(false);
        var versions = AdoptedVersion.Of(content, copy, definition, site.Store, cancellation);
        Progress?.Invoke($"{versions.Count} versions are sound");
        var channel = definition.Config.Channels[0].Name;
        Publish(places, channel);
        var next = Math.Max(content.Newest, workspace?.MixVersion ?? 0) + 1;
        site.Database.Write(t =>
        {
            AdoptedRecords.Write(t, site, stream, channel, versions, content.Newest, next - 1);
            new AuditLog(site.Database).Record(t, who, "take over", $"{stream} from {order.Www}: {versions.Count} versions, newest {content.Newest}");
        });
        places.Remove(copy);
        site.Doorbell.Ring();
        var newest = content.Versions.First(v => v.Version == content.Newest);
        return new AdoptionReport(
            stream, channel, content.Newest, newest.Format, newest.MinVersion, next, [.. versions.Select(v => v.Version)],
            content.First, content.Latest, content.Files, content.Bytes, [.. content.Notes, .. Doubts(definition.Config, newest, site.Signing(stream), trust)]);
    }

    /// <summary>
    /// Content gets its second name where devices read it and its third where the next version looks for it; both at once are one file on
    /// disk. The pointers stay as they are, signatures and all: nobody has to have the key yet.
    /// </summary>
    private static void Publish(StreamPlaces places, string channel)
    {
        using var root = RootedTree.OpenOrCreate(places.Root);
        var copy = BytePath.From(Place);
        foreach (var entry in root.List(copy))
        {
            var name = entry.Path.Name.ToString();
            if (name == "version")
                continue;
            if (entry.Stat.Type == NodeType.Directory && MirrorNumber.Of(name) > 0 && !root.Exists(BytePath.From($"mix/www/{name}")))
                ContentInventory.Take(Path.Combine(places.Root, Place, name)).Copy(Path.Combine(places.Root, Place, name), Path.Combine(places.Mix, "www", name));
            root.MakeDirectories(BytePath.From("www"));
            if (!root.Exists(BytePath.From($"www/{name}")))
                root.Rename(entry.Path, BytePath.From($"www/{name}"));
        }
        var pointers = BytePath.From($"www/channels/.{channel}-{0:D12}");
        root.RemoveTree(pointers);
        root.MakeDirectories(pointers);
        root.Rename(copy.Join("version"), pointers.Join("version"));
        root.SyncAll();
        ChannelTree.PointAt(places.Www, channel, pointers.Name.ToString());
    }

    private static IEnumerable<string> Doubts(StreamConfig config, MirroredVersion newest, StreamSigning signing, TrustRoots trust)
    {
        if (config.Format != newest.Format)
            yield return $"stream.yml says format {config.Format} and the newest version has {newest.Format}: write format: {newest.Format}";
        if (ContentSignature.Refusal("probe"u8, signing.Sign(Encoding.ASCII.GetBytes("probe"), DateTimeOffset.FromUnixTimeSeconds(newest.Timestamp)), trust, null) is not null)
            yield return $"the key that signs {config.Name} here is not one that its devices trust: bring its own key, slipway keys import --stream {config.Name} --certificate Swupd_Root.pem --key private.pem";
    }
}
