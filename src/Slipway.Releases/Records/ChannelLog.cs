using System.Data;
using Dapper;
using Slipway.State;

namespace Slipway.Releases.Records;

/// <summary>Where the channels of all streams point, and the switches that were begun.</summary>
public sealed class ChannelLog(Database database)
{
    public Channel Find(string stream, string channel) => All(stream).FirstOrDefault(c => c.Name == channel) ?? new Channel(stream, channel, 0, 0, 0, null);

    public IReadOnlyList<Channel> All(string stream) => database.Read(c => c.Query<(string Name, long Version, long Sequence, long Switched, string? Reason, string? By, long? At)>(
            """
            SELECT n.channel, coalesce(c.version, 0), coalesce(c.sequence, 0), coalesce(c.switched, 0), h.reason, h.held_by, h.at
            FROM (SELECT channel FROM releases_channel WHERE stream = @stream UNION SELECT channel FROM releases_hold WHERE stream = @stream) n
            LEFT JOIN releases_channel c ON c.stream = @stream AND c.channel = n.channel
            LEFT JOIN releases_hold h ON h.stream = @stream AND h.channel = n.channel
            ORDER BY n.channel
            """, new { stream })
        .Select(r => new Channel(stream, r.Name, (uint)r.Version, r.Sequence, r.Switched, r.Reason is null ? null : new ChannelHold(r.Reason, r.By!, r.At!.Value))).ToList());

    /// <summary>Writes down that the channel is about to be switched, with the next sequence number.</summary>
    public Publication Begin(IDbTransaction t, string stream, string channel, uint version, string who)
    {
        var sequence = Sequences.Next(t, $"channel/{stream}/{channel}");
        var id = t.Connection!.ExecuteScalar<long>(
            """
            INSERT INTO releases_publication (stream, channel, version, sequence, time, who, state)
            VALUES (@stream, @channel, @version, @sequence, @Now, @who, 'started') RETURNING id
            """,
            new { stream, channel, version = (long)version, sequence, who, database.Now }, t);
        return new Publication(id, stream, channel, version, sequence, database.Now, who, Done: false);
    }

    /// <summary>Writes down that the switch is visible to devices.</summary>
    /// <param name="delivers">True when other destinations follow.</param>
    public void End(IDbTransaction t, Publication publication, bool delivers)
    {
        t.Connection!.Execute("UPDATE releases_publication SET state = @state, ended = @Now WHERE id = @Id", new { publication.Id, database.Now, state = delivers ? "delivering" : "done" }, t);
        // A place that has not got an older one yet gets this one instead.
        t.Connection!.Execute("UPDATE releases_publication SET state = 'superseded' WHERE stream = @Stream AND channel = @Channel AND state = 'delivering' AND id < @Id", publication, t);
        t.Connection!.Execute(
            """
            INSERT INTO releases_channel (stream, channel, version, sequence, switched) VALUES (@Stream, @Channel, @Version, @Sequence, @Now)
            ON CONFLICT (stream, channel) DO UPDATE SET version = @Version, sequence = @Sequence, switched = @Now WHERE sequence < @Sequence
            """,
            new { publication.Stream, publication.Channel, Version = (long)publication.Version, publication.Sequence, database.Now }, t);
    }

    public void Abandon(IDbTransaction t, Publication publication) =>
        t.Connection!.Execute("UPDATE releases_publication SET state = 'refused', ended = @Now WHERE id = @Id", new { publication.Id, database.Now }, t);

    public void Delivered(IDbTransaction t, Publication publication) => t.Connection!.Execute(
        "UPDATE releases_publication SET state = 'done', ended = @Now WHERE id = @Id AND state = 'delivering'", new { publication.Id, database.Now }, t);

    /// <summary>Switches that were begun and are not visible to devices yet.</summary>
    public IReadOnlyList<Publication> Unfinished(string stream) => InState(stream, "started");

    /// <summary>Switches that not every destination has yet.</summary>
    public IReadOnlyList<Publication> Delivering(string stream) => InState(stream, "delivering");

    private List<Publication> InState(string stream, string state) => database.Read(c => c.Query<(long Id, string Channel, long Version, long Sequence, long Time, string Who)>(
            "SELECT id, channel, version, sequence, time, who FROM releases_publication WHERE stream = @stream AND state = @state ORDER BY id", new { stream, state })
        .Select(r => new Publication(r.Id, stream, r.Channel, (uint)r.Version, r.Sequence, r.Time, r.Who, Done: false)).ToList());

    /// <summary>Paths that were put there whole and verified.</summary>
    public IReadOnlySet<string> Delivered(string stream, string destination) => database.Read(c =>
        c.Query<string>("SELECT path FROM releases_delivery WHERE stream = @stream AND destination = @destination", new { stream, destination }).ToHashSet(StringComparer.Ordinal));

    public void Deliver(IDbTransaction t, string stream, string destination, string path) => t.Connection!.Execute(
        "INSERT INTO releases_delivery (stream, destination, path, at) VALUES (@stream, @destination, @path, @Now) ON CONFLICT DO NOTHING", new { stream, destination, path, database.Now }, t);

    public void Hold(IDbTransaction t, string stream, string channel, string reason, string who) => t.Connection!.Execute(
        """
        INSERT INTO releases_hold (stream, channel, reason, held_by, at) VALUES (@stream, @channel, @reason, @who, @Now)
        ON CONFLICT (stream, channel) DO UPDATE SET reason = @reason, held_by = @who, at = @Now
        """,
        new { stream, channel, reason, who, database.Now }, t);

    public static void LetGo(IDbTransaction t, string stream, string channel) =>
        t.Connection!.Execute("DELETE FROM releases_hold WHERE stream = @stream AND channel = @channel", new { stream, channel }, t);
}
