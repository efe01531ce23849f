using System.Diagnostics;
using System.Text;
using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

/// <summary>What every broker promises, each checked against a real one.</summary>
public abstract class BrokerConformance
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _topic = $"fedora-{Guid.NewGuid():N}";

    /// <summary>A new handle, as another process would have; short leases where the broker has them.</summary>
    protected abstract IBroker Open(TimeSpan? lease = null);

    protected Subscription Shared => new(_topic, Topics.RunnerConsumerGroup);

    protected static void Publish(IBroker broker, string topic, params string[] bodies) =>
        broker.Publish([.. bodies.Select(body => new OutgoingMessage(topic, "request-1", Encoding.UTF8.GetBytes(body)))]);

    protected static string Body(Delivery delivery) => Encoding.UTF8.GetString(delivery.Body);

    /// <summary>Polls until so many came.</summary>
    protected static List<Delivery> Take(IBroker broker, Subscription subscription, int count)
    {
        var taken = new List<Delivery>();
        for (var limit = Stopwatch.StartNew(); taken.Count < count;)
        {
            taken.AddRange(broker.Poll(subscription, count - taken.Count));
            if (taken.Count < count) broker.WaitAsync(CancellationToken.None).Wait();
            Assert.True(limit.Elapsed < Limit, $"{taken.Count} of {count} messages came");
        }
        return taken;
    }

    private static void NothingComes(IBroker broker, Subscription subscription)
    {
        for (var looks = 0; looks < 6; looks++)
        {
            Assert.Empty(broker.Poll(subscription, 10));
            Thread.Sleep(100);
        }
    }

    [Fact]
    public void Requests_published_before_any_runner_came_wait_for_it_in_order()
    {
        using var publisher = Open();
        Publish(publisher, _topic, "a", "b", "c");
        using var runner = Open();
        Assert.Equal(["a", "b", "c"], Take(runner, Shared, 3).Select(Body));
    }

    [Fact]
    public void Key_and_bytes_arrive_as_they_were_sent()
    {
        using var broker = Open();
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        broker.Publish([new(_topic, "0190-key", bytes)]);
        var delivery = Assert.Single(Take(broker, Shared, 1));
        Assert.Equal("0190-key", delivery.Key);
        Assert.Equal(bytes, delivery.Body);
        Assert.Equal(1, delivery.Times);
    }

    [Fact]
    public void Subscribers_of_a_group_share_its_messages_and_every_group_sees_all()
    {
        using var publisher = Open();
        using var one = Open();
        using var two = Open();
        var broadcast = new Subscription(_topic, "host-1");
        one.Poll(Shared, 0);
        two.Poll(broadcast, 0);
        Publish(publisher, _topic, "a", "b", "c", "d");
        Assert.Equal(["a", "b", "c", "d"], Take(one, Shared, 4).Select(Body).Order());
        Assert.Equal(["a", "b", "c", "d"], Take(two, broadcast, 4).Select(Body).Order());
    }

    [Fact]
    public void Acknowledged_messages_stay_away_and_others_come_again_when_their_taker_goes()
    {
        using var publisher = Open();
        Publish(publisher, _topic, "a", "b", "c");
        using (var first = Open())
        {
            var taken = Take(first, Shared, 3);
            Assert.True(first.Acknowledge(taken[0]));
        }
        using var second = Open(TimeSpan.FromSeconds(60));
        var again = Take(second, Shared, 2);
        Assert.Equal(["b", "c"], again.Select(Body).Order());
        Assert.All(again, delivery => Assert.True(second.Acknowledge(delivery)));
        NothingComes(second, Shared);
    }

    [Fact]
    public void A_message_acknowledged_out_of_order_does_not_take_the_earlier_ones_with_it()
    {
        using var publisher = Open();
        Publish(publisher, _topic, "a", "b", "c");
        using (var first = Open())
        {
            var taken = Take(first, Shared, 3);
            Assert.True(first.Acknowledge(taken[2]));
        }
        using var second = Open();
        // The last one may come again where the broker knows positions only; the first two must.
        var again = Take(second, Shared, 2);
        Assert.Equal(["a", "b"], again.Select(Body).Where(body => body != "c").Order());
    }

    [Fact]
    public void A_message_whose_taker_hangs_comes_again_and_the_late_acknowledgement_fails()
    {
        using var broker = Open(TimeSpan.FromSeconds(1));
        Publish(broker, _topic, "a");
        var late = Assert.Single(Take(broker, Shared, 1));
        var again = Assert.Single(Take(broker, Shared, 1));
        Assert.Equal("a", Body(again));
        Assert.False(broker.Acknowledge(late));
        Assert.True(broker.Acknowledge(again));
    }

    [Fact]
    public void A_refused_message_is_a_dead_letter_with_topic_group_and_reason()
    {
        using var broker = Open();
        Publish(broker, _topic, "foo", "b");
        var taken = Take(broker, Shared, 2);
        broker.Refuse(taken[0], "the document is no map");
        Assert.True(broker.Acknowledge(taken[1]));
        using var other = Open();
        var letter = Assert.Single(other.DeadLetters(100), letter => letter.Topic == _topic);
        Assert.Equal(("cb-group", "the document is no map", "foo", "request-1"), (letter.Group, letter.Reason, Encoding.UTF8.GetString(letter.Body), letter.Key));
        NothingComes(other, Shared);
    }

    [Fact]
    public void Watchers_read_a_topic_from_its_oldest_message_on_and_leave_no_trace()
    {
        using var broker = Open();
        var topic = $"slipway-watched-{Guid.NewGuid():N}";
        Publish(broker, topic, "a", "b");
        using var watcher = Open();
        using (var reader = watcher.OpenReader(topic))
        {
            var read = new List<string>();
            for (var limit = Stopwatch.StartNew(); read.Count < 2 && limit.Elapsed < Limit;) read.AddRange(Texts(reader));
            Assert.Equal(["a", "b"], read);
            Publish(broker, topic, "c");
            for (var limit = Stopwatch.StartNew(); read.Count < 3 && limit.Elapsed < Limit;) read.AddRange(Texts(reader));
            Assert.Equal("c", read[2]);
            Assert.Empty(reader.Read(TimeSpan.FromMilliseconds(100)));
        }
        using var again = watcher.OpenReader(topic);
        Assert.Equal("a", Texts(again).First());
    }

    private static IEnumerable<string> Texts(ITopicReader reader) => reader.Read(TimeSpan.FromSeconds(5)).Select(message => Encoding.UTF8.GetString(message.Body));

    [Fact]
    public void Topics_are_known_to_handles_that_never_used_them()
    {
        using var broker = Open();
        Publish(broker, _topic, "a");
        using var other = Open();
        Assert.Contains(_topic, other.Topics());
    }

    [Fact]
    public void Who_waits_wakes_soon_after_something_is_published()
    {
        using var broker = Open();
        using var publisher = Open();
        broker.Poll(Shared, 1);
        Publish(publisher, _topic, "a");
        Assert.Equal("a", Body(Assert.Single(Take(broker, Shared, 1))));
    }
}
