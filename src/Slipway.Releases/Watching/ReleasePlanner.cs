using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Providers;
using Slipway.Sandbox;

namespace Slipway.Releases.Watching;

/// <summary>What a look at a stream came to.</summary>
/// <param name="Plan">What would be made; null unless a release is to be made or a rule forbids it.</param>
/// <param name="Survey">The inputs it rests on; null when the configuration cannot be read.</param>
public sealed record Outlook(Decision Decision, ReleasePlan? Plan, ReleaseContent? Content, InputSurvey? Survey, StreamSources? Sources);

/// <summary>Looks at all inputs of a stream, decides, and plans. Touches nothing but caches of package indexes.</summary>
/// <param name="sources">Makes the sources of a stream's configuration.</param>
/// <param name="tool">The version of this program, which is an input like any other.</param>
public sealed class ReleasePlanner(StreamSite site, Func<StreamConfig, StreamSources> sources, string tool)
{
    // An input that moves while it is being resolved is looked at again, so that a plan never rests on a mixture.
    private const int MaxLooks = 3;

    public Outlook Look(string stream, bool forced = false, CancellationToken cancellation = default)
    {
        StreamDefinition definition;
        try
        {
            definition = ReadDefinition(stream);
        }
        catch (SlipwayException e)
        {
            return new Outlook(Decision.Error(ReasonKind.Configuration, e.Message), null, null, null, null);
        }
        var from = sources(definition.Config);
        for (var look = 1; ; look++)
        {
            var survey = Survey(definition, from, cancellation);
            var outlook = Decide(definition, from, survey, forced);
            if (outlook.Content is null || look == MaxLooks || Survey(definition, from, cancellation).Fingerprint == survey.Fingerprint)
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
        .. from.Look(cancellation),
        InputState.Available(definition.Config.Name, InputKind.Stream, definition.Commit),
        InputState.Available("slipway", InputKind.Tool, tool),
    ]);

    private Outlook Decide(StreamDefinition definition, StreamSources from, InputSurvey survey, bool forced)
    {
        var stream = definition.Config.Name;
        var history = site.Runs.History(stream, survey.Fingerprint.ToString());
        var decision = ReleaseDecision.Decide(survey, history, forced);
        if (decision.Kind != DecisionKind.Build)
            return new Outlook(decision, null, null, survey, from);
        try
        {
            var content = from.Resolve(definition, survey);
            return Plan(content, from, survey, history, decision, forced);
        }
        catch (SlipwayException e)
        {
            return new Outlook(new Decision(DecisionKind.Blocked, [new Reason(ReasonKind.KnownBadInputs, e.Message)], decision.Warnings), null, null, survey, from);
        }
    }

    private Outlook Plan(ReleaseContent content, StreamSources from, InputSurvey survey, StreamHistory history, Decision decision, bool forced)
    {
        var last = site.Releases.Last(content.Config.Name);
        var plan = ReleasePlan.Make(content, history.LastVersion, last is null ? null : PreviousOf(last), Earlier(content.Config.Name), decision.Reasons);
        if (plan.Problems.Count > 0)
            decision = new Decision(DecisionKind.Blocked, [.. plan.Problems.Select(p => new Reason(ReasonKind.KnownBadInputs, p))], decision.Warnings);
        else if (!plan.ChangesAnything && !forced)
            decision = new Decision(DecisionKind.UpToDate, [], [.. decision.Warnings, $"inputs moved ({string.Join("; ", decision.Reasons.Select(r => r.Text))}), and nothing of version {plan.Previous} changes by it"]);
        return new Outlook(decision, plan, content, survey, from);
    }

    /// <summary>The sources of a run that was planned before, by the configuration it was planned with.</summary>
    public StreamSources SourcesOf(ReleaseRun run) => sources(ReleaseJson.Read<ReleaseContent>(site.Store, run.Content).Config);

    /// <summary>Versions that devices may be at, newest first.</summary>
    internal IReadOnlyList<uint> Earlier(string stream) => [.. site.Releases.All(stream).Where(r => r.Published is not null).Select(r => r.Version)];

    internal PreviousRelease PreviousOf(Release release)
    {
        var content = ReleaseJson.Read<ReleaseContent>(site.Store, release.Content);
        return new PreviousRelease(release.Version, release.Format, release.ContentKey, PackageChanges.Of(content.Resolved), [.. content.Bundles.Select(b => b.Name)]);
    }
}
