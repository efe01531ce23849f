using System.CommandLine;
using System.Text;
using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.Kafka;
using Slipway.Messages.Brokers.RabbitMq;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Cli;

/// <summary>The site's <c>slipway.yml</c>, and what is opened by it.</summary>
/// <param name="Broker">Which broker carries the messages.</param>
internal sealed record SiteConfig(BrokerConfig Broker)
{
    private const string DefaultFile = "/etc/slipway/slipway.yml";
    private static readonly TimeSpan TokenPatience = TimeSpan.FromSeconds(30);

    public static readonly Option<string?> File = new("--config")
    {
        Description = $"The site's configuration [default: $SLIPWAY_CONFIG, else {DefaultFile} where that is there]",
        HelpName = "FILE",
    };

    public static SiteConfig Read(ParseResult parsed) => Read(parsed.GetValue(File));

    /// <param name="given">The file that was asked for. Unset: the environment's, else the default one, else everything is as by default.</param>
    public static SiteConfig Read(string? given)
    {
        var named = given ?? Environment.GetEnvironmentVariable("SLIPWAY_CONFIG");
        if (string.IsNullOrEmpty(named) && !System.IO.File.Exists(DefaultFile)) return new(new BrokerConfig());
        var file = string.IsNullOrEmpty(named) ? DefaultFile : named;
        if (!System.IO.File.Exists(file)) throw new SlipwayException($"configuration {file}", "there is no such file", "name another with --config") { Kind = FailureKind.Usage };
        return Parse(System.IO.File.ReadAllText(file), file);
    }

    public static SiteConfig Parse(string text, string file)
    {
        var document = ConfigDocument.Parse(text, file);
        var section = document.Root.OptionalMap("broker");
        var broker = section is null ? new BrokerConfig() : BrokerConfig.ReadSection(section, Ancestor());
        document.ThrowIfErrors();
        return new(broker);
    }

    private static BrokerConfig? Ancestor() =>
        System.IO.File.Exists(BrokerConfig.CloudBuilderFile) ? BrokerConfig.ReadCloudBuilder(System.IO.File.ReadAllBytes(BrokerConfig.CloudBuilderFile), out _) : null;

    public IBroker OpenBroker(DataDirectory data, TimeProvider clock) => OpenBroker(Broker, data, clock);

    public static IBroker OpenBroker(BrokerConfig config, DataDirectory data, TimeProvider clock) => config.Type switch
    {
        BrokerType.Kafka => new KafkaBroker(Address(config), clock),
        BrokerType.RabbitMq => new RabbitBroker(Address(config), clock),
        _ => new EmbeddedBroker(data.BrokerDb, clock),
    };

    private static BrokerAddress Address(BrokerConfig config) => config.Address! with
    {
        Login = config.Address.Login is { } login
            ? login with { Password = Password(config.PasswordFile), Token = config.TokenCommand.Count > 0 ? () => Token(config.TokenCommand) : null }
            : null,
    };

    private static string Password(string? file)
    {
        try
        {
            return file is null ? "" : System.IO.File.ReadAllText(file).TrimEnd('\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SlipwayException($"password file {file}", error.Message) { Kind = FailureKind.Usage };
        }
    }

    private static string Token(IReadOnlyList<string> command)
    {
        var result = ChildProcess.Run(new ChildCommand(command[0], [.. command.Skip(1)]) { Timeout = TokenPatience, MaxOutputBytes = 1 << 20 }).Require("get a token for Kafka");
        return Encoding.UTF8.GetString(result.Output).Trim();
    }
}
