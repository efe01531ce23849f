using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>The machine's own distribution as upstream: its signed apt indexes.</summary>
/// <param name="maxAge">Indexes this young are taken without asking the network again.</param>
public sealed class AptUpstream(HostApt apt, TimeSpan maxAge) : IContentProvider
{
    private HashSet<string> _indexes = [];

    public InputState Look(CancellationToken cancellation)
    {
        try
        {
            apt.Update(maxAge, cancellation);
            return InputState.Available("apt", InputKind.Upstream, apt.Fingerprint().ToString());
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            return InputState.Unavailable("apt", InputKind.Upstream, e.Message);
        }
    }

    public void AddTo(SolverPool pool)
    {
        var indexes = apt.BinaryIndexes();
        _indexes = [.. indexes.Select(i => i.Name)];
        foreach (var index in indexes)
            pool.AddDebIndex(index.Name, index.File, expected: index.Content);
    }

    public bool Has(ResolvedPackage package) => _indexes.Count == 0 ? apt.BinaryIndexes().Any(i => i.Name == package.Repository) : _indexes.Contains(package.Repository);

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation) => apt.Fetch(packages, cancellation);
}
