using System.Text;
using Slipway.Builds.Conversion;
using Slipway.Builds.Kiwi;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Roots;

/// <summary>Builds one package for one dist: resolves what its recipe needs, makes or reuses the root, runs the recipe in it.</summary>
public sealed class PackageBuilder(DataDirectory data, HostApt apt, ContentStore store, SandboxAccount account)
{
    private static readonly TimeSpan FetchTime = TimeSpan.FromMinutes(30);

    private readonly HostSource _host = new(apt);

    private readonly HostSource _hostOffline = new(apt) { Offline = true };

    private readonly BuildSandbox _sandbox = new(account);

    /// <summary>What roots may keep of the disk; looked at after every build.</summary>
    public RootBudget Budget { get; init; } = new();

    /// <summary>True: nothing is fetched; what is not on this machine is an error. Unset: what is missing is fetched.</summary>
    public bool Offline { get; init; }

    /// <summary>What fetches from repositories that a dist names. Unset: one of its own.</summary>
    public HttpClient Http { get; init; } = new() { Timeout = FetchTime };

    private HostSource Host => Offline ? _hostOffline : _host;

    private RootLayers Layers => new(data.Roots, _sandbox, TimeProvider.System);

    /// <summary>Builds. A failure of recipe or machine is an outcome, not an exception; only cancelling throws.</summary>
    /// <param name="inputs">What to build.</param>
    /// <param name="log">Everything a person should see, as it is produced.</param>
    /// <param name="cancellation">Kills the build.</param>
    public async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        var source = SourceOf(inputs.Dist);
        var maker = Maker(source, inputs.AcceptWeakLimits, inputs.Architecture);
        var run = new BuildRun(inputs, _sandbox, maker, store, new ImagePackages(Named, store), end => OpenResolverAsync(inputs, source, end), new BuildLog(log, inputs.Dist.LogBytes));
        try
        {
            return await run.RunAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            maker.Dispose();
            if (!inputs.KeepRoot)
                await run.CleanAsync().ConfigureAwait(false);
            await Layers.EvictAsync(Budget, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes what killed runs left below the roots directory. For the start of a runner.</summary>
    public Task RemoveLeftoversAsync(CancellationToken cancellation = default) => Layers.RemoveLeftoversAsync(cancellation);

    /// <summary>Makes a repository's packages out of the distribution's own (dists that declare `repositories`); made once per resolved set.</summary>
    /// <returns>The package files, absolute paths, sorted.</returns>
    public async Task<IReadOnlyList<string>> MakeBaseRepositoryAsync(Dist dist, DistRepository repository, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        using var maker = Maker(Host, weak: !BuildSandbox.LimitsAreEnforced(), Architectures.Machine);
        var conversion = new BaseRepository(dist, repository, _sandbox, maker, Layers, apt, store);
        return await conversion.MakeAsync(async end => new RootResolver(PackageType.Deb, Host.OpenSolver, Plans(await Host.SettleAsync(end).ConfigureAwait(false), [])), new BuildLog(log, dist.LogBytes), cancellation).ConfigureAwait(false);
    }

    private LayerMaker Maker(IRootSource source, bool weak, string architecture) => new(Layers, _sandbox, source, store, weak, Offline, Architectures.Registration(architecture));

    private IRootSource SourceOf(Dist dist) =>
        dist.Root.Repositories.Count > 0 ? Named.Of(dist.Root.Repositories, dist.Architecture)
        : Architectures.Deb(dist.Architecture) is var other && other == apt.Architecture ? Host
        : new HostSource(apt.For(other)) { Offline = Offline };

    private NamedSources Named => new(Http, store, Path.Combine(data.Cache, "upstreams"), Offline);

    private async Task<RootResolver> OpenResolverAsync(BuildInputs inputs, IRootSource source, CancellationToken cancellation)
    {
        var world = await source.SettleAsync(cancellation).ConfigureAwait(false);
        if (source.Type != inputs.Dist.Type)
            return new(source.Type, source.OpenSolver, Plans(world, []));
        return source.Type == PackageType.Deb ? OpenForDebs(source, world, inputs.ProjectRepositories, Architectures.Deb(inputs.Architecture)) : OpenForOwnType(source, world, inputs);
    }

    // The dist's packages and the project's are of one type and in one pool; a project's own come first.
    private RootResolver OpenForOwnType(IRootSource source, Digest world, BuildInputs inputs)
    {
        var own = new ProjectPackages(source.Type, inputs.Architecture, store, inputs.ProjectPackages.Concat(ProjectPackages.Take(source.Type, store, inputs.ProjectRepositories)));
        return new(source.Type, () =>
        {
            var pool = source.OpenSolver();
            pool.AddPackages("project", own.Records, priority: 1000);
            return pool;
        }, Plans(world, own.Records.Select(r => r.Digest.ToString())));
    }

    private RootResolver OpenForDebs(IRootSource source, Digest world, IReadOnlyList<string> repositories, string architecture)
    {
        var lists = repositories.SelectMany(r => Directory.Exists(Path.Combine(r, "dists")) ? PublishedIndexes(r, architecture) : Directory.EnumerateFiles(r, "*.deb", SearchOption.AllDirectories));
        return new(source.Type, () =>
        {
            var pool = source.OpenSolver();
            foreach (var repository in repositories)
            {
                if (Directory.Exists(Path.Combine(repository, "dists")))
                    AddPublished(pool, repository, architecture);
                else
                    AddFiles(pool, repository, architecture);
            }
            return pool;
        }, Plans(world, lists.Order(StringComparer.Ordinal).Select(f => Digest.OfFile(f).ToString())));
    }

    private PlanCache Plans(Digest world, IEnumerable<string> lists) =>
        new(Path.Combine(data.Cache, "plans"), Digest.Of(Encoding.ASCII.GetBytes(string.Join('\n', lists.Prepend(world.ToString())))));

    // Published files are in the store by digest, so an index is all that is needed of a repository.
    private static void AddPublished(SolverPool pool, string repository, string architecture)
    {
        foreach (var index in PublishedIndexes(repository, architecture))
            pool.AddDebIndex("project:" + index, index);
    }

    private static IEnumerable<string> PublishedIndexes(string repository, string architecture) =>
        Directory.EnumerateDirectories(Path.Combine(repository, "dists")).Select(d => Path.Combine(d, "main", "binary-" + architecture, "Packages")).Where(File.Exists);

    private void AddFiles(SolverPool pool, string directory, string architecture) => pool.AddPackages("project:" + directory,
        new ProjectPackages(PackageType.Deb, architecture, store, ProjectPackages.Take(PackageType.Deb, store, [directory])).Records, priority: 1);
}
