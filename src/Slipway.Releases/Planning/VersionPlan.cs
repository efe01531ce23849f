using Slipway.Releases.Configuration;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Planning;

/// <summary>What numbers and formats are planned from.</summary>
public sealed record VersionQuestion
{
    public required VersionScheme Scheme { get; init; }

    /// <summary>Null before the first version.</summary>
    public StreamPosition? Position { get; init; }

    /// <summary>The highest number ever planned; 0 for none.</summary>
    public uint LastPlanned { get; init; }

    /// <summary>Null for an upstream without numbers, or none at all.</summary>
    public UpstreamVersions? Upstream { get; init; }

    /// <summary>The version of the upstream that the policy chose.</summary>
    public UpstreamVersion? Chosen { get; init; }

    public ReleaseRequest Request { get; init; } = ReleaseRequest.None;

    /// <summary>The format of a first version whose upstream has none.</summary>
    public int FirstFormat { get; init; } = 1;

    /// <summary>True when no bundle is left out for want of its provider.</summary>
    public bool Complete { get; init; } = true;
}

/// <summary>
/// The versions to be made, in order. Every format bump of the upstream is followed by a pair of versions, none is skipped: devices cross
/// formats only there. The whole plan is known before anything is made.
/// </summary>
/// <param name="Refusal">Why there is no plan; null when there is one.</param>
public sealed record VersionPlan(IReadOnlyList<PlannedVersion> Versions, Reason? Refusal)
{
    public static VersionPlan Make(VersionQuestion question)
    {
        if (question.Position is not { } position)
            return First(question);
        if (question.Chosen is { } chosen && chosen.Version < position.Upstream)
            return Refused(ReasonKind.UpstreamWentBack, $"the upstream is at {chosen.Version}, and version {position.Version} was made from {position.Upstream}");
        return new Steps(question, position).Plan();
    }

    private static VersionPlan First(VersionQuestion question)
    {
        if (question.Request.FormatBump)
            return Refused(ReasonKind.InvalidRequest, "a first version has no format before it that could be raised");
        return question.Scheme.Next(question.LastPlanned, question.Complete, question.Chosen?.Version) is { } version
            ? new([new PlannedVersion(version, question.Chosen?.Format ?? question.FirstFormat, question.Chosen?.Version, ReleaseRole.Regular, question.Request.MinVersion, question.Chosen?.Format ?? 0)], null)
            : Exhausted(question.Chosen?.Version);
    }

    private static VersionPlan Exhausted(uint? upstream) => Refused(ReasonKind.Exhausted,
        upstream is null ? $"version numbers are used up at {uint.MaxValue}" : $"the numbers for versions made from {upstream} are used up; the upstream's next version brings new ones");

    private static VersionPlan Refused(ReasonKind kind, string text) => new([], new Reason(kind, text));

    private sealed class Steps(VersionQuestion question, StreamPosition position)
    {
        private readonly List<PlannedVersion> _versions = [];
        private uint _last = Math.Max(question.LastPlanned, position.Version);
        private int _format = position.Format;
        private uint _covered;

        public VersionPlan Plan()
        {
            var chosen = question.Chosen;
            for (var format = position.UpstreamFormat; chosen is not null && position.UpstreamFormat > 0 && format < chosen.Format; format++)
            {
                if (Range(format)?.Latest is not { } last || Range(format + 1)?.First is not { } first)
                    return Refused(ReasonKind.UpstreamIncomplete, $"the upstream does not say which version is the last of format {format} and which the first of format {format + 1}");
                // What the stream is made from already is not taken back for the last version of the old format.
                if (!Pair(new UpstreamVersion(Math.Max(last, position.Upstream), format), new UpstreamVersion(first, format + 1)))
                    return Exhausted(first);
                _covered = first;
            }
            if (_versions.Count == 0 && question.Request.FormatBump)
                return Pair(chosen, chosen) ? new(_versions, null) : Exhausted(chosen?.Version);
            if (_versions.Count > 0 && chosen!.Version <= _covered)
                return new(_versions, null);
            return Regular(chosen) ? new(_versions, null) : Exhausted(chosen?.Version);
        }

        private FormatRange? Range(int format) => question.Upstream?.Formats.GetValueOrDefault(format);

        private bool Regular(UpstreamVersion? from)
        {
            if (question.Scheme.Next(_last, question.Complete, from?.Version) is not { } version)
                return false;
            _versions.Add(new PlannedVersion(version, _format, from?.Version, ReleaseRole.Regular, question.Request.MinVersion, from?.Format ?? 0));
            return true;
        }

        private bool Pair(UpstreamVersion? old, UpstreamVersion? fresh)
        {
            if (question.Scheme.NextPair(_last, question.Complete, old?.Version, fresh?.Version) is not { } pair)
                return false;
            _versions.Add(new PlannedVersion(pair.Plus10, _format, old?.Version, ReleaseRole.Plus10, question.Request.MinVersion, old?.Format ?? 0));
            _versions.Add(new PlannedVersion(pair.Plus20, ++_format, fresh?.Version, ReleaseRole.Plus20, MinVersion: true, fresh?.Format ?? 0));
            _last = pair.Plus20;
            return true;
        }
    }
}
