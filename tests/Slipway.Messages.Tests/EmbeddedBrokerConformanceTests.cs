using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

public sealed class EmbeddedBrokerConformanceTests : BrokerConformance, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-broker-").FullName;

    protected override IBroker Open(TimeSpan? lease = null) => new EmbeddedBroker(Path.Combine(_directory, "broker.db"), TimeProvider.System, lease);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
