using System.Text;
using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.Kafka;

namespace Slipway.Messages.Tests;

public sealed class KafkaBrokerTests(KafkaMock kafka) : BrokerConformance, IClassFixture<KafkaMock>
{
    // The mock waits for a whole member timeout before it gives partitions out; a real Kafka allows six seconds at least.
    protected override IBroker Open(TimeSpan? lease = null) => new KafkaBroker(kafka.Address with { Lease = lease ?? TimeSpan.FromSeconds(60) }, TimeProvider.System)
    {
        MemberTimeout = TimeSpan.FromSeconds(KafkaMock.Real is null ? 4 : 6),
    };

    [Fact]
    public void Two_members_of_a_group_get_every_message_once_between_them()
    {
        using var publisher = Open();
        using var one = Open();
        using var two = Open();
        publisher.Publish([.. Enumerable.Range(0, 200).Select(number => new OutgoingMessage(Shared.Topic, $"key-{number}", Encoding.ASCII.GetBytes($"{number}")))]);
        var taken = new List<string>();
        var (ofOne, ofTwo) = (0, 0);
        for (var limit = System.Diagnostics.Stopwatch.StartNew(); taken.Distinct().Count() < 200 && limit.Elapsed < TimeSpan.FromSeconds(60);)
        {
            ofOne += TakeAll(one, taken);
            ofTwo += TakeAll(two, taken);
        }
        Assert.Equal(Enumerable.Range(0, 200), taken.Select(int.Parse).Distinct().Order());
    }

    private int TakeAll(IBroker broker, List<string> taken)
    {
        var deliveries = broker.Poll(Shared, 20);
        taken.AddRange(deliveries.Where(broker.Acknowledge).Select(Body));
        return deliveries.Count;
    }

    [Fact]
    public void Nobody_there_is_said_within_the_patience_and_the_next_call_tries_again()
    {
        using var broker = new KafkaBroker(new BrokerAddress { Hosts = "127.0.0.1:1", Patience = TimeSpan.FromSeconds(1) }, TimeProvider.System);
        for (var tries = 0; tries < 2; tries++)
            Assert.Equal(FailureKind.Unreachable, Assert.Throws<SlipwayException>(() => Publish(broker, "fedora", "a")).Kind);
    }

    [Fact]
    public void OAuth_takes_its_token_from_the_command_and_a_failing_one_is_named()
    {
        var asked = 0;
        var login = new BrokerLogin
        {
            Mechanism = "OAUTHBEARER",
            Token = () => Interlocked.Increment(ref asked) > 0 ? throw new InvalidOperationException("no token today") : "",
        };
        using var broker = new KafkaBroker(new BrokerAddress { Hosts = "127.0.0.1:1", Login = login, Patience = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        var error = Assert.Throws<SlipwayException>(() => Publish(broker, "fedora", "a"));
        Assert.True(asked > 0, "the token was asked for");
        Assert.Contains("no token today", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_the_library_refuses_is_named_without_its_value()
    {
        using var broker = new KafkaBroker(new BrokerAddress { Hosts = "127.0.0.1:1", Login = new BrokerLogin { Mechanism = "NOTHING-KNOWN", Password = "secret" } }, TimeProvider.System);
        var error = Assert.Throws<SlipwayException>(() => Publish(broker, "fedora", "a"));
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_topics_are_mended_and_where_they_cannot_be_read_that_is_said()
    {
        using var broker = Open();
        Assert.Empty(broker.CheckTopics(["slipway-nothing-there"], mend: false));
        Publish(broker, Shared.Topic, "a");
        if (KafkaMock.Real is null)
        {
            // The mock knows no settings.
            Assert.Contains(Shared.Topic, Assert.Throws<SlipwayException>(() => broker.CheckTopics([Shared.Topic], mend: false)).Message, StringComparison.Ordinal);
            return;
        }
        broker.CheckTopics([Shared.Topic], mend: true);
        Assert.All(broker.CheckTopics([Shared.Topic], mend: false), fault => Assert.Null(fault.Wanted));
    }

    [Fact]
    public void The_life_of_a_token_is_read_from_it()
    {
        var claims = Convert.ToBase64String(Encoding.ASCII.GetBytes("{\"exp\":1900000000}")).TrimEnd('=');
        Assert.Equal(1_900_000_000_000, KafkaClient.Expiry($"e30.{claims}.sig"));
        Assert.InRange(KafkaClient.Expiry("opaque"), DateTimeOffset.UtcNow.AddMinutes(4).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.AddMinutes(6).ToUnixTimeMilliseconds());
    }
}
