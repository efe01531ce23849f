using System.Globalization;
using System.Text;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>
/// One member of a consumer group. Kafka knows only how far a group has come in each partition: what is committed is the position before
/// the oldest message that nobody acknowledged, so that none is skipped.
/// </summary>
internal sealed unsafe class KafkaSubscriber : IDisposable
{
    private const int PollMilliseconds = 100;
    private const int MaxWaiting = 1000;

    private sealed record Held(Delivery Delivery, int Partition, long Since);

    private readonly KafkaClient _client;
    private readonly Subscription _subscription;
    private readonly BrokerAddress _address;
    private readonly TimeProvider _time;
    private readonly Action _arrived;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly Queue<(int Partition, Delivery Delivery)> _inbox = new();
    private readonly Dictionary<long, Held> _held = [];
    private readonly Dictionary<int, SortedSet<long>> _open = [];
    private readonly Dictionary<int, long> _reached = [];
    private long _fence;
    private volatile bool _ending;

    public KafkaSubscriber(BrokerAddress address, Subscription subscription, TimeSpan memberTimeout, TimeProvider time, Action arrived)
    {
        (_address, _subscription, _time, _arrived) = (address, subscription, time, arrived);
        _client = new KafkaClient(address, RdKafka.Consumer, ("group.id", subscription.Group), ("enable.auto.commit", "false"), ("auto.offset.reset", "earliest"),
            ("session.timeout.ms", memberTimeout.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)), ("heartbeat.interval.ms", (memberTimeout / 4).TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)), ("allow.auto.create.topics", "true"), ("fetch.wait.max.ms", "50"))
        { Rebalanced = Rebalanced };
        var topics = RdKafka.ListNew(1);
        RdKafka.ListAdd(topics, subscription.Topic, RdKafka.AnyPartition);
        var error = RdKafka.Subscribe(_client.Handle, topics);
        RdKafka.ListDestroy(topics);
        if (error != 0) throw _client.Wrong(error);
        _thread = new Thread(Receive) { IsBackground = true, Name = $"kafka {subscription.Topic}" };
        _thread.Start();
    }

    public List<Delivery> Take(int atMost)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var taken = Forgotten(atMost, now);
            while (taken.Count < atMost && _inbox.TryDequeue(out var next))
            {
                _held[next.Delivery.Fence] = new(next.Delivery, next.Partition, now);
                taken.Add(next.Delivery);
            }
            return taken;
        }
    }

    // Whoever took them failed or hangs; Kafka itself gives a message again only to another member.
    private List<Delivery> Forgotten(int atMost, long now)
    {
        var again = new List<Delivery>();
        foreach (var held in _held.Values.Where(held => _time.GetElapsedTime(held.Since, now) > _address.Lease).Take(atMost).ToList())
        {
            _held.Remove(held.Delivery.Fence);
            var delivery = held.Delivery with { Times = held.Delivery.Times + 1, Fence = ++_fence };
            _held[delivery.Fence] = held with { Delivery = delivery, Since = now };
            again.Add(delivery);
        }
        return again;
    }

    public bool Acknowledge(Delivery delivery)
    {
        lock (_gate)
        {
            if (!_held.Remove(delivery.Fence, out var held)) return false;
            var open = _open[held.Partition];
            var wasOldest = open.Min == delivery.Offset;
            open.Remove(delivery.Offset);
            if (wasOldest) Commit([held.Partition], wait: false);
            return true;
        }
    }

    public bool Holds(Delivery delivery)
    {
        lock (_gate) return _held.ContainsKey(delivery.Fence);
    }

    private void Receive()
    {
        while (!_ending)
        {
            int waiting;
            lock (_gate) waiting = _inbox.Count;
            if (waiting >= MaxWaiting)
            {
                Thread.Sleep(PollMilliseconds);
                continue;
            }
            var message = RdKafka.ConsumerPoll(_client.Handle, PollMilliseconds);
            if (message is null) continue;
            // Errors here are passing ones, such as a topic that is not there yet; the library goes on by itself.
            if (message->Error == 0) Receive(message);
            RdKafka.MessageDestroy(message);
        }
    }

    private void Receive(RdKafka.Message* message)
    {
        var published = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, RdKafka.MessageTimestamp(message, out _)));
        var key = message->Key is null ? null : Encoding.UTF8.GetString(message->Key, (int)message->KeyLength);
        byte[] body = message->Payload is null ? [] : new ReadOnlySpan<byte>(message->Payload, (int)message->Length).ToArray();
        lock (_gate)
        {
            if (!_open.TryGetValue(message->Partition, out var open)) _open[message->Partition] = open = [];
            open.Add(message->Offset);
            _reached[message->Partition] = message->Offset + 1;
            _inbox.Enqueue((message->Partition, new Delivery(_subscription, message->Offset, key, body, published, 1, ++_fence)));
        }
        _arrived();
    }

    private void Rebalanced(int what, nint partitions)
    {
        lock (_gate)
        {
            var list = (RdKafka.PartitionList*)partitions;
            if (what == RdKafka.RevokePartitions) Commit([.. _open.Keys], wait: true);
            // Given or taken: what was received before is another member's, or comes again.
            for (var at = 0; at < list->Count; at++) Forget(list->Entries[at].Partition);
        }
    }

    private void Forget(int partition)
    {
        _open.Remove(partition);
        _reached.Remove(partition);
        foreach (var held in _held.Values.Where(held => held.Partition == partition).ToList()) _held.Remove(held.Delivery.Fence);
        var kept = _inbox.Where(waiting => waiting.Partition != partition).ToList();
        _inbox.Clear();
        foreach (var waiting in kept) _inbox.Enqueue(waiting);
    }

    private void Commit(int[] partitions, bool wait)
    {
        if (partitions.Length == 0) return;
        var list = RdKafka.ListNew(partitions.Length);
        foreach (var partition in partitions.Where(_reached.ContainsKey))
            RdKafka.ListAdd(list, _subscription.Topic, partition)->Offset = _open.TryGetValue(partition, out var open) && open.Count > 0 ? open.Min : _reached[partition];
        // A commit that fails only makes messages come twice.
        _ = RdKafka.Commit(_client.Handle, list, wait ? 0 : 1);
        RdKafka.ListDestroy(list);
    }

    public void Dispose()
    {
        _ending = true;
        _thread.Join();
        lock (_gate) Commit([.. _open.Keys], wait: true);
        _ = RdKafka.ConsumerClose(_client.Handle);
        _client.Dispose();
    }
}
