using Slipway.Content;
using Slipway.Releases.Configuration;

namespace Slipway.Releases.Publishing;

/// <summary>
/// Brings what a channel shows to the stream's destinations: content first, each directory verified where it is, pointers last. A place that
/// cannot be reached keeps no other one waiting; it is tried again until it has what the channel shows then.
/// </summary>
internal sealed class Deliveries(StreamSite site)
{
    /// <returns>What is in the way, by destination; empty when all have everything.</returns>
    public IReadOnlyList<string> Deliver(Publication publication, Release release, StreamConfig config, CancellationToken cancellation)
    {
        var problems = new List<string>();
        foreach (var destination in config.Destinations)
        {
            try
            {
                Deliver(destination, publication, release, config, cancellation);
            }
            catch (SlipwayException e) when (e.Kind is FailureKind.Unreachable)
            {
                problems.Add($"destination {destination.Name}: {e.Message}");
            }
        }
        return problems;
    }

    private void Deliver(DestinationConfig to, Publication publication, Release release, StreamConfig config, CancellationToken cancellation)
    {
        var places = site.Places(publication.Stream);
        var scratch = Path.Combine(places.Root, "deliveries", to.Name);
        var destination = Destination.Of(to.To, Path.Combine(site.Data.Root, "rclone.conf"), scratch, cancellation);
        var there = site.Channels.Delivered(publication.Stream, to.To);
        foreach (var (from, path, inventory) in Directories(places, release).Where(d => !there.Contains(d.Path)))
        {
            cancellation.ThrowIfCancellationRequested();
            destination.Put(from, path, inventory());
            site.Database.Write(t => site.Channels.Deliver(t, publication.Stream, to.To, path));
        }
        destination.Point(new PointerChange(places.Www, publication.Channel, config.Channels[0].Name == publication.Channel, publication.Version));
        places.Remove(scratch);
    }

    private IEnumerable<(string From, string Path, Func<ContentInventory> Inventory)> Directories(StreamPlaces places, Release release)
    {
        var needed = ChannelVersions.Of(release, site.Whole(release.Stream)).Needed;
        foreach (var version in needed.SelectMany(v => ReleaseClosure.Read(places.Www, v).Versions).Distinct().Order())
        {
            var of = site.Releases.Require(release.Stream, version);
            yield return (Path.Combine(places.Www, StreamPlaces.Text(version)), $"update/{version}", () => ContentInventory.Read(site.Store, of.Inventory!.Value));
        }
        foreach (var version in needed)
        {
            var stage = site.Runs.Stages(site.Releases.Require(release.Stream, version).Run).FirstOrDefault(s => s.Stage == "stage");
            if (stage is not null && stage.Outputs.TryGetValue("public", out var digest))
                yield return (places.Public(version), $"releases/{version}", () => ContentInventory.Read(site.Store, Digest.Parse(digest)));
        }
    }
}
