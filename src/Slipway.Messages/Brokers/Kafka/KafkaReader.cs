using System.Text;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>Reads all partitions of a topic from their oldest kept message on, as no member of any group.</summary>
internal sealed unsafe class KafkaReader : ITopicReader
{
    private const int Batch = 500;
    private const int QueryMilliseconds = 10_000;
    private readonly KafkaClient _client;
    private readonly string _topic;
    private readonly int _partitions;

    public KafkaReader(BrokerAddress address, string topic, int partitions)
    {
        (_topic, _partitions) = (topic, partitions);
        _client = new KafkaClient(address, RdKafka.Consumer, ("group.id", "slipway-watch"), ("auto.offset.reset", "earliest"), ("fetch.wait.max.ms", "50"));
        var list = RdKafka.ListNew(partitions);
        for (var partition = 0; partition < partitions; partition++) RdKafka.ListAdd(list, topic, partition)->Offset = RdKafka.OffsetBeginning;
        var error = RdKafka.Assign(_client.Handle, list);
        RdKafka.ListDestroy(list);
        if (error != 0) throw _client.Wrong(error);
    }

    /// <summary>How many messages the topic keeps now.</summary>
    public long Count()
    {
        var sum = 0L;
        for (var partition = 0; partition < _partitions; partition++)
        {
            var error = RdKafka.Watermarks(_client.Handle, _topic, partition, out var low, out var high, QueryMilliseconds);
            if (error != 0) throw _client.Wrong(error);
            sum += high - low;
        }
        return sum;
    }

    public IReadOnlyList<OutgoingMessage> Read(TimeSpan patience)
    {
        var found = new List<OutgoingMessage>();
        while (found.Count < Batch)
        {
            var message = RdKafka.ConsumerPoll(_client.Handle, found.Count > 0 ? 0 : (int)patience.TotalMilliseconds);
            if (message is null) break;
            if (message->Error == 0) found.Add(new(_topic, message->Key is null ? null : Encoding.UTF8.GetString(message->Key, (int)message->KeyLength),
                message->Payload is null ? [] : new ReadOnlySpan<byte>(message->Payload, (int)message->Length).ToArray()));
            RdKafka.MessageDestroy(message);
        }
        return found;
    }

    public void Dispose()
    {
        _ = RdKafka.ConsumerClose(_client.Handle);
        _client.Dispose();
    }
}
