using Slipway.Builds.Roots;
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
        Fetches = [.. parts.Sources.Select(source => new FetchLoop(source, parts.Database, parts.Store, outbox, Bells, identity, parts.Say))];
        Intake = new RequestIntake(parts.Sources, parts.Database, parts.Store, parts.Broker, outbox, Bells, identity, parts.HostArch, parts.Say, parts.RequestGroups);
        Desk = new RunnerDesk(parts.Database, outbox, Bells, identity, parts.Data, parts.Runner.Groups);
        var attempts = new AttemptRun(Desk, parts.Data, parts.Store, _sources, parts.Build, Published, parts.Say);
        Runner = new RunnerLoop(parts.Runner, Desk, attempts, parts.RemoveRoots, Bells, parts.Database.Clock, parts.Say);
        Bases = new BaseRepositories(parts.Database, parts.Data, parts.Store, parts.Repositories, parts.BaseBuild, Bells, parts.Say);
        Collect = new CollectLoop(parts.Database, parts.Repositories, Bases, parts.Store, parts.Sources, identity, Bells, parts.Say);
        Queries = new BuildQueries(parts.Database, parts.Broker, parts.Data);
        Info = new InfoAnswers(parts.Database, parts.Broker, identity, parts.Data, parts.RespondAlways, parts.Say);
        Actions = new BuildActions(parts.Sources, parts.Database, parts.Store, outbox, Bells);
    }

    public BuildBells Bells { get; }

    public IReadOnlyList<FetchLoop> Fetches { get; }

    public RequestIntake Intake { get; }

    public RunnerDesk Desk { get; }

    public RunnerLoop Runner { get; }

    public BaseRepositories Bases { get; }

    public CollectLoop Collect { get; }

    public BuildQueries Queries { get; }

    public BuildActions Actions { get; }

    public InfoAnswers Info { get; }

    /// <summary>Runs every role until cancelled; what was being built is then handed back.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var loops = Fetches.Select<FetchLoop, Func<Task>>(fetch => () => fetch.RunAsync(cancellation))
            .Concat([() => Intake.RunAsync(cancellation), () => Runner.RunAsync(cancellation), () => Bases.RunAsync(cancellation), () => Collect.RunAsync(cancellation), () => Info.RunAsync(cancellation)])
            .Select(loop => Task.Run(loop, CancellationToken.None));
        try
        {
            await Task.WhenAll(loops).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    // A package may be built with what was built for the same dist, its own project's first.
    private ProjectContent Published(string project, string dist)
    {
        var projects = _parts.Database.Read(connection => Dapper.SqlMapper.Query<string>(connection,
            "SELECT DISTINCT project FROM builds_build WHERE dist = @dist AND image = 0 AND snapshot IS NOT NULL ORDER BY project", new { dist }).ToList());
        var ids = projects.Prepend(project).Distinct(StringComparer.Ordinal).Select(one => new RepositoryId(one, dist));
        var current = ids.Select(id => (Id: id, Snapshot: _parts.Repositories.Current(id))).Where(one => one.Snapshot is not null).ToList();
        return new(
            [.. current.Where(one => one.Snapshot!.Type == PackageType.Deb).Select(one => one.Snapshot!.Path)],
            [.. current.Where(one => one.Snapshot!.Type != PackageType.Deb).SelectMany(one => _parts.Repositories.Files(one.Id, one.Snapshot!.Number)).Select(f => new ProjectPackage(f.Digest, Path.GetFileName(f.Path)))]);
    }

    public void Dispose()
    {
        _sources.Dispose();
        _http.Dispose();
    }
}
