namespace Slipway.Messages.Brokers;

/// <summary>How a broker is reached over TLS. All paths are PEM files.</summary>
/// <param name="CaFile">Who must have signed the broker's certificate. Unset: the machine's authorities.</param>
/// <param name="CertificateFile">Our own certificate. Unset: none is shown.</param>
/// <param name="KeyFile">The key of it.</param>
public sealed record BrokerTls(string? CaFile, string? CertificateFile, string? KeyFile);

/// <summary>Who we are to a broker.</summary>
public sealed record BrokerLogin
{
    /// <summary>PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER. RabbitMQ knows PLAIN only.</summary>
    public string Mechanism { get; init; } = "PLAIN";

    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>Gives a fresh token for OAUTHBEARER whenever the broker's client asks for one. Unset: that mechanism cannot be used.</summary>
    public Func<string>? Token { get; init; }
}

/// <summary>Where a broker is, and how it is spoken to.</summary>
public sealed record BrokerAddress
{
    /// <summary><c>host:port</c>, several separated by commas.</summary>
    public required string Hosts { get; init; }

    /// <summary>Unset: the connection is not encrypted.</summary>
    public BrokerTls? Tls { get; init; }

    /// <summary>Unset: RabbitMQ's guest, no login at Kafka.</summary>
    public BrokerLogin? Login { get; init; }

    /// <summary>RabbitMQ's virtual host. Unset: <c>/</c>.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>How long a delivery may stay unacknowledged before it comes again.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a broker may take to say that messages are durable.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
