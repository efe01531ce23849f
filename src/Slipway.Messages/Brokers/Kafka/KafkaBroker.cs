using System.Collections.Concurrent;
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
    private (long Since, IReadOnlyDictionary<string, int> Topics)? _topics;

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
        if (!Partitions(TimeSpan.Zero).TryGetValue(Messages.Topics.DeadLetters, out var partitions)) return [];
        using var reader = new KafkaReader(address, Messages.Topics.DeadLetters, partitions);
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
        var partitions = Partitions(TimeSpan.Zero).GetValueOrDefault(topic, 1);
        return new KafkaReader(address, topic, partitions);
    }

    private unsafe IReadOnlyDictionary<string, int> Partitions(TimeSpan maxAge)
    {
        lock (_publishing)
        {
            if (_topics is { } known && time.GetElapsedTime(known.Since) < maxAge) return known.Topics;
            var client = Producer().Client;
            var error = RdKafka.GetMetadata(client.Handle, 1, 0, out var metadata, QueryMilliseconds);
            if (error != 0) throw client.Wrong(error);
            var topics = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var at = 0; at < metadata->TopicCount; at++)
                topics[Marshal.PtrToStringUTF8((nint)metadata->Topics[at].Name)!] = metadata->Topics[at].PartitionCount;
            RdKafka.MetadataDestroy(metadata);
            _topics = (time.GetTimestamp(), topics);
            return topics;
        }
    }

    public void Dispose()
    {
        foreach (var subscriber in _subscribers.Values) subscriber.Dispose();
        _producer?.Dispose();
        _arrived.Dispose();
    }
}
