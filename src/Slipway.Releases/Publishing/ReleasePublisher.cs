using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Records;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Publishing;

/// <summary>
/// Publishes whole releases: content first, verified where devices will read it, then the channel's pointer in one step.
/// A switch that was begun is written down before anything moves, and a restart completes it.
/// </summary>
public sealed class ReleasePublisher(StreamSite site)
{
    /// <summary>The trust root of the stream's devices, beside its content.</summary>
    public const string CertificateFile = "certificate.pem";

    /// <summary>Hears each step that is done; unset: nobody.</summary>
    public Action<Publication, string>? Progress { get; init; }

    /// <summary>Points a channel of the stream to a release.</summary>
    /// <exception cref="SlipwayException">The release is not whole, withdrawn or older than what the channel shows.</exception>
    /// <param name="rollOut">Which devices see it. Unset: all.</param>
    public Publication Publish(string stream, string channel, uint version, string who, RollOut? rollOut = null)
    {
        using var held = site.Places(stream).Lock("publish");
        return PublishHeld(stream, channel, version, who, backwards: false, rollOut);
    }

    /// <summary>Completes every switch of a stream that was begun when a process died.</summary>
    public IReadOnlyList<Publication> Resume(string stream)
    {
        if (site.Channels.Unfinished(stream).Count == 0 && site.Channels.Delivering(stream).Count == 0)
            return [];
        using var held = site.Places(stream).Lock("complete a publication");
        foreach (var open in site.Channels.Delivering(stream))
            Deliver(open);
        return [.. site.Channels.Unfinished(stream).Select(CompleteOrAbandon)];
    }

    /// <summary>Signs pointers again that have used up half of their time.</summary>
    public void Renew(StreamConfig config)
    {
        foreach (var channel in site.Channels.All(config.Name).Where(c => c.Version > 0))
        {
            var days = config.Channels.FirstOrDefault(c => c.Name == channel.Name)?.ExpiresDays;
            if (days is not null && site.Database.Now - channel.Switched > days * 43_200L)
            {
                using var held = site.Places(config.Name).Lock("renew a pointer");
                Complete(Begin(config.Name, channel.Name, channel.Version, "renewal"));
            }
        }
    }

    internal Publication PublishHeld(string stream, string channel, uint version, string who, bool backwards, RollOut? rollOut = null)
    {
        var release = site.Releases.Require(stream, version);
        var now = site.Channels.Find(stream, channel);
        Check(release, now, backwards);
        Days(ConfigOf(release), channel, release);
        foreach (var open in site.Channels.Unfinished(stream))
        {
            var done = CompleteOrAbandon(open);
            if (done.Channel == channel && done.Version == version && rollOut is null)
                return done;
        }
        return CompleteOrAbandon(Begin(stream, channel, version, who, rollOut ?? RollOut.Full));
    }

    // What is refused before the pointer moves stays refused; it must not stand in the way of the next publication.
    private Publication CompleteOrAbandon(Publication publication)
    {
        try
        {
            return Complete(publication);
        }
        catch (SlipwayException e) when (e.Kind == FailureKind.Blocked)
        {
            site.Database.Write(t => site.Channels.Abandon(t, publication));
            throw;
        }
    }

    private Publication Begin(string stream, string channel, uint version, string who, RollOut? rollOut = null) => site.Database.Write(t =>
    {
        var before = site.RollOuts.Find(stream, channel);
        if (rollOut is not null)
            RollOutLog.Set(t, stream, channel, new ChannelRollOut(version, rollOut, IsWhole(rollOut) ? version : before?.Plain ?? site.Channels.Find(stream, channel).Version));
        var publication = site.Channels.Begin(t, stream, channel, version, who);
        new AuditLog(site.Database).Record(t, who, "publish", $"{stream}/{version} to {channel}");
        return publication;
    });

    private static void Check(Release release, Channel channel, bool backwards)
    {
        var what = $"publish {release.Stream}/{release.Version} to {channel.Name}";
        if (release.State == ReleaseState.Withdrawn)
            throw Refused(what, $"it was withdrawn: {release.Withdrawal?.Reason}", "publish a later release");
        if (!release.IsWhole)
            throw Refused(what, $"it is {release.State.ToString().ToLowerInvariant()}: its gates have not all passed", "look at its gates, mend the cause and let a new version be made");
        if (!backwards && release.Version < channel.Version)
            throw Refused(what, $"the channel shows {channel.Version}, and devices never go to a lower number", $"roll back instead, which publishes that content under a higher number");
    }

    private Publication Complete(Publication publication)
    {
        var release = site.Releases.Require(publication.Stream, publication.Version);
        var config = ConfigOf(release);
        var signing = site.Signing(publication.Stream);
        var places = site.Places(publication.Stream);
        var versions = ChannelVersions.Of(release, site.Whole(publication.Stream));
        var copied = PublishContent(places, release, versions);
        Progress?.Invoke(publication, "the content is in place");
        foreach (var version in copied.Append(release.Version).Distinct())
            Verify(places, site.Releases.Require(publication.Stream, version), signing);
        Progress?.Invoke(publication, "the content is verified");
        AtomicFile.Write(Path.Combine(places.Www, CertificateFile), signing.CertificatePem);
        SwitchPointer(places, publication, release, versions, config, signing);
        Progress?.Invoke(publication, $"{publication.Channel} points to {publication.Version}");
        site.Database.Write(t =>
        {
            site.Channels.End(t, publication, delivers: config.Destinations.Count > 0);
            foreach (var version in versions.Needed)
                site.Releases.SetPublished(t, publication.Stream, version);
            Ledger.Record(t, new Node("channel", $"{publication.Stream}/{publication.Channel}#{publication.Sequence}"), new Node("release", $"{publication.Stream}/{publication.Version}"));
        });
        Deliver(publication);
        return publication with { Done = true };
    }

