using System.Globalization;
using System.Text;
using Slipway.Messages;
using Slipway.Messages.Brokers;

namespace Slipway.Cli.Compat;

/// <summary>ssh_kafka_read and ssh_kafka_write: a topic on standard output, and standard input to a topic.</summary>
internal static class TopicPrograms
{
    private const int Batch = 500;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    public static int Read(CompatOptions options)
    {
        using var broker = CompatBroker.Open(TimeProvider.System);
        var subscription = new Subscription(options.Required("--topic"), options.Required("--group"));
        var patience = TimeSpan.FromMilliseconds(options.Number("--timeout", 1000)) + TimeSpan.FromSeconds(1);
        var began = TimeProvider.System.GetTimestamp();
        var found = new List<Delivery>();
        while (TimeProvider.System.GetElapsedTime(began) < patience && found.Count < Batch)
        {
            found.AddRange(broker.Poll(subscription, Batch));
            Thread.Sleep(Glance);
        }
        Console.Out.Write(Encoding.ASCII.GetString(MessageCodec.WriteTexts([.. found.Select(delivery => Encoding.UTF8.GetString(delivery.Body))])));
        foreach (var delivery in found) broker.Acknowledge(delivery);
        return 0;
    }

    public static int Write(CompatOptions options)
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        var topic = options.Required("--topic");
        // What no reader can load is not sent; beyond that any document is the sender's matter, as it was.
        if (MessageCodec.Loads(bytes.ToArray()) is { } problem) throw new CompatException("CBParameterError", string.Create(CultureInfo.InvariantCulture, $"standard input: {problem}"));
        using var broker = CompatBroker.Open(TimeProvider.System);
        broker.Publish([new(topic, MessageCodec.RequestIdOf(bytes.ToArray()), bytes.ToArray())]);
        return 0;
    }
}
