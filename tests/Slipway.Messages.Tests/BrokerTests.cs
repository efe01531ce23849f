using System.Text;
using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

public sealed class BrokerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-broker").FullName;
    private readonly ManualClock _clock = new();
    private readonly EmbeddedBroker _broker;

    public BrokerTests() => _broker = Open();

    private EmbeddedBroker Open() => new(Path.Combine(_directory, "broker.db"), _clock, TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Publish(params string[] bodies) => _broker.Publish([.. bodies.Select(body => new OutgoingMessage("fedora", "k", Encoding.UTF8.GetBytes(body)))]);

    private static string[] Bodies(IReadOnlyList<Delivery> deliveries) => [.. deliveries.Select(delivery => Encoding.UTF8.GetString(delivery.Body))];

    private static readonly Subscription Shared = new("fedora", "cb-group");

    [Fact]
    public void Subscribers_of_one_group_share_the_messages_and_every_group_sees_all()
    {
        Publish("a", "b", "c");
        using var other = Open();
        Assert.Equal(["a", "b"], Bodies(_broker.Poll(Shared, 2)));
        Assert.Equal(["c"], Bodies(other.Poll(Shared, 10)));
        Assert.Empty(_broker.Poll(Shared, 10));
        Assert.Equal(["a", "b", "c"], Bodies(_broker.Poll(new("fedora", "watcher-1"), 10)));
        Assert.Equal(["a", "b", "c"], Bodies(_broker.Poll(new("fedora", "watcher-2"), 10)));
    }

    [Fact]
    public void One_message_is_acknowledged_without_those_before_it()
    {
        Publish("a", "b", "c");
        var deliveries = _broker.Poll(Shared, 10);
        Assert.True(_broker.Acknowledge(deliveries[1]));
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(["a", "c"], Bodies(_broker.Poll(Shared, 10)));
    }

    [Fact]
    public void A_message_comes_again_when_its_lease_runs_out_and_the_late_acknowledgement_is_refused()
    {
        Publish("a");
        var first = Assert.Single(_broker.Poll(Shared, 10));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(_broker.Poll(Shared, 10));
        _clock.Advance(TimeSpan.FromSeconds(2));
        var second = Assert.Single(_broker.Poll(Shared, 10));
        Assert.Equal(2, second.Times);
        Assert.False(_broker.Acknowledge(first));
        Assert.True(_broker.Acknowledge(second));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_broker.Poll(Shared, 10));
    }

    [Fact]
    public void A_wall_clock_that_jumps_ends_no_lease()
    {
        Publish("a");
        Assert.Single(_broker.Poll(Shared, 10));
        _clock.Jump(TimeSpan.FromDays(400));
        Assert.Empty(_broker.Poll(Shared, 10));
    }

    [Fact]
    public void A_refused_message_is_a_dead_letter_with_its_reason_and_does_not_come_again()
    {
        Publish("foo");
        _broker.Refuse(Assert.Single(_broker.Poll(Shared, 10)), "the document is no map");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_broker.Poll(Shared, 10));
        var letter = Assert.Single(_broker.DeadLetters(10));
        Assert.Equal(("fedora", 0L, "the document is no map", "foo"), (letter.Topic, letter.Offset, letter.Reason, Encoding.UTF8.GetString(letter.Body)));
    }

    [Fact]
    public void Pruning_deletes_only_what_every_group_is_done_with()
    {
        Publish("a", "b");
        _broker.Poll(new("fedora", "slow"), 1);
        foreach (var delivery in _broker.Poll(Shared, 10)) _broker.Acknowledge(delivery);
        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal(0, _broker.Prune(TimeSpan.FromDays(7)));
        foreach (var delivery in _broker.Poll(new("fedora", "slow"), 10)) _broker.Acknowledge(delivery);
        Assert.Equal(2, _broker.Prune(TimeSpan.FromDays(7)));
        Publish("c");
        Assert.Equal(["c"], Bodies(_broker.Poll(new("fedora", "new"), 10)));
    }

    [Fact]
    public void Old_messages_go_by_themselves_while_others_are_published()
    {
        Publish("a");
        foreach (var delivery in _broker.Poll(Shared, 10)) _broker.Acknowledge(delivery);
        _clock.Advance(TimeSpan.FromDays(8));
        Publish("b");
        Assert.Equal([1L], _broker.Read("fedora", 0, 10).Select(message => message.Offset));
    }

    [Fact]
    public void A_group_that_begins_behind_pruned_messages_still_moves_on()
    {
        Publish("a", "b");
        foreach (var delivery in _broker.Poll(Shared, 10)) _broker.Acknowledge(delivery);
        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal(2, _broker.Prune(TimeSpan.FromDays(7)));
        Publish("c", "d");
        var late = new Subscription("fedora", "late");
        foreach (var delivery in _broker.Poll(late, 10)) Assert.True(_broker.Acknowledge(delivery));
        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Empty(_broker.Poll(late, 10));
    }

    [Fact]
    public async Task Publishing_in_one_process_wakes_a_waiter_of_another_handle()
    {
        using var other = Open();
        // The first look only learns the bell's state.
        await other.WaitAsync(TestContext.Current.CancellationToken);
        var wait = other.WaitAsync(TestContext.Current.CancellationToken);
        Publish("a");
        await wait.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal(["a"], Bodies(other.Poll(Shared, 10)));
    }
}
