using System.Globalization;
using Slipway.Builds;
using Slipway.Builds.Roots;
using Slipway.Cli.Sample;
using Slipway.Cli.Verbs;
using Slipway.Compose;
using Slipway.Compose.Payloads;
using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Releases;
using Slipway.Releases.Adoption;
using Slipway.Releases.Gates;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.Releases.Records;
using Slipway.Releases.Running;
using Slipway.Releases.Tracing;
using Slipway.Releases.Watching;
using Slipway.Sandbox;
using Slipway.Server;
using Slipway.Server.Devices;
using Slipway.Server.Storage;
using Slipway.State;

namespace Slipway.Cli;

/// <summary>How `slipway serve`, or one of its roles, was asked to run.</summary>
internal sealed record ServeOptions
{
    public required string DataDirectory { get; init; }

    /// <summary>What this process does.</summary>
    public ServiceRoles Roles { get; init; } = ServiceRoles.All;

    /// <summary>The name of the process in locks and lines.</summary>
    public string Name { get; init; } = "serve";

    /// <summary>Time between two looks at a source repository.</summary>
    public TimeSpan FetchInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True: questions about what was never built are answered, too.</summary>
    public bool RespondAlways { get; init; }

    /// <summary>0 takes a free port.</summary>
    public required int Port { get; init; }

    public required bool Sample { get; init; }

    public required IReadOnlyList<string> RunnerGroups { get; init; }

    public required int Builds { get; init; }

    public required SiteConfig Site { get; init; }
}

