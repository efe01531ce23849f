using Slipway.Compose;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>All sources of packages of one stream, looked at and solved over together.</summary>
/// <param name="upstream">Null for a stream whose content comes from providers alone.</param>
/// <param name="solverCache">Where parsed indexes are kept; null keeps none.</param>
public sealed class StreamSources(PackageType type, string architecture, IContentProvider? upstream, IReadOnlyList<(string Name, IContentProvider Provider)> providers, string? solverCache)
{
    public PackageType Type => type;

    private IEnumerable<IContentProvider> All => upstream is null ? providers.Select(p => p.Provider) : providers.Select(p => p.Provider).Prepend(upstream);

    /// <summary>Another stream as upstream; null for any other.</summary>
    public StreamUpstream? Numbered => upstream as StreamUpstream;

    /// <param name="position">Where the stream stands; null before its first version.</param>
    public IReadOnlyList<InputState> Look(StreamPosition? position, CancellationToken cancellation)
    {
        Numbered?.Position = position;
        return [.. All.Select(p => p.Look(cancellation))];
    }

    /// <summary>Bundles that wait for their provider's first snapshot.</summary>
    public static IReadOnlyList<StreamBundle> LeftOut(StreamConfig config, InputSurvey survey) =>
        [.. config.Bundles.Where(b => b.Needs is not null && survey.Find(b.Needs, InputKind.Provider)?.Availability == InputAvailability.Absent)];

    /// <summary>Chooses the packages of every bundle of a version.</summary>
    /// <param name="before">Bundles of the version before; null for the first.</param>
    public ReleaseContent Resolve(StreamDefinition definition, InputSurvey survey, PlannedVersion planned, IReadOnlyCollection<string>? before)
    {
        if (planned.Upstream is { } version)
            Numbered?.Choose(version);
        var config = definition.Config;
        var leftOut = LeftOut(config, survey);
        var chosen = BundleChoice.Make(definition, leftOut, Numbered?.Bundles(CancellationToken.None), planned.Role, before);
        using var pool = new SolverPool(type, architecture, solverCache);
        foreach (var provider in All)
            provider.AddTo(pool);
        return new ReleaseContent
        {
            Config = config,
            Commit = definition.Commit,
            PackageType = type,
            Bundles = chosen.Bundles.Bundles,
            Resolved = BundleResolution.Resolve(pool, type, chosen.Bundles),
            LeftOut = leftOut,
            Emptied = chosen.Emptied,
            PlannedFormat = planned.Format,
            UpstreamVersion = planned.Upstream,
            UpstreamState = planned.Upstream?.ToString(System.Globalization.CultureInfo.InvariantCulture)
                ?? survey.Inputs.FirstOrDefault(i => i.Kind == InputKind.Upstream)?.Fingerprint ?? "none",
        };
    }

    /// <summary>Brings every package of a content into the store, from whichever source has it.</summary>
    public void Fetch(ReleaseContent content, CancellationToken cancellation)
    {
        if (content.UpstreamVersion is { } version)
            Numbered?.Choose(version);
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
