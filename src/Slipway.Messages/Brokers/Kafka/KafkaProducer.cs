using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>Publishes with the confirmation of all replicas that are in sync, each message once and in order per key.</summary>
internal sealed unsafe class KafkaProducer : IDisposable
{
    private const int PollMilliseconds = 100;
    private readonly KafkaClient _client;
    private readonly Dictionary<string, nint> _topics = new(StringComparer.Ordinal);

    public KafkaProducer(BrokerAddress address) => _client = new KafkaClient(address, RdKafka.Producer,
        ("acks", "all"), ("enable.idempotence", "true"), ("linger.ms", "1"),
        ("message.timeout.ms", address.Patience.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)));

    public KafkaClient Client => _client;

    public void Publish(IReadOnlyList<OutgoingMessage> messages)
    {
        var batch = new KafkaBatch(messages.Count);
        var handle = GCHandle.Alloc(batch);
        var given = 0;
        try
        {
            foreach (var message in messages)
            {
                Give(message, GCHandle.ToIntPtr(handle));
                given++;
            }
        }
        finally
        {
            // What was not given to the library will not be reported by it; the rest is, at the latest when it times out.
            for (; given < messages.Count; given++) batch.Arrived(RdKafka.LastError());
            while (batch.Left > 0) _ = RdKafka.Poll(_client.Handle, PollMilliseconds);
            handle.Free();
        }
        if (batch.Error != 0) throw _client.Wrong(batch.Error);
    }

    private void Give(OutgoingMessage message, nint batch)
    {
        if (!_topics.TryGetValue(message.Topic, out var topic)) _topics[message.Topic] = topic = RdKafka.TopicNew(_client.Handle, message.Topic, 0);
        if (topic == 0) throw _client.Wrong(RdKafka.LastError());
        var key = message.Key is null ? [] : Encoding.UTF8.GetBytes(message.Key);
        fixed (byte* body = message.Body, name = key)
        {
            while (RdKafka.Produce(topic, RdKafka.AnyPartition, RdKafka.CopyPayload, body, (nuint)message.Body.Length, name, (nuint)key.Length, batch) != 0)
            {
                var error = RdKafka.LastError();
                if (error != RdKafka.QueueFull) throw _client.Wrong(error);
                _ = RdKafka.Poll(_client.Handle, PollMilliseconds);
            }
        }
    }

    public void Dispose()
    {
        foreach (var topic in _topics.Values) RdKafka.TopicDestroy(topic);
        _client.Dispose();
    }
}
