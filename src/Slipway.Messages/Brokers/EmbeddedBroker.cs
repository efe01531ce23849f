using System.Data;
using Dapper;
using Slipway.State;

namespace Slipway.Messages.Brokers;

/// <summary>
/// The broker of one machine: a database file shared by its processes. A published message is on disk when Publish returns;
/// an acknowledged one is never delivered again to its group; one whose subscriber died is free at once.
/// </summary>
public sealed class EmbeddedBroker : IBroker
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PruneInterval = TimeSpan.FromHours(1);

    /// <summary>How long a message is kept after every group is done with it: the retention of the original's response topic.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    private readonly Database _database;
    private readonly Doorbell _doorbell;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly HashSet<Delivery> _held = [];
    private long _pruned;

    /// <param name="file">The database file; made when missing. The doorbell lies beside it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lease">How long a delivery may stay unacknowledged. Unset: 60 seconds.</param>
    public EmbeddedBroker(string file, TimeProvider time, TimeSpan? lease = null)
    {
        _database = Database.Open(file, BrokerSchema.Migrations, time);
        _doorbell = new Doorbell(file + ".bell");
        _time = time;
        _lease = lease ?? TimeSpan.FromSeconds(60);
        _pruned = time.GetTimestamp();
    }

    public void Publish(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0) return;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _database.Write(transaction =>
        {
            foreach (var message in messages)
            {
                var offset = transaction.Connection!.ExecuteScalar<long>("""
                    INSERT INTO messages_topic VALUES(@Topic, 1) ON CONFLICT(topic) DO UPDATE SET next_offset = next_offset + 1 RETURNING next_offset - 1
                    """, new { message.Topic }, transaction);
                transaction.Connection!.Execute("INSERT INTO messages_message VALUES(@Topic, @offset, @Key, @Body, @now)",
                    new { message.Topic, offset, message.Key, message.Body, now }, transaction);
            }
        });
        _doorbell.Ring();
        if (_time.GetElapsedTime(_pruned) < PruneInterval) return;
        _pruned = _time.GetTimestamp();
        Prune(Retention);
    }

    public IReadOnlyList<Delivery> Poll(Subscription subscription, int atMost)
    {
        // Most polls find nothing; a read costs no lock and no write to disk.
        if (!_database.Read(connection => Candidates(connection, null, subscription, 1).Any())) return [];
        var deliveries = _database.Write(transaction => Lease(transaction, subscription, atMost));
        lock (_held) _held.UnionWith(deliveries);
        return deliveries;
    }

    private List<Delivery> Lease(IDbTransaction transaction, Subscription subscription, int atMost)
    {
        var connection = transaction.Connection!;
        connection.Execute("INSERT INTO messages_cursor VALUES(@Topic, @Group, 0) ON CONFLICT DO NOTHING", subscription, transaction);
        var deliveries = new List<Delivery>();
        foreach (var row in Candidates(connection, transaction, subscription, atMost).ToList())
        {
            var fence = connection.ExecuteScalar<long>("UPDATE messages_fence SET last = last + 1 RETURNING last", transaction: transaction);
            connection.Execute("""
                INSERT INTO messages_lease VALUES(@Topic, @Group, @Offset, @fence, @times, @Boot, @Current, @expires)
                ON CONFLICT(topic, grp, offset) DO UPDATE SET fence = excluded.fence, times = excluded.times, boot = excluded.boot,
                    owner = excluded.owner, expires = excluded.expires
                """, new { subscription.Topic, subscription.Group, row.Offset, fence, times = row.Times + 1, LeaseOwner.Boot, LeaseOwner.Current, expires = Deadline() }, transaction);
            deliveries.Add(new Delivery(subscription, row.Offset, row.Key, row.Body, DateTimeOffset.FromUnixTimeMilliseconds(row.Published), row.Times + 1, fence));
        }
        return deliveries;
    }

    private sealed class Candidate
    {
        public long Offset { get; init; }
        public string? Key { get; init; }
        public byte[] Body { get; init; } = [];
        public long Published { get; init; }
        public int Times { get; init; }
        public string? Boot { get; init; }
        public string? Owner { get; init; }
        public long Expires { get; init; }
    }

    private IEnumerable<Candidate> Candidates(IDbConnection connection, IDbTransaction? transaction, Subscription subscription, int atMost)
    {
        var now = _time.GetTimestamp();
        return connection.Query<Candidate>("""
            SELECT m.offset AS Offset, m.key AS Key, m.body AS Body, m.published AS Published, coalesce(l.times, 0) AS Times,
                l.boot AS Boot, l.owner AS Owner, coalesce(l.expires, 0) AS Expires
            FROM messages_message m LEFT JOIN messages_lease l ON l.topic = m.topic AND l.grp = @Group AND l.offset = m.offset
            WHERE m.topic = @Topic
                AND m.offset >= coalesce((SELECT next_offset FROM messages_cursor WHERE topic = @Topic AND grp = @Group), 0)
                AND NOT EXISTS (SELECT 1 FROM messages_done d WHERE d.topic = m.topic AND d.grp = @Group AND d.offset = m.offset)
            ORDER BY m.offset
            """, subscription, transaction, buffered: false)
            .Where(row => row.Owner is null || row.Boot != LeaseOwner.Boot || row.Expires <= now || !LeaseOwner.IsAlive(row.Owner))
            .Take(atMost);
    }

    public bool Acknowledge(Delivery delivery)
    {
        Forget(delivery);
        return _database.Write(transaction => Finish(transaction, delivery));
    }

    private void Forget(Delivery delivery)
    {
        lock (_held) _held.Remove(delivery);
    }

    public void Refuse(Delivery delivery, string reason)
    {
        Forget(delivery);
        var time = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _database.Write(transaction =>
        {
            if (!Finish(transaction, delivery)) return;
            transaction.Connection!.Execute("""
                INSERT INTO messages_dead(topic, offset, grp, key, body, reason, time) VALUES(@Topic, @Offset, @Group, @Key, @Body, @reason, @time) ON CONFLICT DO NOTHING
                """, new { delivery.Subscription.Topic, delivery.Offset, delivery.Subscription.Group, delivery.Key, delivery.Body, reason, time }, transaction);
        });
    }

    private static bool Finish(IDbTransaction transaction, Delivery delivery)
    {
        var connection = transaction.Connection!;
        var at = new { delivery.Subscription.Topic, delivery.Subscription.Group, delivery.Offset, delivery.Fence };
        if (connection.Execute("DELETE FROM messages_lease WHERE topic = @Topic AND grp = @Group AND offset = @Offset AND fence = @Fence", at, transaction) == 0)
            return false;
        connection.Execute("INSERT INTO messages_done VALUES(@Topic, @Group, @Offset) ON CONFLICT DO NOTHING", at, transaction);
        AdvanceCursor(connection, transaction, delivery.Subscription);
        return true;
    }

    private static void AdvanceCursor(IDbConnection connection, IDbTransaction transaction, Subscription subscription)
    {
        var next = connection.ExecuteScalar<long>("""
            SELECT coalesce(
                (SELECT min(m.offset) FROM messages_message m WHERE m.topic = @Topic
                    AND m.offset >= (SELECT next_offset FROM messages_cursor WHERE topic = @Topic AND grp = @Group)
                    AND NOT EXISTS (SELECT 1 FROM messages_done d WHERE d.topic = m.topic AND d.grp = @Group AND d.offset = m.offset)),
                (SELECT next_offset FROM messages_topic WHERE topic = @Topic))
            """, subscription, transaction);
        var at = new { subscription.Topic, subscription.Group, next };
        connection.Execute("UPDATE messages_cursor SET next_offset = @next WHERE topic = @Topic AND grp = @Group", at, transaction);
        connection.Execute("DELETE FROM messages_done WHERE topic = @Topic AND grp = @Group AND offset < @next", at, transaction);
    }

    /// <summary>Messages of a topic from an offset on, without a group: for watchers, which leave no trace.</summary>
    public IReadOnlyList<(long Offset, string? Key, byte[] Body)> Read(string topic, long from, int atMost) => _database.Read(connection =>
        connection.Query<(long, string?, byte[])>("SELECT offset, key, body FROM messages_message WHERE topic = @topic AND offset >= @from ORDER BY offset LIMIT @atMost",
            new { topic, from, atMost }).ToList());

    // One file with one durability, and nothing to set.
    public IReadOnlyList<TopicFault> CheckTopics(IReadOnlyList<string> topics, bool mend) => [];

    public ITopicReader OpenReader(string topic) => new Reader(this, topic);

    private sealed class Reader(EmbeddedBroker broker, string topic) : ITopicReader
    {
        private const int Batch = 500;
        private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);
        private long _next;

        public IReadOnlyList<OutgoingMessage> Read(TimeSpan patience)
        {
            var began = broker._time.GetTimestamp();
            while (true)
            {
                var found = broker.Read(topic, _next, Batch);
                if (found.Count > 0) _next = found[^1].Offset + 1;
                if (found.Count > 0 || broker._time.GetElapsedTime(began) >= patience)
                    return [.. found.Select(message => new OutgoingMessage(topic, message.Key, message.Body))];
                Thread.Sleep(Glance);
            }
        }

        public void Dispose()
        {
        }
    }

    public Task WaitAsync(CancellationToken cancellation) => _doorbell.WaitAsync(PollInterval, cancellation);

    public IReadOnlyList<string> Topics() => _database.Read(connection => connection.Query<string>("SELECT topic FROM messages_topic ORDER BY topic").ToList());

    public IReadOnlyList<DeadLetter> DeadLetters(int atMost) => _database.Read(connection =>
        connection.Query<DeadRow>("""
            SELECT id AS Id, topic AS Topic, offset AS Offset, grp AS Grp, key AS Key, body AS Body, reason AS Reason, time AS Time
            FROM messages_dead ORDER BY id DESC LIMIT @atMost
            """, new { atMost })
            .Select(row => new DeadLetter(row.Id, row.Topic, row.Offset, row.Grp, row.Key, row.Body, row.Reason, DateTimeOffset.FromUnixTimeMilliseconds(row.Time)))
            .ToList());

    private sealed record DeadRow(long Id, string Topic, long Offset, string Grp, string? Key, byte[] Body, string Reason, long Time);

    /// <summary>Deletes messages older than this that every group of their topic is done with; returns how many.</summary>
    public int Prune(TimeSpan olderThan)
    {
        var before = _time.GetUtcNow().Subtract(olderThan).ToUnixTimeMilliseconds();
        return _database.Write(transaction => transaction.Connection!.Execute("""
            DELETE FROM messages_message WHERE published < @before
                AND offset < coalesce((SELECT min(next_offset) FROM messages_cursor c WHERE c.topic = messages_message.topic), offset + 1)
            """, new { before }, transaction));
    }

    private long Deadline() => _time.GetTimestamp() + (long)(_lease.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Hands back what was taken and not acknowledged: others need not wait for the lease to end.</summary>
    public void Dispose()
    {
        if (_held.Count > 0) _database.Write(HandBack);
        _database.Dispose();
    }

    private void HandBack(IDbTransaction transaction)
    {
        foreach (var delivery in _held)
            transaction.Connection!.Execute("UPDATE messages_lease SET expires = 0 WHERE topic = @Topic AND grp = @Group AND offset = @Offset AND fence = @Fence",
                new { delivery.Subscription.Topic, delivery.Subscription.Group, delivery.Offset, delivery.Fence }, transaction);
    }
}
