using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Releases.Publishing;

/// <summary>
/// The pointers of a channel on disk. <c>channels/NAME</c> is one link to a directory that holds all of them with their signatures, so
/// that one rename switches a channel as a whole; a device never sees a pointer beside another one's signature.
/// </summary>
internal sealed class ChannelTree(string www)
{
    // Devices that were reading when a channel was switched finish on what they began.
    private const int KeptBehind = 2;

    /// <summary>Writes the pointers and switches the channel to them. Doing it again changes nothing.</summary>
    public void Switch(ChannelPointer pointer, ChannelVersions versions, StreamSigning signing, DateTimeOffset time)
    {
        using var site = RootedTree.OpenOrCreate(www);
        site.MakeDirectories(BytePath.From("channels"));
        var place = $".{pointer.Channel}-{pointer.Sequence.ToString("D12", CultureInfo.InvariantCulture)}";
        var link = BytePath.From($"channels/{pointer.Channel}");
        if (!PointsTo(site, link, place))
            Write(site, BytePath.From($"channels/{place}"), pointer, versions, signing, time);
        site.SyncAll();
        Point(site, link, place);
        site.Sync(BytePath.From("channels"));
        RemoveOld(site, pointer.Channel);
    }

    /// <summary>Switches a channel of another tree to what this one says.</summary>
    /// <param name="leads">True: its version/ follows the channel.</param>
    public static void Copy(string from, string to, string channel, bool leads)
    {
        using var site = RootedTree.OpenOrCreate(to);
        using var source = RootedTree.Open(from);
        site.MakeDirectories(BytePath.From("channels"));
        var link = BytePath.From($"channels/{channel}");
        var place = source.ReadLink(link);
        var directory = BytePath.From("channels").Join(place);
        if (!PointsTo(site, link, place.ToString()))
        {
            site.RemoveTree(directory);
            foreach (var (path, stat) in source.Walk(directory))
            {
                site.MakeDirectories(stat.Type == NodeType.Directory ? path : path.Parent);
                if (stat.Type == NodeType.Regular)
                    site.WriteFile(path, source.ReadAllBytes(path, ChannelPointer.MaxBytes), 0x1a4);
            }
        }
        site.SyncAll();
        Point(site, link, place.ToString());
        if (leads)
            Point(site, BytePath.From("version"), $"channels/{channel}/version");
        site.Sync(BytePath.From("channels"));
        RemoveOld(site, channel);
    }

    /// <summary>The stream's own version/ follows this channel.</summary>
    public void Follow(string channel)
    {
        using var site = RootedTree.OpenOrCreate(www);
        Point(site, BytePath.From("version"), $"channels/{channel}/version");
        site.Sync(BytePath.Empty);
    }

    /// <summary>Makes the channel and the stream's own version/ show pointers that are there already.</summary>
    public static void PointAt(string www, string channel, string place)
    {
        using (var site = RootedTree.Open(www))
            Point(site, BytePath.From($"channels/{channel}"), place);
        new ChannelTree(www).Follow(channel);
    }

    private static void Write(RootedTree site, BytePath place, ChannelPointer pointer, ChannelVersions versions, StreamSigning signing, DateTimeOffset time)
    {
        void Signed(BytePath path, byte[] content)
        {
            site.WriteFile(path, content, 0x1a4);
            site.WriteFile(new BytePath([.. path.Span, .. ".sig"u8]), signing.Sign(content, time), 0x1a4);
        }
        site.RemoveTree(place);
        byte[] Number(uint version) => Encoding.ASCII.GetBytes(StreamPlaces.Text(version));
        foreach (var (format, version) in versions.Latest)
        {
            var directory = place.Join($"version/format{format}");
            site.MakeDirectories(directory);
            Signed(directory.Join("latest"), Number(version));
            site.WriteFile(directory.Join("first"), Number(versions.First[format]), 0x1a4);
        }
        Signed(place.Join("version/latest_version"), Number(versions.Target));
        Signed(place.Join(ChannelPointer.FileName), pointer.ToBytes());
    }

    private static void Point(RootedTree site, BytePath link, string target)
    {
        if (PointsTo(site, link, target))
            return;
        var fresh = new BytePath([.. link.Parent.Join(".new-").Span, .. link.Name.Span]);
        site.Remove(fresh);
        site.MakeSymlink(fresh, BytePath.From(target));
        site.Rename(fresh, link);
    }

    private static bool PointsTo(RootedTree site, BytePath link, string target) =>
        site.Stat(link)?.Type == NodeType.Symlink && site.ReadLink(link) == BytePath.From(target);

    private static void RemoveOld(RootedTree site, string channel)
    {
        var prefix = $".{channel}-";
        var behind = site.List(BytePath.From("channels"))
            .Select(e => e.Path.Name.ToString())
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && n.Length == prefix.Length + 12 && n[prefix.Length..].All(char.IsAsciiDigit))
            .Order(StringComparer.Ordinal).ToList();
        foreach (var old in behind.SkipLast(1 + KeptBehind))
            site.RemoveTree(BytePath.From($"channels/{old}"));
    }
}
