using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Releases.Records;
using Slipway.Releases.Watching;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Publishing;

/// <summary>What a release engineer does by hand. Each is recorded with who did it and why.</summary>
public sealed class ReleaseOperations(StreamSite site, ReleasePlanner planner, ReleasePublisher publisher)
{
    /// <summary>Points a channel to a release that passed its gates; its bytes are not touched.</summary>
    /// <param name="rollOut">Which devices see it. Unset: all.</param>
    public Publication Promote(string stream, string channel, uint version, string who, RollOut? rollOut = null) => publisher.Publish(stream, channel, version, who, rollOut);

    /// <summary>Shows a channel's release to a larger share of its devices, as far as what they report allows.</summary>
    public Publication Widen(string stream, string channel, int percent, ReportedUpdates reports, string who)
    {
        var what = $"widen the roll-out of {stream} {channel}";
        var now = site.RollOuts.Find(stream, channel) is { } found && found.Version == site.Channels.Find(stream, channel).Version ? found
            : throw Refused(what, "no roll-out is under way there", "promote a release with --percent");
        if (percent <= now.RollOut.Percent)
            throw Refused(what, $"{now.RollOut.Percent} % see it already, and a share never gets smaller", "roll back, or name a larger share");
        if (reports.Refusal is { } refusal)
            throw Refused(what, refusal, "look at the devices' reports; roll back when the release is at fault");
        return publisher.Publish(stream, channel, now.Version, who, now.RollOut with { Percent = percent });
    }

    /// <summary>Records an exception from a gate, and lets inputs that failed be tried again.</summary>
    public void Waive(Waiver waiver)
    {
        if (waiver.Until <= site.Database.Now)
            throw Refused($"waive {waiver.Gate}", "its end date is over", "name a later day");
        site.Database.Write(t =>
        {
            site.RollOuts.Waive(t, waiver);
            Records.RunLog.Forgive(t, waiver.Stream);
            new AuditLog(site.Database).Record(t, waiver.Author, "waive gate", $"{waiver.Stream} {waiver.Gate} of {(waiver.Version == 0 ? "any release" : StreamPlaces.Text(waiver.Version))}: {waiver.Reason}");
        });
        site.Doorbell.Ring();
    }

    /// <summary>
    /// Takes the release a channel shows back: it is marked withdrawn, the pointer returns to the last good release for devices that have
    /// not updated, and that release's content is planned again under a higher number for those that have.
    /// </summary>
    /// <returns>The run that the watcher, or whoever calls, carries out.</returns>
    public ReleaseRun Rollback(string stream, string channel, string who, string reason)
    {
        var bad = site.Channels.Find(stream, channel).Version;
        if (bad == 0)
            throw Refused($"roll back {stream} {channel}", "nothing is published there", "publish a release first");
        return Rollback(stream, [channel], bad, who, reason);
    }

    /// <summary>Marks a release as bad. Channels that show it are rolled back.</summary>
    /// <returns>The run that replaces it; null when no channel shows it.</returns>
    public ReleaseRun? Withdraw(string stream, uint version, string who, string reason)
    {
        var release = site.Releases.Require(stream, version);
        if (release.State == ReleaseState.Withdrawn)
            throw Refused($"withdraw {stream}/{version}", $"it was withdrawn before: {release.Withdrawal?.Reason}", "look at its record");
        if (!release.IsWhole)
            throw Refused($"withdraw {stream}/{version}", "it was never published", "nothing needs to be done");
        var channels = site.Channels.All(stream).Where(c => c.Version == version).Select(c => c.Name).ToList();
        if (channels.Count > 0)
            return Rollback(stream, channels, version, who, reason);
        site.Database.Write(t => Mark(t, release, [], who, reason));
        return null;
    }

    /// <summary>Lets the watcher publish to a channel again that a person or a failed rollback holds.</summary>
    public void Release(string stream, string channel, string who) => site.Database.Write(t =>
    {
        Records.ChannelLog.LetGo(t, stream, channel);
        new AuditLog(site.Database).Record(t, who, "release channel", $"{stream} {channel}");
    });

    /// <summary>Keeps the watcher from publishing to a channel.</summary>
    public void Hold(string stream, string channel, string who, string reason) => site.Database.Write(t =>
    {
        site.Channels.Hold(t, stream, channel, reason, who);
        new AuditLog(site.Database).Record(t, who, "hold channel", $"{stream} {channel}: {reason}");
    });

    private ReleaseRun Rollback(string stream, IReadOnlyList<string> channels, uint bad, string who, string reason)
    {
        using var held = site.Places(stream).Lock("roll back");
        var release = site.Releases.Require(stream, bad);
        var madeWith = site.Runs.Find(release.Run)!.Plan.Chain;
        var good = site.Releases.All(stream).FirstOrDefault(r => r.Version < bad && r.State == ReleaseState.Published && !madeWith.Contains(r.Version))
            ?? throw Refused($"roll back {stream}/{bad}", "no earlier release was published", "commit a correction; it becomes the next version");
        if (ReleaseJson.Read<ReleaseContent>(site.Store, good.Content).Adopted)
            throw Refused($"roll back {stream}/{bad}", $"version {good.Version} before it was taken over and its packages are not known", "hold the channel and commit a correction; it becomes the next version");
        site.Database.Write(t => Mark(t, release, channels, who, reason));
        foreach (var channel in channels)
            publisher.PublishHeld(stream, channel, good.Version, who, backwards: true);
        var run = Plan(stream, channels, release, good, who, reason)[^1];
        site.Doorbell.Ring();
        return run;
    }

