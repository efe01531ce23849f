using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Roots;

/// <summary>Builds one package for one dist: resolves what its recipe needs, makes or reuses the root, runs the recipe in it.</summary>
public sealed class PackageBuilder(DataDirectory data, HostApt apt, ContentStore store, SandboxAccount account)
{
    /// <summary>Builds. A failure of recipe or machine is an outcome, not an exception; only cancelling throws.</summary>
    /// <param name="inputs">What to build.</param>
    /// <param name="log">Everything a person should see, as it is produced.</param>
    /// <param name="cancellation">Kills the build.</param>
    public Task<BuildOutcome> BuildAsync(BuildInputs inputs, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation) =>
        throw new NotImplementedException($"{data} {apt} {store} {account}");

    /// <summary>Deletes what killed runs left below the roots directory. For the start of a runner.</summary>
    public Task RemoveLeftoversAsync(CancellationToken cancellation = default) => throw new NotImplementedException($"{data}");

    /// <summary>Makes a repository's packages out of the distribution's own (dists that declare `repositories`); made once per resolved set.</summary>
    /// <returns>The package files, absolute paths, sorted.</returns>
    public Task<IReadOnlyList<string>> MakeBaseRepositoryAsync(Dist dist, DistRepository repository, Action<ReadOnlyMemory<byte>> log, CancellationToken cancellation) =>
        throw new NotImplementedException($"{data}");
}
