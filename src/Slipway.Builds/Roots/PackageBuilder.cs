using System.Diagnostics;
using System.Text;
using Slipway.Builds.Conversion;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Roots;

/// <summary>Builds one package for one dist: resolves what its recipe needs, makes or reuses the root, runs the recipe in it.</summary>
public sealed class PackageBuilder(DataDirectory data, HostApt apt, ContentStore store, SandboxAccount account)
{
    private static readonly TimeSpan IndexAge = TimeSpan.FromDays(1), WorldAge = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private (Digest Fingerprint, long Asked)? _world;

    private readonly BuildSandbox _sandbox = new(account);

    /// <summary>What roots may keep of the disk; looked at after every build.</summary>
    public RootBudget Budget { get; init; } = new();

    /// <summary>True: nothing is fetched; what is not on this machine is an error. Unset: what is missing is fetched.</summary>
    public bool Offline { get; init; }

    private RootLayers Layers => new(data.Roots, _sandbox, TimeProvider.System);

    /// <summary>Builds. A failure of recipe or machine is an outcome, not an exception; only cancelling throws.</summary>
    /// <param name="inputs">What to build.</param>
    /// <param name="log">Everything a person should see, as it is produced.</param>
    /// <param name="cancellation">Kills the build.</param>
    public async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        var maker = Maker(inputs.AcceptWeakLimits);
        var run = new BuildRun(inputs, _sandbox, maker, store, end => OpenResolver(inputs, end), new BuildLog(log, inputs.Dist.LogBytes));
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
        using var maker = Maker(weak: !BuildSandbox.LimitsAreEnforced());
        var conversion = new BaseRepository(dist, repository, _sandbox, maker, Layers, apt, store);
        return await conversion.MakeAsync(OpenResolver, new BuildLog(log, dist.LogBytes), cancellation).ConfigureAwait(false);
    }

    private LayerMaker Maker(bool weak) => new(Layers, _sandbox, apt, store, weak, Offline);

    private RootResolver OpenResolver(CancellationToken cancellation) => new(apt.OpenSolver, Plans([], cancellation));

    private RootResolver OpenResolver(BuildInputs inputs, CancellationToken cancellation)
    {
        IReadOnlyList<string> repositories = inputs.Dist.Type == PackageType.Deb ? inputs.ProjectRepositories : [];
        return new(() =>
        {
            var pool = apt.OpenSolver();
            foreach (var repository in repositories)
            {
                if (Directory.Exists(Path.Combine(repository, "dists")))
                    AddPublished(pool, repository);
                else
                    AddFiles(pool, repository);
            }
            return pool;
        }, Plans(repositories, cancellation));
    }

    private PlanCache Plans(IReadOnlyList<string> repositories, CancellationToken cancellation)
    {
        var lists = repositories.SelectMany(r => Directory.Exists(Path.Combine(r, "dists")) ? PublishedIndexes(r) : Directory.EnumerateFiles(r, "*.deb", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal).Select(f => Digest.OfFile(f).ToString());
        return new(Path.Combine(data.Cache, "plans"), Digest.Of(Encoding.ASCII.GetBytes(string.Join('\n', lists.Prepend(World(cancellation).ToString())))));
    }

    // Many builds begin within one minute, and asking apt takes longer than all else that a known root needs.
    private Digest World(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_world is { } known && Stopwatch.GetElapsedTime(known.Asked) < WorldAge)
                return known.Fingerprint;
        }
        if (!Offline)
            apt.Update(IndexAge, cancellation);
        else if (apt.BinaryIndexes().Count == 0)
            throw new SlipwayException("Cannot resolve what the build needs", "this machine has no package lists yet", "build once without --offline") { Kind = FailureKind.Unreachable };
        var fingerprint = apt.Fingerprint();
        lock (_gate)
            _world = (fingerprint, Stopwatch.GetTimestamp());
        return fingerprint;
    }

    // Published files are in the store by digest, so an index is all that is needed of a repository.
    private void AddPublished(SolverPool pool, string repository)
    {
        foreach (var index in PublishedIndexes(repository))
            pool.AddDebIndex("project:" + index, index);
    }

    private IEnumerable<string> PublishedIndexes(string repository) =>
        Directory.EnumerateDirectories(Path.Combine(repository, "dists")).Select(d => Path.Combine(d, "main", "binary-" + apt.Architecture, "Packages")).Where(File.Exists);

    private void AddFiles(SolverPool pool, string directory) => pool.AddPackages("project:" + directory,
        new ProjectPackages(PackageType.Deb, apt.Architecture, store, ProjectPackages.Take(PackageType.Deb, store, [directory])).Records, priority: 1);
}
