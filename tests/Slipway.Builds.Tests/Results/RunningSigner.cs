using Slipway.Packages.Signing;
using Slipway.State;

[assembly: AssemblyFixture(typeof(Slipway.Builds.Tests.Results.RunningSigner))]

namespace Slipway.Builds.Tests.Results;

/// <summary>A signer with its own key, shared by the tests: making a key takes a second.</summary>
public sealed class RunningSigner : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-signer").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _server;

    public RunningSigner()
    {
        Data = new DataDirectory(_directory);
        _server = new(() =>
        {
            Data.Create();
            return Task.Run(() => SignerServer.RunAsync(Data, _stop.Token));
        });
    }

    public DataDirectory Data { get; }

    public SignerClient Client
    {
        get
        {
            // A signer that could not start says why, rather than that nobody answers.
            while (!File.Exists(Data.SignerSocket) && !_server.Value.IsCompleted) Thread.Sleep(20);
            if (_server.Value.IsFaulted) _server.Value.GetAwaiter().GetResult();
            return new SignerClient(Data.SignerSocket) { Patience = TimeSpan.FromSeconds(30) };
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        if (_server.IsValueCreated) Task.WhenAny(_server.Value, Task.Delay(TimeSpan.FromSeconds(10))).Wait();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
