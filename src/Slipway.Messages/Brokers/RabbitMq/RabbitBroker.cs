using System.Collections.Concurrent;
using System.Text;
using RabbitMQ.Client;

namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>
/// RabbitMQ as the broker. A published message is confirmed by a majority of the queue's members; one that was delivered comes again when
/// it is not acknowledged, at once when the connection ends. A group gets what is published after its first poll; a runner group's shared
/// queue is there from the first message on.
/// </summary>
public sealed class RabbitBroker : IBroker
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    // RabbitMQ writes down a new queue up to two seconds after it says that it is there; killed before, it would come back without it and all that was confirmed.
    private static readonly TimeSpan UntilWritten = TimeSpan.FromSeconds(3);

    private readonly BrokerAddress _address;
    private readonly TimeProvider _time;
    private readonly RabbitConnection _connection;
    private readonly RabbitTopology _topology;
    private readonly ConcurrentDictionary<Subscription, RabbitSubscriber> _subscribers = new();
    private readonly ConcurrentDictionary<string, byte> _topics = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Lock _publishing = new();
    private readonly Lock _subscribing = new();
    private IChannel? _publisher;
    private RabbitReader? _topicReader;

    public RabbitBroker(BrokerAddress address, TimeProvider time)
        : this(address, time, UntilWritten)
    {
    }

    internal RabbitBroker(BrokerAddress address, TimeProvider time, TimeSpan untilWritten)
    {
        (_address, _time) = (address, time);
        _connection = new RabbitConnection(address);
        _topology = new RabbitTopology(_connection, untilWritten, time);
    }

    public void Publish(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 0) return;
        foreach (var topic in messages.Select(message => message.Topic).Distinct()) _topology.DeclareTopic(topic);
        Send(messages);
    }

    private void Send(IReadOnlyList<OutgoingMessage> messages)
    {
        lock (_publishing)
        {
            if (_publisher is not { IsOpen: true })
            {
                _publisher?.Dispose();
                _publisher = _connection.OpenChannel(confirms: true);
            }
            var properties = new BasicProperties { Persistent = true, Timestamp = new(_time.GetUtcNow().ToUnixTimeSeconds()) };
            // Each call ends with the broker's confirmation, or throws when no queue took the message.
            var sent = messages.Select(one => _publisher.BasicPublishAsync(one.Topic, one.Key ?? "", mandatory: true, properties, one.Body).AsTask()).ToList();
            _connection.Wait(Task.WhenAll(sent));
        }
    }

    public IReadOnlyList<Delivery> Poll(Subscription subscription, int atMost) => Subscriber(subscription).Take(atMost);

    private RabbitSubscriber Subscriber(Subscription subscription)
    {
        lock (_subscribing)
        {
            if (_subscribers.TryGetValue(subscription, out var known) && known.IsOpen) return known;
            known?.Dispose();
            var queue = _topology.DeclareGroup(subscription);
            return _subscribers[subscription] = new RabbitSubscriber(_connection, queue, subscription, _address, _time, () => _arrived.Release());
        }
    }

    public bool Acknowledge(Delivery delivery) => _subscribers.TryGetValue(delivery.Subscription, out var subscriber) && subscriber.Acknowledge(delivery);

    public void Refuse(Delivery delivery, string reason)
    {
        if (!_subscribers.TryGetValue(delivery.Subscription, out var subscriber) || !subscriber.Holds(delivery)) return;
        Publish([new(Messages.Topics.DeadLetters, delivery.Key, DeadLetterBody.Write(delivery, reason, _time.GetUtcNow()))]);
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

    public IReadOnlyList<string> Topics()
    {
        lock (_subscribing)
        {
            if (_topicReader is null || !_connection.IsOpen)
            {
                _topicReader?.Dispose();
                _topicReader = null;
                _topology.DeclareStream(RabbitNames.Topics);
                _topicReader = new RabbitReader(_connection, RabbitNames.Topics, RabbitNames.Topics);
                foreach (var entry in _topicReader.History()) _topics[Encoding.UTF8.GetString(entry.Body)] = 0;
            }
            foreach (var entry in _topicReader.Entries(TimeSpan.Zero)) _topics[Encoding.UTF8.GetString(entry.Body)] = 0;
        }
        return [.. _topics.Keys.Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<DeadLetter> DeadLetters(int atMost)
    {
        _topology.DeclareTopic(Messages.Topics.DeadLetters);
        using var reader = new RabbitReader(_connection, RabbitNames.Log(Messages.Topics.DeadLetters), Messages.Topics.DeadLetters);
        return [.. reader.History().Select(entry => DeadLetterBody.Read(entry.Body, entry.Offset)).OfType<DeadLetter>().Reverse().Take(atMost)];
    }

    // Queues are made as quorum queues or not at all: RabbitMQ refuses to use one of another kind.
    public IReadOnlyList<TopicFault> CheckTopics(IReadOnlyList<string> topics, bool mend) => [];

    public ITopicReader OpenReader(string topic)
    {
        _topology.DeclareTopic(topic);
        return new RabbitReader(_connection, RabbitNames.Log(topic), topic);
    }

    public void Dispose()
    {
        foreach (var subscriber in _subscribers.Values) subscriber.Dispose();
        _topicReader?.Dispose();
        _publisher?.Dispose();
        _connection.Dispose();
        _arrived.Dispose();
    }
}