/// <summary>The composition root: what one machine runs, made of parts that know nothing of each other.</summary>
internal sealed class Roles : IAsyncDisposable
{
    private const string Architecture = "x86_64";
    private static readonly TimeSpan IndexAge = TimeSpan.FromMinutes(10);
    private static readonly string ToolVersion = typeof(Roles).Assembly.GetName().Version!.ToString(3);
    private readonly ServeOptions _options;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly DataDirectory _data;
    private readonly IReadOnlyList<FileStream> _locks;
    private readonly Database _database;
    private readonly ContentStore _store;
    private readonly HostApt _apt;
    private readonly SignerClient _signer;
    private readonly IBroker _broker;
    private readonly RepositoryStore _repositories;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public Roles(ServeOptions options)
    {
        _options = options;
        _data = new DataDirectory(options.DataDirectory);
        _data.Create();
        _locks = [.. Enum.GetValues<ServiceRoles>().Where(role => role != ServiceRoles.All && options.Roles.HasFlag(role)).Select(role => HoldLock(_data, role.ToString().ToLowerInvariant()))];
        _database = Database.Open(_data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All, .. BuildsMigrations.All, .. ReleasesMigrations.All, .. ServerMigrations.All], _clock);
        _store = new ContentStore(_data.Store);
        _broker = options.Site.OpenBroker(_data, _clock);
        _apt = new HostApt(Path.Combine(_data.Cache, "apt"), _store, _clock);
        _signer = new SignerClient(_data.SignerSocket) { Patience = TimeSpan.FromSeconds(60) };
        _repositories = new RepositoryStore(_data, _database, _store, _signer, _clock);
    }

    private string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_options.Port}");

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task>();
        if (Has(ServiceRoles.Signer)) running.Add(KeepSignerAsync(stop.Token));
        if (Has(ServiceRoles.Collect)) _repositories.Recover();
        var account = SandboxAccount.Ensure();
        if (Has(ServiceRoles.Runner)) BuildSandbox.RequireLimits();
        using var builds = Builds(new PackageBuilder(_data, _apt, _store, account));
        await using var server = Has(ServiceRoles.Server | ServiceRoles.Watch) ? await ServeAsync(builds, account, running, stop.Token) : null;
        running.Add(RunBuildsAsync(builds, stop.Token));
        try
        {
            // The first role that fails ends all: a service that runs by halves would look healthy.
            await await Task.WhenAny(running);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running.Select(QuietlyAsync));
            if (server is not null) await server.StopAsync(CancellationToken.None);
        }
    }

    private bool Has(ServiceRoles any) => (_options.Roles & any) != 0;

    private async Task<SlipwayServer?> ServeAsync(BuildRoles builds, SandboxAccount account, List<Task> running, CancellationToken cancellation)
    {
        var (watch, parts) = Releases(new BuildSandbox(account), builds);
        if (Has(ServiceRoles.Watch)) running.Add(Task.Run(() => watch.RunAsync(cancellation), cancellation));
        if (!Has(ServiceRoles.Server)) return null;
        var server = await SlipwayServer.StartAsync(new ServerOptions { Port = _options.Port }, parts, cancellation);
        Say(_options.Name, $"dashboard and API at {server.Address}");
        return server;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _broker.Dispose();
        _database.Dispose();
        foreach (var held in _locks) held.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunBuildsAsync(BuildRoles builds, CancellationToken cancellation)
    {
        await Task.Run(SayUnsafeTopics, cancellation);
        // In the shadow of the first release, which needs no source repository.
        if (_options.Sample) await Task.Run(() => Sample.EnsureSource(cancellation), cancellation);
        await builds.RunAsync(_options.Roles, cancellation);
    }

    private void SayUnsafeTopics()
    {
        try
        {
            foreach (var fault in _broker.CheckTopics(TopicsVerb.Of(_options.RunnerGroups), mend: false))
                Say("builds", $"topic {fault.Topic}: {fault.Setting} is {fault.Now}: {fault.Why}. Try: slipway messages topics fix");
        }
        catch (SlipwayException unreachable)
        {
            // The broker may come later; whoever uses it goes on trying.
            Say("builds", $"the topics could not be looked at: {unreachable.Message}");
        }
    }

    private BuildRoles Builds(PackageBuilder builder) => new(new BuildRoleParts
    {
        Data = _data,
        Database = _database,
        Store = _store,
        Broker = _broker,
        RequestGroups = _options.Site.Broker.Type == BrokerType.Embedded ? null : [.. _options.RunnerGroups],
        HostName = _options.Site.Broker.ThisHost is "unknown" ? "localhost" : _options.Site.Broker.ThisHost,
        Repositories = _repositories,
        Sources = [.. SourceRepositories().Select(r => SourceRepository.Open(r.Name, r.Path, _data.Doorbell("sources").File))],
        FetchInterval = _options.FetchInterval,
        Build = builder.BuildAsync,
        BaseBuild = builder.MakeBaseRepositoryAsync,
        RemoveRoots = builder.RemoveLeftoversAsync,
        Apt = _apt,
        // Without a runner of its own, the service knows of groups by who asks for builds.
        Runner = new RunnerOptions { Groups = Has(ServiceRoles.Runner) ? [.. _options.RunnerGroups.Select(g => new ServedGroup(g, Architecture))] : [], Parallel = _options.Builds, Room = Room },
        RespondAlways = _options.RespondAlways,
        Say = line => Say("builds", line),
    });

    private RunnerRoom Room => new() { MemoryBytes = 256 << 20, DiskBytes = 512 << 20, Directory = _data.Root };

    private (ReleaseWatchLoop Watch, ServerParts Parts) Releases(BuildSandbox sandbox, BuildRoles builds)
    {
        if (_options.Sample) Sample.EnsureStream($"{Url}/streams/{HarborSample.Stream}");
        var site = new StreamSite(_data, _database, _store, stream => StreamSigning.By(_signer, stream));
        var planner = new ReleasePlanner(site, new SourceFactory(_apt, _repositories, _store, _http, _data.Cache, _clock).Of, ToolVersion);
        var publisher = new ReleasePublisher(site);
        var composer = new Composer(new PayloadStore(Path.Combine(_data.Cache, "payloads"), _store), _store);
        var runner = new ReleaseRunner(site, composer, new ReleaseGates(_clock, new GateSandbox(sandbox)), publisher)
        {
            Events = e => Say("releases", string.Create(CultureInfo.InvariantCulture, $"{e.Stream} {e.Version} {e.Stage}: {e.Text}")),
        };
        var watch = new ReleaseWatchLoop(site, planner, runner, publisher)
        {
            Decided = (stream, decision) => Say("releases", $"{stream}: {decision.Kind}: {string.Join("; ", decision.Reasons.Select(r => r.Text))}"),
            Faulted = (stream, fault) => Say("releases", $"{stream}: {fault.Message}"),
        };
        return (watch, new ServerParts
        {
            Data = _data,
            Database = _database,
            Builds = builds.Queries,
            BuildActions = builds.Actions,
            Info = builds.Info,
            Runners = new(builds.Desk, builds.RunnerKeys, builds.Uploads, builds.Published),
            Repositories = _repositories,
            Surround = Surround,
            Signer = _signer,
            Mirrors = new MirrorReader(_http, _store, Path.Combine(_data.Cache, "mirrors"), _clock),
            Garbage = new GarbageCollection(_data, _store, _repositories, new BuildRetention(_database, _data, _store), new ReleaseRoots(site), _clock),
            Releases = new ReleaseQueries(site),
            ReleaseOperations = new ReleaseOperations(site, planner, publisher),
            Adoption = new StreamAdoption(site, planner) { Progress = line => Say("releases", line) },
            Trace = new ReleaseTrace(site),
            Planner = planner,
        });
    }

    /// <summary>What a client of a repository has beside it: deb packages run on the machine's distribution, the others on the repositories made for their dist.</summary>
    private void Surround(Snapshot snapshot, SolverPool pool)
    {
        if (snapshot.Type == PackageType.Deb)
        {
            var upstream = new AptUpstream(_apt, IndexAge);
            if (upstream.Look(CancellationToken.None) is { Problem: { } problem }) throw new SlipwayException($"solve {snapshot.Repository}", problem) { Kind = FailureKind.Unreachable };
            upstream.AddTo(pool);
        }
        foreach (var other in _repositories.List().Where(other => other.Type == snapshot.Type && other.Repository.Dist == snapshot.Repository.Dist && other.Repository != snapshot.Repository))
            other.AddTo(pool);
    }

    /// <summary>The keys live in a process of their own; when it dies, another takes its place.</summary>
    private async Task KeepSignerAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var command = new ChildCommand(Environment.ProcessPath!, "signer", "--data", _data.Root) { DieWithParent = true };
            using var child = ChildProcess.Start(command);
            await using var ending = cancellation.Register(child.Terminate);
            var result = await child.Completion;
            if (!cancellation.IsCancellationRequested) Say("signer", $"ended ({result.ErrorText.Trim()}); starting another");
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), _clock, cancellation));
        }
    }

    private HarborSample Sample => new(_data, _apt, _store, Path.Combine(AppContext.BaseDirectory, "samples", "harbor"), _clock);

    /// <summary>What a git repository is for is told by what its branch holds: `projects/` makes a source repository, `stream.yml` a stream.</summary>
    private IEnumerable<(string Name, string Path)> SourceRepositories()
    {
        var found = Directory.EnumerateDirectories(_data.Git, "*.git")
            .Where(directory => new Git(directory) is var git && git.ResolveRef("refs/heads/main") is { } head && git.ObjectOf(head, BytePath.From("projects")) is not null);
        string[] made = _options.Sample ? [Sample.SourceRepository] : [];
        return found.Union(made).Order(StringComparer.Ordinal).Select(directory => (Path.GetFileNameWithoutExtension(directory), directory));
    }

    /// <summary>One process for a role in a data directory.</summary>
    internal static FileStream HoldLock(DataDirectory data, string role)
    {
        try
        {
            return new FileStream(Path.Combine(data.Root, $"{role}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new SlipwayException($"slipway {role} in {data.Root}", "another one runs there already", "end it, or choose another --data") { Kind = FailureKind.Blocked };
        }
    }

    internal static async Task QuietlyAsync(Task role)
    {
        try
        {
            await role;
        }
        catch (OperationCanceledException)
        {
            // Told to stop, and it did.
        }
    }

    internal static void Say(string role, string line) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {role,-8} {line}"));
}
