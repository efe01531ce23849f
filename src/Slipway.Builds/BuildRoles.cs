using Slipway.Content;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What the roles of the build service work with.</summary>
public sealed record BuildRoleParts
{
    public required DataDirectory Data { get; init; }
    public required Database Database { get; init; }
    public required ContentStore Store { get; init; }
    public required IBroker Broker { get; init; }
    public required RepositoryStore Repositories { get; init; }
    public required IReadOnlyList<SourceRepository> Sources { get; init; }
    /// <summary>Time between two looks at a source repository. Unset: 5 seconds.</summary>
    public TimeSpan FetchInterval { get; init; } = TimeSpan.FromSeconds(5);

    public required PackageBuild Build { get; init; }
    public required BaseBuild BaseBuild { get; init; }

    /// <summary>Deletes build roots that killed builds left, before the runner starts. Unset: nothing is deleted.</summary>
    public Func<CancellationToken, Task> RemoveRoots { get; init; } = _ => Task.CompletedTask;

    /// <summary>The machine's apt, for <c>apt-source:</c> origins. Unset: such origins fail.</summary>
    public HostApt? Apt { get; init; }

    public required RunnerOptions Runner { get; init; }

    /// <summary>The runner groups whose requests are taken. Unset: all that the broker has, for a broker of our own.</summary>
    public IReadOnlyList<string>? RequestGroups { get; init; }

    /// <summary>The machine's architecture as messages name it. Unset: x86_64.</summary>
    public string HostArch { get; init; } = "x86_64";

    /// <summary>True: questions about what was never built are answered, too. Unset: they are not.</summary>
    public bool RespondAlways { get; init; }

    /// <summary>The machine's name in messages. Unset: localhost.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>Where a line about what happens goes. Unset: nowhere.</summary>
    public Action<string> Say { get; init; } = _ => { };
}

/// <summary>The roles of a service. Each may run in a process of its own; those of one data directory work together.</summary>
[Flags]
public enum ServiceRoles
{
    /// <summary>Sees commits and asks for builds.</summary>
    Fetch = 1,

    /// <summary>Takes requests, plans, gives builds to runners, answers over HTTP.</summary>
    Server = 2,

    /// <summary>Takes requests without answering over HTTP: the topology of the ancestor.</summary>
    Intake = 4,

    /// <summary>Builds.</summary>
    Runner = 8,

    /// <summary>Publishes what was built.</summary>
    Collect = 16,

    /// <summary>Answers questions over messages.</summary>
    Info = 32,

    /// <summary>Watches for releases.</summary>
    Watch = 64,

    /// <summary>Keeps the signer running.</summary>
    Signer = 128,

    All = Fetch | Server | Intake | Runner | Collect | Info | Watch | Signer,
}

