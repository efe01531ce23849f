using Slipway.Packages.Signing;
using Slipway.Sandbox;
using Slipway.State;

[assembly: AssemblyFixture(typeof(Slipway.Packages.Tests.Signing.RunningSigner))]

namespace Slipway.Packages.Tests.Signing;

/// <summary>A signer process with its own keys, shared by the tests: making a key takes seconds.</summary>
public sealed class RunningSigner : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Lazy<Child> _process;

    public RunningSigner()
    {
        Data = new DataDirectory(_directory["data"]);
        _process = new(() =>
        {
            Data.Create();
            return ChildRoles.Start("signer", Data.Root);
        });
    }

    public DataDirectory Data { get; }

    public SignerClient Client
    {
        get
        {
            _ = _process.Value;
            return new(Data.SignerSocket) { Patience = TimeSpan.FromSeconds(60) };
        }
    }

    public string Socket
    {
        get
        {
            Client.PublicKeyArmored();
            return Data.SignerSocket;
        }
    }

    public void Dispose()
    {
        if (_process.IsValueCreated)
        {
            _process.Value.Terminate();
            _process.Value.Completion.Wait(TimeSpan.FromSeconds(10));
            _process.Value.Dispose();
        }
        _directory.Dispose();
    }
}
