using Slipway.Content;
using Slipway.Messages.Yaml;

namespace Slipway.Messages.Brokers;

/// <summary>The brokers that messages can travel over.</summary>
public enum BrokerType { Embedded, Kafka, RabbitMq }

/// <summary>Which broker a site uses, from the ancestor's own file and the <c>broker</c> section of <c>slipway.yml</c>.</summary>
public sealed record BrokerConfig
{
    /// <summary>The ancestor's file on every machine.</summary>
    public const string CloudBuilderFile = "/etc/cloud_builder_broker.yml";

    /// <summary>Unset: embedded.</summary>
    public BrokerType Type { get; init; } = BrokerType.Embedded;

    /// <summary>Where it is; the login without its password and token. Unset for the embedded one.</summary>
    public BrokerAddress? Address { get; init; }

    /// <summary>This machine's name in messages. Unset: unknown, as the ancestor says.</summary>
    public string ThisHost { get; init; } = "unknown";

    /// <summary>The group whose requests this machine takes. Unset: the ancestor's default.</summary>
    public string RunnerGroup { get; init; } = Topics.DefaultRunnerGroup;

    /// <summary>A file with the password and nothing else. Unset: no password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>A program and its arguments that print a fresh OAUTHBEARER token. Unset: none.</summary>
    public IReadOnlyList<string> TokenCommand { get; init; } = [];

    /// <summary>Reads <c>/etc/cloud_builder_broker.yml</c> as the ancestor does; null and the reasons when it would refuse it.</summary>
    public static BrokerConfig? ReadCloudBuilder(ReadOnlySpan<byte> file, out IReadOnlyList<DocumentError> errors)
    {
        if (MessageCodec.Read(DocumentKind.Broker, file, out errors) is not { } map) return null;
        var broker = (YamlMap)map.Entries["broker"]!;
        var tls = broker.Entries.GetValueOrDefault("tls") as YamlMap;
        string? Tls(string name) => (string?)tls?.Entries[name];
        return new BrokerConfig
        {
            Type = BrokerType.Kafka,
            Address = new BrokerAddress
            {
                Hosts = (string)broker.Entries["host"]!,
                Tls = tls is null ? null : new BrokerTls(Tls("ssl_cafile"), Tls("ssl_certfile"), Tls("ssl_keyfile")),
            },
            ThisHost = (string)map.Entries["this_host"]!,
            RunnerGroup = (map.Entries.GetValueOrDefault("runner") as YamlMap)?.Entries["group"] as string ?? Topics.DefaultRunnerGroup,
        };
    }

    /// <summary>Reads the section of a site's file; what it leaves out comes from the ancestor's, where that is there.</summary>
    public static BrokerConfig ReadSection(ConfigMap section, BrokerConfig? ancestor)
    {
        var type = section.Choice("type", BrokerType.Embedded);
        var login = section.OptionalMap("login");
        var tls = section.OptionalMap("tls");
        var hosts = section.OptionalString("hosts") ?? (type == BrokerType.Kafka ? ancestor?.Address?.Hosts : null);
        if (type != BrokerType.Embedded && hosts is null) section.Error("type", "hosts is missing", "hosts: host:port, several separated by commas");
        return new BrokerConfig
        {
            Type = type,
            Address = type == BrokerType.Embedded || hosts is null ? null : new BrokerAddress
            {
                Hosts = hosts,
                VirtualHost = section.String("virtual_host", "/"),
                Tls = tls is null ? ancestor?.Address?.Tls : new BrokerTls(tls.OptionalString("ca_file"), tls.OptionalString("certificate_file"), tls.OptionalString("key_file")),
                Login = login is null ? null : new BrokerLogin { Mechanism = login.String("mechanism", "PLAIN"), User = login.String("user", "") },
            },
            ThisHost = section.OptionalString("this_host") ?? ancestor?.ThisHost ?? "unknown",
            RunnerGroup = section.OptionalString("runner_group") ?? ancestor?.RunnerGroup ?? Topics.DefaultRunnerGroup,
            PasswordFile = login?.OptionalString("password_file"),
            TokenCommand = login?.Strings("token_command") ?? [],
        };
    }
}
