using Slipway.Builds.Conversion;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Roots;

/// <summary>Builds one package for one dist: resolves what its recipe needs, makes or reuses the root, runs the recipe in it.</summary>
public sealed class PackageBuilder(DataDirectory data, HostApt apt, ContentStore store, SandboxAccount account)
{
    private static readonly TimeSpan IndexAge = TimeSpan.FromDays(1);

    private readonly BuildSandbox _sandbox = new(account);

    private RootLayers Layers => new(data.Roots, _sandbox);

    /// <summary>Builds. A failure of recipe or machine is an outcome, not an exception; only cancelling throws.</summary>
    /// <param name="inputs">What to build.</param>
    /// <param name="log">Everything a person should see, as it is produced.</param>
    /// <param name="cancellation">Kills the build.</param>
    public async Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        var run = new BuildRun(inputs, _sandbox, Maker(inputs.AcceptWeakLimits), end => OpenResolver(inputs.ProjectRepositories, end), new BuildLog(log));
        try
        {
            return await run.RunAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await run.CleanAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Deletes what killed runs left below the roots directory. For the start of a runner.</summary>
    public Task RemoveLeftoversAsync(CancellationToken cancellation = default) => Layers.RemoveLeftoversAsync(cancellation);

    /// <summary>Makes a repository's packages out of the distribution's own (dists that declare `repositories`); made once per resolved set.</summary>
    /// <returns>The package files, absolute paths, sorted.</returns>
    public async Task<IReadOnlyList<string>> MakeBaseRepositoryAsync(Dist dist, DistRepository repository, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation)
    {
        var conversion = new BaseRepository(dist, repository, _sandbox, Maker(weak: !BuildSandbox.LimitsAreEnforced()), Layers, apt, store);
        return await conversion.MakeAsync(end => OpenResolver([], end), new BuildLog(log), cancellation).ConfigureAwait(false);
    }

    private LayerMaker Maker(bool weak) => new(Layers, _sandbox, apt, store, weak);

    private RootResolver OpenResolver(IReadOnlyList<string> projectRepositories, CancellationToken cancellation)
    {
        apt.Update(IndexAge, cancellation);
        var pool = apt.OpenSolver();
        // Published files are in the store by digest, so an index is all that is needed of a repository.
        foreach (var index in projectRepositories.Select(r => Path.Combine(r, "dists")).Where(Directory.Exists)
            .SelectMany(d => Directory.EnumerateDirectories(d)).Select(d => Path.Combine(d, "main", "binary-" + apt.Architecture, "Packages")).Where(File.Exists))
            pool.AddDebIndex("project:" + index, index);
        return new RootResolver(pool);
    }
}