    private void Mark(System.Data.IDbTransaction t, Release release, IReadOnlyList<string> channels, string who, string reason)
    {
        site.Releases.SetWithdrawn(t, release.Stream, release.Version, who, reason);
        foreach (var channel in channels)
            site.Channels.Hold(t, release.Stream, channel, $"version {release.Version} was withdrawn: {reason}", who);
        if (site.Runs.Find(release.Run) is { } run)
            site.Runs.NoteFailure(t, release.Stream, run.Fingerprint, sameAgain: true, $"version {release.Version} was withdrawn by {who}: {reason}");
        new AuditLog(site.Database).Record(t, who, "withdraw", $"{release.Stream}/{release.Version}: {reason}");
    }

    private IReadOnlyList<ReleaseRun> Plan(string stream, IReadOnlyList<string> channels, Release bad, Release good, string who, string reason)
    {
        var content = ReleaseJson.Read<ReleaseContent>(site.Store, good.Content);
        var last = site.Releases.Last(stream)!;
        var cause = new Reason(ReasonKind.Withdrawn, $"version {bad.Version} was withdrawn by {who}: {reason}; this is the content of {good.Version} again");
        var history = site.Runs.History(stream, "");
        var planned = new List<(ReleasePlan, Digest, string)>();
        foreach (var (version, continues) in Versions(content.Config.Versions, history.LastVersion, good, last))
        {
            var its = content with { PlannedFormat = version.Format };
            var from = planner.Earlier(stream).Where(r => r.Format == version.Format).Select(r => r.Version);
            var plan = ReleasePlan.Make(its, version, planner.PreviousOf(continues), [.. from.Prepend(bad.Version).Where(v => v <= continues.Version).Distinct()], [cause]) with
            {
                RollsBack = true,
                PublishTo = channels,
                Problems = [],
            };
            planned.Add((plan, site.Store.Add(ReleaseJson.Bytes(its)), its.Key));
        }
        // The inputs of the bad release count as answered by this one: only a further change makes the next.
        var survey = history.Answered ?? site.Runs.Find(bad.Run)!.Survey;
        return site.Runs.Begin(Chained(planned), survey);
    }

    /// <summary>
    /// One version, or over a format bump a pair anew: devices that stayed in the old format cross over good content, and those that crossed
    /// already go on from the bad.
    /// </summary>
    private IEnumerable<(PlannedVersion Version, Release Continues)> Versions(VersionScheme scheme, uint highest, Release good, Release last)
    {
        var upstream = site.Runs.Find(last.Run)!.Plan is var plan ? plan.Upstream : null;
        var what = $"roll back to {good.Stream}/{good.Version}";
        if (last.Format > good.Format + 1)
            throw Refused(what, $"two format bumps lie between it and {last.Version}", "correct the newest version instead; the correction becomes the next version");
        if (good.Format == last.Format)
        {
            yield return (new PlannedVersion(scheme.Next(highest, true, upstream) ?? throw Refused(what, "version numbers are used up", "wait for the upstream's next version"),
                last.Format, upstream, ReleaseRole.Rollback, false, plan.UpstreamFormat), last);
            yield break;
        }
        var pair = scheme.NextPair(highest, true, upstream, upstream) ?? throw Refused(what, "version numbers are used up", "wait for the upstream's next version");
        yield return (new PlannedVersion(pair.Plus10, good.Format, upstream, ReleaseRole.Plus10, false, plan.UpstreamFormat), good);
        yield return (new PlannedVersion(pair.Plus20, last.Format, upstream, ReleaseRole.Plus20, true, plan.UpstreamFormat), last);
    }

    private static List<(ReleasePlan, Digest, string)> Chained(List<(ReleasePlan Plan, Digest Content, string Key)> planned)
    {
        if (planned.Count == 1)
            return planned;
        uint[] chain = [.. planned.Select(p => p.Plan.Version)];
        return [.. planned.Select((p, i) => (p.Plan with { Chain = chain, Claims = i == 0 ? chain[1] : 0 }, p.Content, p.Key))];
    }

    private static SlipwayException Refused(string what, string why, string remedy) => new(what, why, remedy) { Kind = FailureKind.Blocked };
}

/// <summary>What devices reported of a release.</summary>
/// <param name="Failed">Updates to it that failed.</param>
public sealed record ReportedUpdates(int Succeeded, int Failed)
{
    /// <summary>So many reports are needed before a share grows.</summary>
    public int Needed { get; init; } = 1;

    /// <summary>More failures than this share of the reports halt a roll-out.</summary>
    public int HaltPercent { get; init; } = 5;

    /// <summary>Why a roll-out may not grow; null when it may.</summary>
    public string? Refusal => Succeeded + Failed < Needed
        ? $"{Succeeded + Failed} devices have reported of it, {Needed} are needed"
        : Failed * 100L > HaltPercent * (long)(Succeeded + Failed) ? $"{Failed} of {Succeeded + Failed} reported updates failed, more than {HaltPercent} %" : null;
}
