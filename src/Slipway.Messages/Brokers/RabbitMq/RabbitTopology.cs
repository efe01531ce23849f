using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Slipway.Content;

namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>Makes the exchanges, streams and queues that a topic needs, before anything is published or read.</summary>
internal sealed class RabbitTopology(RabbitConnection connection, TimeSpan untilWritten, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);

    /// <summary>Makes a topic with its log; a runner group's also with the queue that the runners share, so that it keeps what comes before the first of them.</summary>
    public void DeclareTopic(string topic)
    {
        if (_known.ContainsKey(topic)) return;
        using var channel = connection.OpenChannel();
        connection.Wait(channel.ExchangeDeclareAsync(topic, ExchangeType.Fanout, durable: true));
        var isNew = Declare(RabbitNames.Log(topic), topic, RabbitNames.Stream);
        if (Messages.Topics.IsRunnerGroup(topic)) isNew |= Declare(RabbitNames.Queue(topic, Messages.Topics.RunnerConsumerGroup), topic, RabbitNames.Quorum);
        if (isNew) AwaitWritten();
        _known[topic] = 0;
        if (isNew) Register(topic);
    }

    /// <summary>Makes the queue of a group; from now on it gets what is published.</summary>
    public string DeclareGroup(Subscription subscription)
    {
        DeclareTopic(subscription.Topic);
        var queue = RabbitNames.Queue(subscription.Topic, subscription.Group);
        if (!_known.ContainsKey(queue) && Declare(queue, subscription.Topic, RabbitNames.Quorum)) AwaitWritten();
        _known[queue] = 0;
        return queue;
    }

    /// <summary>Makes a stream that belongs to no topic.</summary>
    public void DeclareStream(string name)
    {
        if (_known.ContainsKey(name)) return;
        if (Declare(name, null, RabbitNames.Stream)) AwaitWritten();
        _known[name] = 0;
    }

    private bool Declare(string queue, string? exchange, Dictionary<string, object?> kind)
    {
        var isNew = !Exists(queue);
        using var channel = connection.OpenChannel();
        connection.Wait(channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, kind));
        if (exchange is not null) connection.Wait(channel.QueueBindAsync(queue, exchange, ""));
        return isNew;
    }

    private bool Exists(string queue)
    {
        using var channel = connection.OpenChannel();
        try
        {
            channel.QueueDeclarePassiveAsync(queue).Wait();
            return true;
        }
        catch (AggregateException error) when (error.GetBaseException() is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotFound })
        {
            return false;
        }
        catch (AggregateException error)
        {
            throw new SlipwayException($"queue {queue} at RabbitMQ", error.GetBaseException().Message) { Kind = FailureKind.Unreachable };
        }
    }

    private void AwaitWritten() => Task.Delay(untilWritten, time).Wait();

    private void Register(string topic)
    {
        DeclareStream(RabbitNames.Topics);
        using var channel = connection.OpenChannel(confirms: true);
        connection.Wait(channel.BasicPublishAsync("", RabbitNames.Topics, mandatory: true, new BasicProperties { Persistent = true }, System.Text.Encoding.UTF8.GetBytes(topic)).AsTask());
    }
}
