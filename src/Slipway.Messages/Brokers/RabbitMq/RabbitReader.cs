using System.Collections.Concurrent;
using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>A message of a stream and its place there.</summary>
internal sealed record StreamEntry(long Offset, string? Key, byte[] Body);

/// <summary>Reads a stream from its oldest kept message on.</summary>
internal sealed class RabbitReader : ITopicReader
{
    private const ushort Prefetch = 500;
    private const int Batch = 500;

    // A stream does not say where it ends, and the number of messages that it states is seconds old: it has ended when that many have come and then nothing more for a moment.
    private static readonly TimeSpan StatedPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly RabbitConnection _connection;
    private readonly string _stream;
    private readonly string _topic;
    private readonly IChannel _channel;
    private readonly BlockingCollection<(ulong Tag, StreamEntry Entry)> _inbox = new(new ConcurrentQueue<(ulong, StreamEntry)>());

    public RabbitReader(RabbitConnection connection, string stream, string topic)
    {
        (_connection, _stream, _topic) = (connection, stream, topic);
        _channel = connection.OpenChannel();
        connection.Wait(_channel.BasicQosAsync(0, Prefetch, global: false));
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, arrival) =>
        {
            var headers = arrival.BasicProperties.Headers;
            var offset = headers?.TryGetValue("x-stream-offset", out var place) == true ? (long)place! : 0;
            _inbox.Add((arrival.DeliveryTag, new(offset, arrival.RoutingKey is { Length: > 0 } key ? key : null, arrival.Body.ToArray())));
            return Task.CompletedTask;
        };
        connection.Wait(_channel.BasicConsumeAsync(stream, autoAck: false, "", noLocal: false, exclusive: false, new Dictionary<string, object?> { ["x-stream-offset"] = "first" }, consumer));
    }

    public IReadOnlyList<OutgoingMessage> Read(TimeSpan patience) => [.. Entries(patience).Select(entry => new OutgoingMessage(_topic, entry.Key, entry.Body))];

    /// <summary>What comes within this time, at most one batch.</summary>
    public IReadOnlyList<StreamEntry> Entries(TimeSpan patience)
    {
        var found = new List<StreamEntry>();
        ulong last = 0;
        var began = Stopwatch.GetTimestamp();
        while (found.Count < Batch && _inbox.TryTake(out var next, found.Count > 0 ? TimeSpan.Zero : Max(patience - Stopwatch.GetElapsedTime(began))))
        {
            found.Add(next.Entry);
            last = next.Tag;
        }
        // At a stream this only asks for more.
        if (found.Count > 0) _connection.Wait(_channel.BasicAckAsync(last, multiple: true).AsTask());
        return found;
    }

    /// <summary>What the stream holds when this is called, if nothing was read before; it may go on to what came since.</summary>
    public IEnumerable<StreamEntry> History()
    {
        long stated;
        using (var channel = _connection.OpenChannel()) stated = _connection.Wait(channel.QueueDeclarePassiveAsync(_stream)).MessageCount;
        long come = 0;
        while (Entries(come < stated ? StatedPatience : come == 0 ? FirstPatience : Pause) is { Count: > 0 } entries)
        {
            foreach (var entry in entries) yield return entry;
            come += entries.Count;
        }
    }

    private static TimeSpan Max(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    public void Dispose()
    {
        _channel.Dispose();
        _inbox.Dispose();
    }
}
