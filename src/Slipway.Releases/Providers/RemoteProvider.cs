using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>A repository elsewhere, apt, rpm-md or pacman, by its signed index.</summary>
public sealed class RemoteProvider(string name, InputKind kind, UpstreamRepositories repositories, TimeSpan maxAge) : IContentProvider
{
    public InputState Look(CancellationToken cancellation)
    {
        try
        {
            return InputState.Available(name, kind, repositories.SettleAsync(maxAge, cancellation).GetAwaiter().GetResult().ToString());
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            return InputState.Unavailable(name, kind, e.Message);
        }
    }

    public void AddTo(SolverPool pool) => repositories.AddTo(pool);

    public bool Has(ResolvedPackage package) => repositories.Has(package);

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation) => repositories.FetchAsync(packages, cancellation).GetAwaiter().GetResult();
}