    private void Deliver(Publication publication)
    {
        var release = site.Releases.Require(publication.Stream, publication.Version);
        var config = ConfigOf(release);
        if (config.Destinations.Count == 0)
            return;
        var problems = new Deliveries(site).Deliver(publication, release, config, CancellationToken.None);
        foreach (var problem in problems)
            Progress?.Invoke(publication, problem);
        if (problems.Count > 0)
            return;
        site.Database.Write(t => site.Channels.Delivered(t, publication));
        Progress?.Invoke(publication, $"{config.Destinations.Count} destinations have {publication.Version}");
    }

    /// <returns>The versions that were not there before.</returns>
    private List<uint> PublishContent(StreamPlaces places, Release release, ChannelVersions versions)
    {
        var copied = new List<uint>();
        foreach (var version in versions.Needed.SelectMany(v => ReleaseClosure.Read(Path.Combine(places.Mix, "www"), v).Versions).Distinct().Order())
        {
            var to = Path.Combine(places.Www, StreamPlaces.Text(version));
            if (Directory.Exists(to))
                continue;
            var of = site.Releases.Require(release.Stream, version);
            var inventory = ContentInventory.Read(site.Store, of.Inventory ?? throw Refused($"publish {release.Stream}/{release.Version}", $"it needs files of {version}, which was never staged", "make a new version"));
            inventory.Copy(places.MixContent(version), to);
            copied.Add(version);
        }
        return copied;
    }

    private void Verify(StreamPlaces places, Release release, StreamSigning signing)
    {
        var what = $"verify the published {release.Stream}/{release.Version}";
        var directory = Path.Combine(places.Www, StreamPlaces.Text(release.Version));
        var wrong = ContentInventory.Read(site.Store, release.Inventory!.Value).Differences(directory);
        if (wrong.Count > 0)
            throw Refused(what, $"{wrong.Count} files are not as staged, such as: {wrong[0]}", $"remove {directory} and publish again");
        var missing = ReleaseClosure.Read(places.Www, release.Version).Missing();
        if (missing.Count > 0)
            throw Refused(what, $"{missing.Count} files it needs are missing, such as {missing[0]}", "publish the versions they belong to");
        var mom = File.ReadAllBytes(Path.Combine(directory, "Manifest.MoM"));
        if (Digest.Of(mom) != release.Mom)
            throw Refused(what, "Manifest.MoM is not the one that was staged", $"remove {directory} and publish again");
        ContentSignature.Verify(mom, File.ReadAllBytes(Path.Combine(directory, "Manifest.MoM.sig")), signing.Roots, site.Clock.GetUtcNow(), $"{release.Version}/Manifest.MoM");
    }

    // Hours of the day are for devices that know of them; whom the share reaches is what makes a roll-out partial.
    private static bool IsWhole(RollOut rollOut) => rollOut.Percent == 100;

    private void SwitchPointer(StreamPlaces places, Publication publication, Release release, ChannelVersions versions, StreamConfig config, StreamSigning signing)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(publication.Time);
        var days = Days(config, publication.Channel, release);
        var tree = new ChannelTree(places.Www);
        var shown = site.RollOuts.Find(publication.Stream, publication.Channel) is { } found && found.Version == release.Version ? found : null;
        // Whom a partial roll-out has not reached, and whoever knows of no roll-outs, sees what was there before.
        var plain = shown is null || shown.Plain == release.Version ? null : site.Releases.Find(publication.Stream, shown.Plain);
        if (shown is { Plain: 0 })
            throw Refused($"roll {release.Stream}/{release.Version} out to {publication.Channel}", "the channel shows nothing yet that the other devices could stay at", "publish a first release to all devices");
        var pointer = new ChannelPointer(publication.Stream, publication.Channel, publication.Sequence, release.Version, release.Format, release.Mom!.Value, shown?.RollOut ?? RollOut.Full, time.AddDays(days));
        tree.Switch(pointer, plain is null ? versions : ChannelVersions.Of(plain, site.Whole(publication.Stream)), signing, time);
        if (config.Channels[0].Name == publication.Channel)
            tree.Follow(publication.Channel);
    }

    private StreamConfig ConfigOf(Release release) => ReleaseJson.Read<ReleaseContent>(site.Store, release.Content).Config;

    private static int Days(StreamConfig config, string channel, Release release) => config.Channels.FirstOrDefault(c => c.Name == channel)?.ExpiresDays
        ?? throw new SlipwayException($"publish {release.Stream}/{release.Version}", $"the stream has no channel '{channel}'", $"use one of {string.Join(", ", config.Channels.Select(c => c.Name))}") { Kind = FailureKind.Usage };

    private static SlipwayException Refused(string what, string why, string remedy) => new(what, why, remedy) { Kind = FailureKind.Blocked };
}
