namespace Slipway.Messages.Brokers;

/// <summary>One message to send; the key decides what stays in order (for the build service: the request id).</summary>
public sealed record OutgoingMessage(string Topic, string? Key, byte[] Body);

/// <summary>
/// Who reads a topic. Subscribers of one group share its messages, each message going to one of them;
/// every group sees every message. A subscriber with a group of its own therefore reads in publish/subscribe mode.
/// </summary>
public sealed record Subscription(string Topic, string Group);

/// <summary>A message as it was received. It comes again, to this or another subscriber, unless it is acknowledged in time.</summary>
public sealed record Delivery(Subscription Subscription, long Offset, string? Key, byte[] Body, DateTimeOffset Published, int Times, long Fence);

/// <summary>A message that could not be understood, and why.</summary>
public sealed record DeadLetter(long Id, string Topic, long Offset, string Group, string? Key, byte[] Body, string Reason, DateTimeOffset Time);

/// <summary>Carries messages: at least once, in order per key. The embedded broker is one; Kafka and RabbitMQ are the others.</summary>
public interface IBroker : IDisposable
{
    /// <summary>Returns when the messages are durable. Where it throws, some of them may be: publish all of them again.</summary>
    void Publish(IReadOnlyList<OutgoingMessage> messages);

    /// <summary>Leases up to so many messages; empty when there is nothing now.</summary>
    IReadOnlyList<Delivery> Poll(Subscription subscription, int atMost);

    /// <summary>Says that one message is done with. False: the lease had run out and another may have it.</summary>
    bool Acknowledge(Delivery delivery);

    /// <summary>Puts one message aside with a reason, and acknowledges it.</summary>
    void Refuse(Delivery delivery, string reason);

    /// <summary>Waits until something may have been published, at most as long as the poll interval.</summary>
    Task WaitAsync(CancellationToken cancellation);

    /// <summary>Topics that hold or held messages.</summary>
    IReadOnlyList<string> Topics();

    /// <summary>Messages put aside, newest first.</summary>
    IReadOnlyList<DeadLetter> DeadLetters(int atMost);

    /// <summary>What may lose messages of these topics; mends what can be mended when told so. Topics that are not there have no fault.</summary>
    IReadOnlyList<TopicFault> CheckTopics(IReadOnlyList<string> topics, bool mend);

    /// <summary>Reads a topic from its oldest kept message on, without a group: for watchers, which leave no trace.</summary>
    ITopicReader OpenReader(string topic);
}

/// <summary>A watcher's place in a topic.</summary>
public interface ITopicReader : IDisposable
{
    /// <summary>The messages that come next; empty when none came within this time.</summary>
    IReadOnlyList<OutgoingMessage> Read(TimeSpan patience);
}
