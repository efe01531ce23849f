using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.RabbitMq;

namespace Slipway.Messages.Tests;

public sealed class RabbitBrokerTests(RabbitServer server) : BrokerConformance, IClassFixture<RabbitServer>
{
    // Every test has topics of its own; only a broker that is killed must have had the time to write them down.
    protected override IBroker Open(TimeSpan? lease = null) =>
        new RabbitBroker(server.Address with { Lease = lease ?? TimeSpan.FromSeconds(60) }, TimeProvider.System, untilWritten: TimeSpan.Zero);

    [Fact]
    public void A_killed_broker_has_everything_it_confirmed_when_it_comes_back()
    {
        using var broker = new RabbitBroker(server.Address, TimeProvider.System);
        // The topic is new: its queues are the youngest thing the broker has to remember.
        var topic = $"killed-{Guid.NewGuid():N}";
        Publish(broker, topic, [.. Enumerable.Range(0, 100).Select(number => $"{number}")]);
        server.Kill();
        Assert.Equal(FailureKind.Unreachable, Assert.Throws<SlipwayException>(() => Publish(broker, topic, "lost")).Kind);
        server.Start();
        Publish(broker, topic, "after");
        var taken = Take(broker, new(topic, Topics.RunnerConsumerGroup), 101);
        Assert.Equal([.. Enumerable.Range(0, 100).Select(number => $"{number}"), "after"], taken.Select(Body));
    }

    [Fact]
    public void A_delivery_of_before_the_broker_died_cannot_be_acknowledged_after()
    {
        using var broker = new RabbitBroker(server.Address, TimeProvider.System);
        Publish(broker, Shared.Topic, "a");
        var before = Assert.Single(Take(broker, Shared, 1));
        server.Kill();
        server.Start();
        var after = Assert.Single(Take(broker, Shared, 1));
        Assert.False(broker.Acknowledge(before));
        Assert.True(broker.Acknowledge(after));
    }

    [Fact]
    public void Messages_travel_over_TLS_and_a_server_of_another_authority_is_refused()
    {
        using var broker = new RabbitBroker(server.TlsAddress, TimeProvider.System, untilWritten: TimeSpan.Zero);
        Publish(broker, Shared.Topic, "a");
        Assert.Equal("a", Body(Assert.Single(Take(broker, Shared, 1))));
        // The client's own certificate signed nobody.
        using var wary = new RabbitBroker(server.TlsAddress with { Tls = server.TlsAddress.Tls! with { CaFile = server.At("client.pem") } }, TimeProvider.System);
        Assert.Throws<SlipwayException>(() => wary.Topics());
    }

    [Fact]
    public void A_wrong_password_is_said_as_what_it_is()
    {
        using var broker = new RabbitBroker(server.Address with { Login = new BrokerLogin { User = "guest", Password = "wrong" } }, TimeProvider.System);
        var error = Assert.Throws<SlipwayException>(() => broker.Topics());
        Assert.Contains(server.Address.Hosts, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
    }
}
