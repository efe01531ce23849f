using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Harbor;
using Slipway.Scenarios;

[assembly: AssemblyFixture(typeof(HarborFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Slipway.Scenarios;

/// <summary>The real service with the sample OS Harbor, after the main job: version 20 is on stable. The tests go on from there.</summary>
public sealed class HarborFixture : IAsyncLifetime
{
    private readonly string _root = Path.Combine("/var/tmp", "slipway-scenarios-" + Guid.NewGuid().ToString("N")[..12]);
    private readonly Trash _trash;
    private Service? _service;

    public HarborFixture() => _trash = new Trash(Path.Combine(_root, "trash"));

    internal Service Service => _service!;

    internal MainJob Job { get; private set; } = null!;

    internal string Scratch => Path.Combine(_root, "scratch");

    internal string Www => Path.Combine(Service.Data, "streams", "harbor", "www");

    internal string Certificate => Path.Combine(Service.Data, "streams", "harbor", "www", "certificate.pem");

    private static string Repository([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../.."));

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Scratch);
        // The account that builds run as must be able to pass through.
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_001_001);
        _service = new Service(Path.Combine(AppContext.BaseDirectory, "slipway"), Path.Combine(_root, "data"), FreePort());
        await Service.StartAsync(TestContext.Current.CancellationToken);
        Job = new MainJob(Service, new Steps(Service), _trash, Scratch, Path.Combine(Repository(), "samples/harbor"));
        await Job.RunAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null) await _service.DisposeAsync();
        await _trash.DisposeAsync();
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    /// <summary>A fresh clone of the sample's source or stream repository.</summary>
    internal async Task<string> CloneAsync(string repository = "source")
    {
        var clone = Path.Combine(Scratch, "clone-" + Guid.NewGuid().ToString("N")[..8]);
        await Programs.RunAsync("git", ["clone", "--quiet", Path.Combine(Service.Data, "git", repository + ".git"), clone], Cancellation);
        return clone;
    }

    /// <summary>Commits everything and pushes; returns the commit.</summary>
    internal static async Task<string> PushAsync(string clone, string subject)
    {
        await Programs.RunAsync("git", ["-C", clone, "add", "--all"], Cancellation);
        await Change.CommitAsync(clone, subject, Cancellation);
        await Programs.RunAsync("git", ["-C", clone, "push", "--quiet", "origin", "HEAD:main"], Cancellation);
        return (await Programs.RunAsync("git", ["-C", clone, "rev-parse", "HEAD"], Cancellation)).Trim();
    }

    internal Task<JsonNode> WaitForBuildAsync(string commit, string package, string state) => Service.WaitForAsync(
        "/api/v1/builds?limit=200", $"the build of {package} at {commit} to be {state}",
        builds => builds.AsArray().Any(b => IsBuild(b!, commit, package) && $"{b!["state"]}" == state), TimeSpan.FromMinutes(5), Cancellation);

    /// <summary>Waits until a channel shows a release that carries the commit.</summary>
    internal Task<JsonNode> WaitForChannelAsync(string commit) => Service.WaitForAsync(
        $"/api/v1/trace?commit={commit}", $"a channel to carry {commit}",
        trace => trace["forward"]!.AsArray().Any(arrow => $"{arrow!["fromKind"]}" == "channel"), TimeSpan.FromMinutes(5), Cancellation);

    internal static bool IsBuild(JsonNode build, string commit, string package) => $"{build["commit"]}" == commit && $"{build["package"]}" == package;

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
