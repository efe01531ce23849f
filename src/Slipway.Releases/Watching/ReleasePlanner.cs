using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Providers;
using Slipway.Sandbox;

namespace Slipway.Releases.Watching;

/// <summary>A version that would be made.</summary>
public sealed record PlannedRelease(ReleasePlan Plan, ReleaseContent Content);

/// <summary>What a look at a stream came to.</summary>
/// <param name="Planned">What would be made, in order; empty unless a release is to be made or a rule forbids it.</param>
/// <param name="Survey">The inputs it rests on; null when the configuration cannot be read.</param>
public sealed record Outlook(Decision Decision, IReadOnlyList<PlannedRelease> Planned, InputSurvey? Survey, StreamSources? Sources)
{
    /// <summary>The last of the versions that would be made: the one that channels would show.</summary>
    public ReleasePlan? Plan => Planned.Count > 0 ? Planned[^1].Plan : null;
}

/// <summary>Looks at all inputs of a stream, decides, and plans. Touches nothing but caches of package indexes.</summary>
/// <param name="sources">Makes the sources of a stream's configuration.</param>
/// <param name="tool">The version of this program, which is an input like any other.</param>
public sealed class ReleasePlanner(StreamSite site, Func<StreamConfig, StreamSources> sources, string tool)
{
    // An input that moves while it is being resolved is looked at again, so that a plan never rests on a mixture.
    private const int MaxLooks = 3;

    public Outlook Look(string stream, bool forced = false, CancellationToken cancellation = default) =>
        Look(stream, new ReleaseRequest(forced), cancellation);

    public Outlook Look(string stream, ReleaseRequest request, CancellationToken cancellation = default)
    {
        StreamDefinition definition;
        StreamSources from;
        try
        {
            definition = ReadDefinition(stream);
            from = sources(definition.Config);
        }
        catch (SlipwayException e)
        {
            return new Outlook(Decision.Error(ReasonKind.Configuration, e.Message), [], null, null);
        }
        for (var look = 1; ; look++)
        {
            var survey = Survey(definition, from, cancellation);
            var outlook = Decide(definition, from, survey, request);
            if (outlook.Planned.Count == 0 || look == MaxLooks || Survey(definition, from, cancellation).Fingerprint == survey.Fingerprint)
                return outlook;
        }
    }

    /// <summary>The stream's configuration and bundles at its newest commit.</summary>
    public StreamDefinition ReadDefinition(string stream)
    {
        var directory = Path.Combine(site.Data.Git, stream + ".git");
        if (!Directory.Exists(directory))
            throw new SlipwayException($"read the stream {stream}", $"there is no repository {directory}", "make it and push stream.yml to it") { Kind = FailureKind.Usage };
        var repository = new Git(directory);
        var commit = repository.Head() ?? throw new SlipwayException($"read the stream {stream}", "its repository has no commit", "push stream.yml and bundles/ to it") { Kind = FailureKind.Usage };
        var definition = StreamDefinition.Read(repository, commit);
        return definition.Config.Name == stream ? definition : throw new ConfigException(
            [new ConfigError(StreamConfigReader.FileName, 1, $"it says stream: {definition.Config.Name}, but this is the repository of {stream}", $"write stream: {stream}")]);
    }

    private InputSurvey Survey(StreamDefinition definition, StreamSources from, CancellationToken cancellation) => new(
    [
        .. from.Look(Position(definition.Config.Name), cancellation),
        .. definition.Inputs,
        InputState.Available("slipway", InputKind.Tool, tool),
    ]);

    private StreamPosition? Position(string stream) => site.Releases.Last(stream) is { } last && site.Runs.Find(last.Run) is { } run
        ? new StreamPosition(last.Version, last.Format, run.Plan.Upstream ?? 0, run.Plan.UpstreamFormat) : null;

