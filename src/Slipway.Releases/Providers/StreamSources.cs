using Slipway.Compose;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>All sources of packages of one stream, looked at and solved over together.</summary>
/// <param name="solverCache">Where parsed indexes are kept; null keeps none.</param>
public sealed class StreamSources(PackageType type, string architecture, IContentProvider upstream, IReadOnlyList<(string Name, IContentProvider Provider)> providers, string? solverCache)
{
    public PackageType Type => type;

    private IEnumerable<IContentProvider> All => providers.Select(p => p.Provider).Prepend(upstream);

    public IReadOnlyList<InputState> Look(CancellationToken cancellation) => [.. All.Select(p => p.Look(cancellation))];

    /// <summary>Chooses the packages of every bundle; bundles whose provider has nothing yet are left out.</summary>
    public ReleaseContent Resolve(StreamDefinition definition, InputSurvey survey)
    {
        var config = definition.Config;
        var leftOut = config.Bundles.Where(b => b.Needs is not null && survey.Find(b.Needs, InputKind.Provider)?.Availability == InputAvailability.Absent).ToList();
        var errors = new List<ConfigError>();
        var bundles = BundleSet.Close(config.Bundles.Except(leftOut).Select(b => b.Name), definition.Bundles, StreamConfigReader.FileName, errors);
        if (errors.Count > 0)
            throw new ConfigException(errors);
        using var pool = new SolverPool(type, architecture, solverCache);
        foreach (var provider in All)
            provider.AddTo(pool);
        return new ReleaseContent
        {
            Config = config,
            Commit = definition.Commit,
            PackageType = type,
            Bundles = bundles.Bundles,
            Resolved = BundleResolution.Resolve(pool, type, bundles),
            LeftOut = leftOut,
            UpstreamState = survey.Inputs.First(i => i.Kind == InputKind.Upstream).Fingerprint,
        };
    }

    /// <summary>Brings every package of a content into the store, from whichever source has it.</summary>
    public void Fetch(ReleaseContent content, CancellationToken cancellation)
    {
        var packages = content.Resolved.SelectMany(b => b.Packages).DistinctBy(p => p.Digest).ToList();
        foreach (var provider in All)
        {
            var its = packages.Where(provider.Has).ToList();
            packages.RemoveAll(its.Contains);
            if (its.Count > 0)
                provider.Fetch(its, cancellation);
        }
        if (packages.Count > 0)
        {
            throw new SlipwayException("fetch the packages of the release", $"no source has {packages[0].Name} {packages[0].Version} of {packages[0].Repository} any more", "plan the release again")
            {
                Kind = FailureKind.Unreachable,
            };
        }
    }
}
