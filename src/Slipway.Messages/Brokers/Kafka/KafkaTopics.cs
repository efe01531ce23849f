using System.Runtime.InteropServices;

namespace Slipway.Messages.Brokers.Kafka;

/// <summary>Reads and mends the settings of topics. Replication cannot be changed here: Kafka wants a plan of where the replicas go.</summary>
internal sealed unsafe class KafkaTopics(KafkaProducer producer)
{
    private const int Milliseconds = 15_000;

    /// <summary>Settings of a topic by name, and which of them are its own rather than the cluster's.</summary>
    internal sealed record Settings(IReadOnlyDictionary<string, string> Values, IReadOnlyDictionary<string, string> Own);

    public Settings Describe(string topic)
    {
        var (all, own) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        Ask(topic, [], (client, resource, queue) => RdKafka.DescribeConfigs(client, &resource, 1, 0, queue), happened =>
        {
            var described = RdKafka.DescribeResources(RdKafka.DescribeResult(happened), out var resources);
            if (resources == 0) return RdKafka.UnknownTopic;
            var entries = RdKafka.ResourceConfigs(described[0], out var count);
            for (nuint at = 0; at < count; at++)
            {
                var name = Marshal.PtrToStringUTF8(RdKafka.EntryName(entries[at]))!;
                if (Marshal.PtrToStringUTF8(RdKafka.EntryValue(entries[at])) is not { } value) continue;
                all[name] = value;
                if (RdKafka.EntrySource(entries[at]) == RdKafka.DynamicTopicConfig) own[name] = value;
            }
            return RdKafka.ResourceError(described[0]);
        });
        return new(all, own);
    }

    /// <summary>Sets some settings; the topic's others stay, which the protocol demands to be said again.</summary>
    public void Set(string topic, Settings now, IReadOnlyDictionary<string, string> wanted)
    {
        var whole = new Dictionary<string, string>(now.Own, StringComparer.Ordinal);
        foreach (var (name, value) in wanted) whole[name] = value;
        Ask(topic, whole, (client, resource, queue) => RdKafka.AlterConfigs(client, &resource, 1, 0, queue), happened =>
        {
            var altered = RdKafka.AlterResources(RdKafka.AlterResult(happened), out var resources);
            return resources == 0 ? RdKafka.UnknownTopic : RdKafka.ResourceError(altered[0]);
        });
    }

    private void Ask(string topic, Dictionary<string, string> settings, Action<nint, nint, nint> ask, Func<nint, int> read)
    {
        var client = producer.Client.Handle;
        var resource = RdKafka.ResourceNew(RdKafka.ResourceTopic, topic);
        var queue = RdKafka.QueueNew(client);
        try
        {
            foreach (var (name, value) in settings) _ = RdKafka.ResourceSet(resource, name, value);
            ask(client, resource, queue);
            var happened = RdKafka.QueuePoll(queue, Milliseconds);
            if (happened == 0) throw producer.Client.Wrong($"no answer about the topic {topic} within {Milliseconds / 1000} s");
            var error = RdKafka.EventError(happened);
            if (error == 0) error = read(happened);
            RdKafka.EventDestroy(happened);
            if (error != 0) throw producer.Client.Wrong($"topic {topic}: {RdKafka.Text(error)}");
        }
        finally
        {
            RdKafka.QueueDestroy(queue);
            RdKafka.ResourceDestroy(resource);
        }
    }
}