    private Outlook Decide(StreamDefinition definition, StreamSources from, InputSurvey survey, ReleaseRequest request)
    {
        var config = definition.Config;
        var history = site.Runs.History(config.Name, survey.Fingerprint.ToString());
        var position = Position(config.Name);
        // The format that the configuration names beyond the stream's own is an order to raise it.
        if (position is not null && config.Upstream.Type != "stream" && config.Format == position.Format + 1)
            request = request with { FormatBump = true };
        var decision = ReleaseDecision.Decide(new DecisionInput
        {
            Now = survey,
            History = history with { Position = position, Corrupted = PublishedState.Problem(site, config.Name) },
            Scheme = config.Versions,
            Upstream = from.Numbered?.Versions,
            Policy = config.Upstream.Policy,
            StayWhenUpstreamWentBack = config.Upstream.StayWhenWentBack,
            RemovedPackagesPercent = config.Budgets.RemovedPackagesPercent,
            FirstFormat = config.Format,
            Complete = StreamSources.LeftOut(config, survey).Count == 0,
            Request = request,
        });
        if (decision.Kind != DecisionKind.Build)
            return new Outlook(decision, [], survey, from);
        try
        {
            return Plan(definition, from, survey, decision, request);
        }
        catch (SlipwayException e)
        {
            return new Outlook(new Decision(DecisionKind.Blocked, [new Reason(ReasonKind.KnownBadInputs, e.Message)], decision.Warnings), [], survey, from);
        }
    }

    private Outlook Plan(StreamDefinition definition, StreamSources from, InputSurvey survey, Decision decision, ReleaseRequest request)
    {
        var stream = definition.Config.Name;
        var planned = new List<PlannedRelease>();
        var previous = site.Releases.Last(stream) is { } last ? PreviousOf(last) : null;
        var earlier = Earlier(stream).Select(r => (r.Version, r.Format)).ToList();
        uint[] chain = decision.Versions.Count > 1 ? [.. decision.Versions.Select(v => v.Version)] : [];
        foreach (var (version, next) in decision.Versions.Zip(decision.Versions.Skip(1).Append(null)))
        {
            // The last version of a format has what the first of the next has: a device that says it is there must be as that one is.
            var made = version.Role == ReleaseRole.Plus10 ? version with { Upstream = next!.Upstream } : version;
            var content = from.Resolve(definition, survey, made, previous?.Bundles);
            var plan = ReleasePlan.Make(content, version, previous, [.. earlier.Where(e => e.Format == version.Format).Select(e => e.Version)], decision.Reasons) with
            {
                Chain = chain,
                Claims = version.Role == ReleaseRole.Plus10 ? next!.Version : 0,
            };
            planned.Add(new PlannedRelease(plan, content));
            previous = new PreviousRelease(version.Version, version.Format, content.Key, PackageChanges.Of(content.Resolved), [.. content.Bundles.Select(b => b.Name)]);
            earlier.Insert(0, (version.Version, version.Format));
        }
        return new Outlook(Judge(planned, decision, request), planned, survey, from);
    }

    private static Decision Judge(List<PlannedRelease> planned, Decision decision, ReleaseRequest request)
    {
        var problems = planned.SelectMany(p => p.Plan.Problems).ToList();
        if (problems.Count > 0)
            return new Decision(DecisionKind.Blocked, problems, decision.Warnings);
        if (planned is [{ Plan.ChangesAnything: false } only] && request == ReleaseRequest.None)
            return new Decision(DecisionKind.UpToDate, [], [.. decision.Warnings, $"inputs moved ({string.Join("; ", decision.Reasons.Select(r => r.Text))}), and nothing of version {only.Plan.Previous} changes by it"]);
        return decision;
    }

    /// <summary>The sources of a run that was planned before, by the configuration it was planned with.</summary>
    public StreamSources SourcesOf(ReleaseRun run) => sources(ReleaseJson.Read<ReleaseContent>(site.Store, run.Content).Config);

    /// <summary>Versions that devices may be at, newest first.</summary>
    internal IReadOnlyList<Release> Earlier(string stream) => [.. site.Releases.All(stream).Where(r => r.Published is not null)];

    internal PreviousRelease PreviousOf(Release release)
    {
        var content = ReleaseJson.Read<ReleaseContent>(site.Store, release.Content);
        return new PreviousRelease(release.Version, release.Format, release.ContentKey, PackageChanges.Of(content.Resolved), [.. content.Bundles.Select(b => b.Name)]);
    }
}
