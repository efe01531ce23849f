using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Builds;
using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Releases;
using Slipway.Releases.Publishing;
using Slipway.Releases.Records;
using Slipway.Releases.Tracing;
using Slipway.Releases.Watching;
using Slipway.Server.Devices;
using Slipway.Server.Storage;
using Slipway.State;

// One builder with one gate: the tests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Slipway.Server.Tests.TestSite))]

namespace Slipway.Server.Tests;

/// <summary>A running service with its signer, broker, build roles and a real server on a random port. One for all tests of the room.</summary>
public sealed class TestSite : IAsyncLifetime
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _running = [];
    private BuildRoles? _roles;
    private SlipwayServer? _server;

    internal DataDirectory Data { get; } = new(Directory.CreateTempSubdirectory("slipway-server-").FullName);

    internal Database Database { get; private set; } = null!;

    internal EmbeddedBroker Broker { get; private set; } = null!;

    internal ServerParts Parts { get; private set; } = null!;

    internal GatedBuilder Builder { get; } = new();

    internal LaterClock Clock { get; } = new();

    internal HttpClient Http { get; } = new();

    /// <summary>As root on the machine itself.</summary>
    internal HttpClient Local { get; private set; } = null!;

    internal IReadOnlyList<string> HomeKeysBefore { get; } = HomeKeys();

    internal static IReadOnlyList<string> HomeKeys()
    {
        var directory = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspnet/DataProtection-Keys");
        return Directory.Exists(directory) ? Directory.GetFiles(directory) : [];
    }

    public async ValueTask InitializeAsync()
    {
        Data.Create();
        _running.Add(SignerServer.RunAsync(Data, _end.Token));
        Database = Database.Open(Data.StateDb,
            [.. StateMigrations.All, .. PackagesMigrations.All, .. BuildsMigrations.All, .. ReleasesMigrations.All, .. ServerMigrations.All], TimeProvider.System);
        Broker = new EmbeddedBroker(Data.BrokerDb, TimeProvider.System);
        var store = new ContentStore(Data.Store);
        var signer = new SignerClient(Data.SignerSocket);
        var repositories = new RepositoryStore(Data, Database, store, signer, TimeProvider.System);
        _roles = new BuildRoles(new BuildRoleParts
        {
            Data = Data,
            Database = Database,
            Store = store,
            Broker = Broker,
            Repositories = repositories,
            Sources = [SourceRepository.Open("source", Path.Combine(Data.Git, "source.git"), Data.Doorbell("sources").File)],
            Build = Builder.BuildAsync,
            BaseBuild = (_, _, _, _) => Task.FromResult<IReadOnlyList<string>>([]),
            Runner = new RunnerOptions { Groups = [new ServedGroup("demo", "x86_64")] },
        });
        _running.Add(_roles.RunAsync(_end.Token));
        Parts = MakeParts(Data, Database, store, signer, repositories, _roles, Http, Clock);
        _server = await SlipwayServer.StartAsync(new ServerOptions { Port = 0 }, Parts);
        Http.BaseAddress = _server.Address;
        Local = OverSocket(Data.Socket);
    }

    /// <summary>Commits the demo package to the source repository and returns the commit.</summary>
    internal string Push(string marker, string dists = "[{dist: bookworm, arch: x86_64, runner_group: demo}]")
    {
        var work = Path.Combine(Data.Root, "work");
        if (!Directory.Exists(work)) Tool.Run("git", "clone", "-q", Path.Combine(Data.Git, "source.git"), work);
        Write(work, "projects/demo/tool/.cb/cloud_builder.yml", $"schema_version: 0.1\nname: tool\ndistributions: {dists}\n");
        Write(work, "projects/demo/tool/debian/control", "Source: tool\n\nPackage: tool\nArchitecture: all\n");
        Write(work, "projects/demo/tool/debian/changelog", $"tool (1.0-1) unstable; urgency=low\n\n  * {marker}\n\n -- A <a@b.example>  Thu, 01 Jan 2026 00:00:00 +0000\n");
        Write(work, "dists/bookworm.yml", "name: bookworm\ntype: deb\nroot: {from: apt, sources: host, base: [build-essential]}\n");
        Tool.Run("git", "-C", work, "add", "-A");
        Tool.Run("git", "-C", work, "-c", "user.name=Ada", "-c", "user.email=ada@demo.example", "commit", "-q", "-m", marker);
        Tool.Run("git", "-C", work, "push", "-q", "origin", "HEAD:main");
        return Tool.Run("git", "-C", work, "rev-parse", "HEAD").Trim();
    }

    /// <summary>The newest build of a commit, when it is in one of these states.</summary>
    internal async Task<JsonNode> BuildOfAsync(string commit, params string[] states)
    {
        var patience = TimeSpan.FromSeconds(30);
        for (var waited = TimeSpan.Zero; waited < patience; waited += TimeSpan.FromMilliseconds(50))
        {
            var builds = await Http.GetFromJsonAsync<JsonArray>("/api/v1/builds");
            if (builds!.FirstOrDefault(b => $"{b!["commit"]}" == commit && states.Contains($"{b["state"]}")) is { } found) return found;
            await Task.Delay(50);
        }

        throw new TimeoutException($"no build of {commit} is {string.Join(" or ", states)}: {await Http.GetStringAsync("/api/v1/builds")} {await Http.GetStringAsync("/api/v1/source-errors")}");
    }

    internal HttpClient WithToken(string role)
    {
        var client = new HttpClient { BaseAddress = Http.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", new AccessTokens(Database).Create($"test-{role}", role));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        await _end.CancelAsync();
        foreach (var task in _running) await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _roles?.Dispose();
        (Broker as IDisposable)?.Dispose();
        Database.Dispose();
        Http.Dispose();
        Local.Dispose();
        Directory.Delete(Data.Root, recursive: true);
    }

    internal static ServerParts MakeParts(
        DataDirectory data, Database database, ContentStore store, SignerClient signer, RepositoryStore repositories, BuildRoles roles, HttpClient http, TimeProvider clock)
    {
        var site = new StreamSite(data, database, store, stream => StreamSigning.By(signer, stream));
        var planner = new ReleasePlanner(site, _ => throw new InvalidOperationException("no stream is planned here"), "test");
        return new ServerParts
        {
            Data = data,
            Database = database,
            Builds = roles.Queries,
            BuildActions = roles.Actions,
            Info = roles.Info,
            Runners = new(roles.Desk, roles.RunnerKeys, roles.Uploads, roles.Published),
            Repositories = repositories,
            Signer = signer,
            Mirrors = new MirrorReader(http, store, Path.Combine(data.Cache, "mirrors"), TimeProvider.System),
            Garbage = new GarbageCollection(data, store, repositories, new BuildRetention(database, data, store), new ReleaseRoots(site), clock),
            Releases = new ReleaseQueries(site),
            ReleaseOperations = new ReleaseOperations(site, planner, new ReleasePublisher(site)),
            Trace = new ReleaseTrace(site),
        };
    }

    private static HttpClient OverSocket(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost/") };

    private static void Write(string work, string path, string content)
    {
        var file = Path.Combine(work, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}

/// <summary>What a collection takes for the time: some hours ahead of the machine's.</summary>
internal sealed class LaterClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
