using Slipway.Packages;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>Where a stream gets packages from: its upstream distribution, a repository of the build service, a directory.</summary>
public interface IContentProvider
{
    /// <summary>The state now. A source that cannot be read says so in the answer; it is never reported as empty.</summary>
    InputState Look(CancellationToken cancellation);

    /// <summary>Adds the packages of that state to a pool.</summary>
    void AddTo(SolverPool pool);

    /// <summary>True for packages that this provider put into the pool.</summary>
    bool Has(ResolvedPackage package);

    /// <summary>Brings package files into the content store, each verified against its digest.</summary>
    void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation);
}
