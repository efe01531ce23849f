using Slipway.Content;
using Slipway.Messages.Brokers;

namespace Slipway.Cli.Tests;

public sealed class SiteConfigTests
{
    [Fact]
    public void The_documented_example_is_read_as_it_says()
    {
        var page = File.ReadAllLines(Path.Combine(RoomArrowsTests.RepositoryRoot(), "docs/formats/messages.md"));
        var example = page.SkipWhile(line => line.Trim() != "```yaml").Skip(1).TakeWhile(line => line.Trim() != "```").Select(line => line[3..]);
        var broker = SiteConfig.Parse(string.Join('\n', example), "slipway.yml").Broker;
        Assert.Equal((BrokerType.Kafka, "host1:9093,host2:9093", "10.10.0.1", "fedora"), (broker.Type, broker.Address!.Hosts, broker.ThisHost, broker.RunnerGroup));
        Assert.Equal(new BrokerTls("/etc/slipway/ca.pem", "/etc/slipway/own.pem", "/etc/slipway/own.key"), broker.Address.Tls);
        Assert.Equal(("SCRAM-SHA-512", "slipway", "/etc/slipway/password"), (broker.Address.Login!.Mechanism, broker.Address.Login.User, broker.PasswordFile));
    }

    [Fact]
    public void Nothing_configured_is_the_embedded_broker() => Assert.Equal(BrokerType.Embedded, SiteConfig.Parse("{}\n", "slipway.yml").Broker.Type);

    [Theory]
    [InlineData("broker: {type: pigeon}\n", "broker.type")]
    [InlineData("broker: {type: rabbitmq}\n", "hosts is missing")]
    [InlineData("broker: {type: rabbitmq, hosts: h, color: red}\n", "color")]
    public void What_is_wrong_is_named(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigException>(() => SiteConfig.Parse(text, "slipway.yml")).Message, StringComparison.Ordinal);
}
