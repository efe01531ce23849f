using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>One consumer of a queue: the broker pushes messages, which wait here until they are polled and acknowledged.</summary>
internal sealed class RabbitSubscriber : IDisposable
{
    private const ushort Prefetch = 200;

    private readonly RabbitConnection _connection;
    private readonly IChannel _channel;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly ConcurrentQueue<Delivery> _inbox = new();
    private readonly ConcurrentDictionary<long, long> _held = new();

    // Numbers of deliveries start again with every channel.
    private static long _subscribers;
    private readonly long _fence = Interlocked.Increment(ref _subscribers);

    public RabbitSubscriber(RabbitConnection connection, string queue, Subscription subscription, BrokerAddress address, TimeProvider time, Action arrived)
    {
        (_connection, _time, _lease) = (connection, time, address.Lease);
        _channel = connection.OpenChannel();
        connection.Wait(_channel.BasicQosAsync(0, Prefetch, global: false));
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, arrival) =>
        {
            _inbox.Enqueue(Received(subscription, arrival));
            arrived();
            return Task.CompletedTask;
        };
        connection.Wait(_channel.BasicConsumeAsync(queue, autoAck: false, consumer));
    }

    public bool IsOpen => _channel.IsOpen;

    public IReadOnlyList<Delivery> Take(int atMost)
    {
        ReturnForgotten();
        var taken = new List<Delivery>();
        while (taken.Count < atMost && _inbox.TryDequeue(out var delivery))
        {
            _held[delivery.Offset] = _time.GetTimestamp();
            taken.Add(delivery);
        }
        return taken;
    }

    public bool Acknowledge(Delivery delivery)
    {
        if (delivery.Fence != _fence || !IsOpen || !_held.TryRemove(delivery.Offset, out _)) return false;
        _connection.Wait(_channel.BasicAckAsync((ulong)delivery.Offset, multiple: false).AsTask());
        return true;
    }

    public bool Holds(Delivery delivery) => delivery.Fence == _fence && IsOpen && _held.ContainsKey(delivery.Offset);

    // Whoever took them failed or hangs; the broker gives them out again.
    private void ReturnForgotten()
    {
        foreach (var (tag, since) in _held)
        {
            if (_time.GetElapsedTime(since) > _lease && _held.TryRemove(tag, out _)) _connection.Wait(_channel.BasicNackAsync((ulong)tag, multiple: false, requeue: true).AsTask());
        }
    }

    private Delivery Received(Subscription subscription, BasicDeliverEventArgs arrival)
    {
        var headers = arrival.BasicProperties.Headers;
        var earlier = headers?.TryGetValue("x-delivery-count", out var count) == true ? Convert.ToInt32(count, CultureInfo.InvariantCulture) : 0;
        var published = DateTimeOffset.FromUnixTimeSeconds(arrival.BasicProperties.Timestamp.UnixTime);
        return new Delivery(subscription, (long)arrival.DeliveryTag, arrival.RoutingKey is { Length: > 0 } key ? key : null, arrival.Body.ToArray(), published, earlier + 1, _fence);
    }

    public void Dispose() => _channel.Dispose();
}