/// <summary>The build service on one machine: every role, made of the same parts, each also usable alone.</summary>
public sealed class BuildRoles : IDisposable
{
    private readonly BuildRoleParts _parts;
    private readonly SourceFetch _sources;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(30) };

    public BuildRoles(BuildRoleParts parts)
    {
        _parts = parts;
        Bells = new BuildBells(parts.Data);
        var identity = new Identity(parts.HostName);
        var outbox = new Outbox(parts.Database, parts.Broker);
        _sources = new SourceFetch(parts.Store, parts.Apt, _http, Path.Combine(parts.Data.Cache, "sources"));
        Fetches = [.. parts.Sources.Select(source => new FetchLoop(source, parts.Database, parts.Store, outbox, Bells, identity, parts.Say) { Interval = parts.FetchInterval })];
        Intake = new RequestIntake(parts.Sources, parts.Database, parts.Store, parts.Broker, outbox, Bells, identity, parts.HostArch, parts.Say, parts.RequestGroups);
        Published = new PublishedContent(parts.Database, parts.Repositories);
        Desk = new RunnerDesk(parts.Database, parts.Store, outbox, Bells, identity, parts.Data, parts.Runner.Groups, Published);
        var attempts = new AttemptRun(Desk, parts.Data, parts.Store, _sources, parts.Build, parts.Say);
        RunnerKeys = new RunnerKeys(parts.Database);
        Uploads = new RunnerUploads(parts.Database, parts.Data, parts.Store);
        Runner = new RunnerLoop(parts.Runner, Desk, attempts, parts.RemoveRoots, Bells.Runner, parts.Database.Clock, parts.Say);
        Bases = new BaseRepositories(parts.Database, parts.Data, parts.Store, parts.Repositories, parts.BaseBuild, Bells, parts.Say);
        Collect = new CollectLoop(parts.Database, parts.Repositories, Bases, parts.Store, parts.Sources, identity, Bells, parts.Say);
        Queries = new BuildQueries(parts.Database, parts.Broker, parts.Data);
        Info = new InfoAnswers(parts.Database, parts.Broker, identity, parts.Data, parts.RespondAlways, parts.Say);
        Actions = new BuildActions(parts.Sources, parts.Database, parts.Store, outbox, Bells);
    }

    public BuildBells Bells { get; }

    public IReadOnlyList<FetchLoop> Fetches { get; }

    public RequestIntake Intake { get; }

    public PublishedContent Published { get; }

    public RunnerDesk Desk { get; }

    public RunnerKeys RunnerKeys { get; }

    public RunnerUploads Uploads { get; }

    public RunnerLoop Runner { get; }

    public BaseRepositories Bases { get; }

    public CollectLoop Collect { get; }

    public BuildQueries Queries { get; }

    public BuildActions Actions { get; }

    public InfoAnswers Info { get; }

    /// <summary>Runs every role until cancelled; what was being built is then handed back.</summary>
    public Task RunAsync(CancellationToken cancellation) => RunAsync(ServiceRoles.All, cancellation);

    /// <summary>Runs these roles; the others run in other processes with the same data directory.</summary>
    public async Task RunAsync(ServiceRoles roles, CancellationToken cancellation)
    {
        var loops = new List<Func<Task>>();
        if (roles.HasFlag(ServiceRoles.Fetch)) loops.AddRange(Fetches.Select<FetchLoop, Func<Task>>(fetch => () => fetch.RunAsync(cancellation)));
        if ((roles & (ServiceRoles.Server | ServiceRoles.Intake)) != 0) loops.Add(() => Intake.RunAsync(cancellation));
        if (roles.HasFlag(ServiceRoles.Runner)) loops.Add(() => Runner.RunAsync(cancellation));
        else if (roles.HasFlag(ServiceRoles.Server)) loops.Add(() => LookForLostAsync(cancellation));
        if (roles.HasFlag(ServiceRoles.Collect)) loops.AddRange([() => Bases.RunAsync(cancellation), () => Collect.RunAsync(cancellation)]);
        if (roles.HasFlag(ServiceRoles.Info)) loops.Add(() => Info.RunAsync(cancellation));
        // A process of other roles only, such as the signer's, goes on until it is told to stop.
        loops.Add(() => Task.Delay(Timeout.Infinite, cancellation));
        try
        {
            await Task.WhenAll(loops.Select(loop => Task.Run(loop, CancellationToken.None))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    // Where a runner runs in this process, it looks.
    private async Task LookForLostAsync(CancellationToken cancellation)
    {
        for (; ; await Task.Delay(TimeSpan.FromSeconds(1), _parts.Database.Clock, cancellation).ConfigureAwait(false))
        {
            try
            {
                if (Desk.GiveUpLost() is > 0 and var lost) _parts.Say($"{lost} builds of silent runners are built again");
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                _parts.Say($"looking for silent runners failed and is tried again: {error.Message}");
            }
        }
    }

    public void Dispose()
    {
        _sources.Dispose();
        _http.Dispose();
    }
}
