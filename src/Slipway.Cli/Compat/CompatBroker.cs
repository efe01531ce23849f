using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Cli.Compat;

/// <summary>The broker that the ancestor's programs speak to: the site's own, else the ancestor's file, else the one of this machine's service.</summary>
internal static class CompatBroker
{
    public static IBroker Open(TimeProvider clock) => SiteConfig.OpenBroker(Config(), new DataDirectory(GlobalOptions.DataDirectory(given: null)), clock);

    public static BrokerConfig Config()
    {
        var site = SiteConfig.Read(given: null);
        if (site.Broker.Address is not null || !File.Exists(BrokerConfig.CloudBuilderFile)) return site.Broker;
        return BrokerConfig.ReadCloudBuilder(File.ReadAllBytes(BrokerConfig.CloudBuilderFile), out var errors)
            ?? throw new CompatException("CBMessageBrokerSetupError", $"Failed creating new 'kafka' message broker: ValidationError for {BrokerConfig.CloudBuilderFile}: {string.Join("; ", errors)}");
    }
}
