using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Releases.Configuration;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>The current snapshot of a repository of this machine's build service.</summary>
public sealed class SnapshotProvider(ProviderConfig config, RepositoryStore repositories, ContentStore store) : IContentProvider
{
    private readonly RepositoryId _id = new(config.Project, config.Dist);

    private string Repository => $"provider:{config.Name}";

    public InputState Look(CancellationToken cancellation)
    {
        try
        {
            return repositories.Current(_id) is { } snapshot
                ? InputState.Available(config.Name, InputKind.Provider, snapshot.Fingerprint)
                : InputState.Absent(config.Name, InputKind.Provider);
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            return InputState.Unavailable(config.Name, InputKind.Provider, e.Message);
        }
    }

    public void AddTo(SolverPool pool)
    {
        repositories.Current(_id)?.AddTo(pool, config.Priority, Repository);
    }

    public bool Has(ResolvedPackage package) => package.Repository == Repository;

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation)
    {
        foreach (var package in packages)
        {
            // A package of a snapshot stays in the store as long as any snapshot or release needs it.
            if (!store.Contains(package.Digest))
            {
                throw new SlipwayException($"fetch {package.Name} {package.Version} of {_id}", $"content {package.Digest} is not in the store", "build the package again")
                {
                    Kind = FailureKind.Unreachable,
                };
            }
        }
    }
}
