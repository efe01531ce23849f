using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>Makes packages of the dist's type out of the distribution's debs.</summary>
internal sealed class BaseRepository(Dist dist, DistRepository repository, BuildSandbox sandbox, LayerMaker maker, RootLayers layers, HostApt apt, ContentStore store)
{
    internal Task<IReadOnlyList<string>> MakeAsync(Func<CancellationToken, RootResolver> openResolver, BuildLog log, CancellationToken cancellation) =>
        throw new NotImplementedException($"{dist} {repository} {sandbox} {maker} {layers} {apt} {store} {openResolver} {log} {cancellation}");
}
