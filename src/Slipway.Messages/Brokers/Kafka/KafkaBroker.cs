using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>
/// Apache Kafka as the broker, through librdkafka. A new group begins at the oldest kept message. Order holds for messages of one key.
/// What was acknowledged behind a message that was not may come again after a restart.
/// </summary>
public sealed class KafkaBroker(BrokerAddress address, TimeProvider time) : IBroker
{
    private const int QueryMilliseconds = 10_000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TopicsAge = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HistoryPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a member of a group may be silent before the others get its partitions.</summary>
    internal TimeSpan MemberTimeout { get; init; } = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Subscription, KafkaSubscriber> _subscribers = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Lock _publishing = new();
    private readonly Lock _subscribing = new();
    private KafkaProducer? _producer;
    private (long Since, IReadOnlyDictionary<string, Placement> Topics)? _topics;
    private int _brokers;

    /// <summary>How a topic lies in the cluster.</summary>
    private readonly record struct Placement(int Partitions, int Replicas);

    public void Publish(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0) return;
        lock (_publishing)
        {
            try
            {
                Producer().Publish(messages);
            }
            catch
            {
                // After some errors an idempotent producer can never send again.
                _producer?.Dispose();
                _producer = null;
                throw;
            }
        }
    }

    private KafkaProducer Producer() => _producer ??= new KafkaProducer(address);

    public IReadOnlyList<Delivery> Poll(Subscription subscription, int atMost)
    {
        KafkaSubscriber? subscriber;
        lock (_subscribing)
        {
            if (!_subscribers.TryGetValue(subscription, out subscriber))
                _subscribers[subscription] = subscriber = new KafkaSubscriber(address, subscription, MemberTimeout, time, () => _arrived.Release());
        }
        return subscriber.Take(atMost);
    }

    public bool Acknowledge(Delivery delivery) => _subscribers.TryGetValue(delivery.Subscription, out var subscriber) && subscriber.Acknowledge(delivery);

    public void Refuse(Delivery delivery, string reason)
    {
        if (!_subscribers.TryGetValue(delivery.Subscription, out var subscriber) || !subscriber.Holds(delivery)) return;
        Publish([new(Messages.Topics.DeadLetters, delivery.Key, DeadLetterBody.Write(delivery, reason, time.GetUtcNow()))]);
        subscriber.Acknowledge(delivery);
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        await _arrived.WaitAsync(PollInterval, cancellation).ConfigureAwait(false);
        while (_arrived.Wait(0, CancellationToken.None))
        {
            // One wake-up is enough for all that came.
        }
    }

    public IReadOnlyList<string> Topics() => [.. Partitions(TopicsAge).Keys.Where(topic => !topic.StartsWith("__", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public IReadOnlyList<DeadLetter> DeadLetters(int atMost)
    {
        if (!Partitions(TimeSpan.Zero).TryGetValue(Messages.Topics.DeadLetters, out var placement)) return [];
        using var reader = new KafkaReader(address, Messages.Topics.DeadLetters, placement.Partitions);
        var letters = new List<DeadLetter>();
        for (var left = reader.Count(); left > 0;)
        {
            var found = reader.Read(HistoryPatience);
            if (found.Count == 0) break;
            left -= found.Count;
            letters.AddRange(found.Select(message => DeadLetterBody.Read(message.Body, letters.Count)).OfType<DeadLetter>());
        }
        return [.. letters.OrderByDescending(letter => letter.Time).Take(atMost)];
    }

    public ITopicReader OpenReader(string topic)
    {
        // Asking for a topic makes it, where the broker is set up so; one partition is what a new one has at least.
        return new KafkaReader(address, topic, Partitions(TimeSpan.Zero).GetValueOrDefault(topic, new(1, 1)).Partitions);
    }

    private unsafe IReadOnlyDictionary<string, Placement> Partitions(TimeSpan maxAge)
    {
        lock (_publishing)
        {
            if (_topics is { } known && time.GetElapsedTime(known.Since) < maxAge) return known.Topics;
            var client = Producer().Client;
            var error = RdKafka.GetMetadata(client.Handle, 1, 0, out var metadata, QueryMilliseconds);
            if (error != 0) throw client.Wrong(error);
            _brokers = metadata->BrokerCount;
            var topics = new Dictionary<string, Placement>(StringComparer.Ordinal);
            for (var at = 0; at < metadata->TopicCount; at++)
                topics[Marshal.PtrToStringUTF8((nint)metadata->Topics[at].Name)!] = new(metadata->Topics[at].PartitionCount, FewestReplicas(metadata->Topics[at]));
            RdKafka.MetadataDestroy(metadata);
            _topics = (time.GetTimestamp(), topics);
            return topics;
        }
    }

    private static unsafe int FewestReplicas(RdKafka.MetadataTopic topic)
    {
        var fewest = int.MaxValue;
        for (var at = 0; at < topic.PartitionCount; at++) fewest = Math.Min(fewest, topic.Partitions[at].ReplicaCount);
        return topic.PartitionCount == 0 ? 0 : fewest;
    }

    public IReadOnlyList<TopicFault> CheckTopics(IReadOnlyList<string> topics, bool mend)
    {
        var placements = Partitions(TimeSpan.Zero);
        lock (_publishing)
        {
            var admin = new KafkaTopics(Producer());
            return [.. topics.Where(placements.ContainsKey).SelectMany(topic => Check(admin, topic, placements[topic].Replicas, mend))];
        }
    }

    private IReadOnlyList<TopicFault> Check(KafkaTopics admin, string topic, int replicas, bool mend)
    {
        var settings = admin.Describe(topic);
        long? Number(string name) => settings.Values.TryGetValue(name, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
        var retention = Number("retention.ms") is { } milliseconds and >= 0 ? TimeSpan.FromMilliseconds(milliseconds) : (TimeSpan?)null;
        var faults = TopicSafety.Judge(new(topic, replicas, (int?)Number("min.insync.replicas"), retention, settings.Values.GetValueOrDefault("cleanup.policy", "delete")), _brokers);
        var wanted = faults.Where(fault => fault.Wanted is not null).ToDictionary(fault => fault.Setting, fault => fault.Wanted!, StringComparer.Ordinal);
        if (mend && wanted.Count > 0) admin.Set(topic, settings, wanted);
        return faults;
    }

    public void Dispose()
    {
        foreach (var subscriber in _subscribers.Values) subscriber.Dispose();
        _producer?.Dispose();
        _arrived.Dispose();
    }
}
