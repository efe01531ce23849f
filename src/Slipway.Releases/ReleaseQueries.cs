using Slipway.Compose;
using Slipway.Content;
using Slipway.Releases.Notes;
using Slipway.Releases.Planning;
using Slipway.Releases.Records;
using Slipway.Releases.Watching;

namespace Slipway.Releases;

/// <summary>A stream as the dashboard shows it.</summary>
/// <param name="Latest">The newest version that was published; null before the first.</param>
public sealed record StreamView(string Name, IReadOnlyList<ChannelView> Channels, uint? Latest, Decision? LastDecision, DateTimeOffset? Decided);

public sealed record ChannelView(string Name, uint Version, long Sequence, DateTimeOffset? Switched, string? HeldBecause, int Percent);

/// <summary>A release in a list.</summary>
public sealed record ReleaseView(
    uint Version, ReleaseState State, int Format, uint Previous, DateTimeOffset Created, DateTimeOffset? Published, IReadOnlyList<Reason> Reasons,
    IReadOnlyList<GateResult> Gates, IReadOnlyList<string> Bundles, long Bytes, long Paths, long Packages, string? Failure, WithdrawalView? Withdrawal,
    IReadOnlyList<StageView> Stages);

public sealed record WithdrawalView(string By, string Reason, DateTimeOffset At);

public sealed record StageView(string Stage, bool Done, double? Seconds, int Starts, IReadOnlyDictionary<string, string> Outputs);

/// <summary>What differs between two releases. Paths are listed up to a limit; the counts are whole.</summary>
public sealed record ReleaseDiff(
    uint From, uint To, PackageChanges Packages, IReadOnlyList<string> AddedBundles, IReadOnlyList<string> RemovedBundles,
    int AddedFiles, int ChangedFiles, int RemovedFiles, IReadOnlyList<FileChange> Files);

/// <param name="Change">added, changed or removed.</param>
public sealed record FileChange(string Path, string Change, IReadOnlyList<string> Bundles);

/// <summary>Answers of this room for the API, the dashboard and the command line. Reads only.</summary>
public sealed class ReleaseQueries(StreamSite site)
{
    private const int MaxFilesShown = 1000;

    public IReadOnlyList<StreamView> Streams() => [.. site.Runs.Streams().Select(s => new StreamView(
        s.Stream, Channels(s.Stream), site.Releases.All(s.Stream).FirstOrDefault(r => r.Published is not null)?.Version, s.Decision, Time(s.At)))];

    public IReadOnlyList<ChannelView> Channels(string stream) => [.. site.Channels.All(stream).Select(c =>
        new ChannelView(c.Name, c.Version, c.Sequence, c.Switched == 0 ? null : Time(c.Switched), c.Hold?.Reason, PercentOf(c)))];

    private int PercentOf(Channel channel) => site.RollOuts.Find(channel.Stream, channel.Name) is { } found && found.Version == channel.Version ? found.RollOut.Percent : 100;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Waiver> Waivers(string stream) => site.RollOuts.Waivers(stream);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ReleaseView> Releases(string stream) => [.. site.Releases.All(stream).Select(View)];

    public ReleaseView? Release(string stream, uint version) => site.Releases.Find(stream, version) is { } release ? View(release) : null;

    /// <summary>The notes; null when there is no such release or it has none.</summary>
    public ReleaseNotes? Notes(string stream, uint version) =>
        site.Releases.Find(stream, version)?.Notes is { } notes ? ReleaseJson.Read<ReleaseNotes>(site.Store, notes) : null;

    public IReadOnlyList<ReleasedPackage> Packages(string stream, uint version) => PackageChanges.Of(Content(site.Releases.Require(stream, version)).Resolved);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ReleaseRun> Runs(string stream, int count = 50) => site.Runs.Newest(stream, count);

    public ReleaseDiff Diff(string stream, uint from, uint to)
    {
        var (before, after) = (site.Releases.Require(stream, from), site.Releases.Require(stream, to));
        var (oldContent, newContent) = (Content(before), Content(after));
        var (oldBundles, newBundles) = (oldContent.Bundles.Select(b => b.Name).ToList(), newContent.Bundles.Select(b => b.Name).ToList());
        var changes = Changes(Map(before), Map(after)).ToList();
        return new ReleaseDiff(
            from, to, PackageChanges.Between(PackageChanges.Of(oldContent.Resolved), PackageChanges.Of(newContent.Resolved)),
            [.. newBundles.Except(oldBundles)], [.. oldBundles.Except(newBundles)],
            changes.Count(c => c.Change == "added"), changes.Count(c => c.Change == "changed"), changes.Count(c => c.Change == "removed"),
            [.. changes.Take(MaxFilesShown)]);
    }

    private static IEnumerable<FileChange> Changes(ReleaseMap before, ReleaseMap after)
    {
        var old = before.Files.ToDictionary(f => f.Path);
        foreach (var file in after.Files)
        {
            if (!old.Remove(file.Path, out var was))
                yield return new FileChange(file.Path.ToString(), "added", file.Bundles);
            else if (was.Hash != file.Hash)
                yield return new FileChange(file.Path.ToString(), "changed", file.Bundles);
        }
        foreach (var gone in old.Values.OrderBy(f => f.Path))
            yield return new FileChange(gone.Path.ToString(), "removed", gone.Bundles);
    }

    private ReleaseMap Map(Release release)
    {
        var digest = release.Map ?? throw new SlipwayException($"compare {release.Stream}/{release.Version}", "it was never composed", "choose another version") { Kind = FailureKind.Usage };
        using var content = site.Store.Open(digest);
        return ReleaseMap.Parse(content, $"{release.Stream}/{release.Version}");
    }

    private ReleaseView View(Release release)
    {
        var run = site.Runs.Find(release.Run)!;
        return new ReleaseView(
            release.Version, release.State, release.Format, release.Previous, Time(release.Created)!.Value, Time(release.Published), run.Plan.Reasons,
            site.Releases.Gates(release.Stream, release.Version), run.Plan.Bundles, release.Bytes, release.Paths, release.Packages, run.Failure,
            release.Withdrawal is { } w ? new WithdrawalView(w.By, w.Reason, Time(w.At)!.Value) : null,
            [.. site.Runs.Stages(run.Id).Select(s => new StageView(s.Stage, s.Done, s.Seconds, s.Starts, s.Outputs))]);
    }

    private ReleaseContent Content(Release release) => ReleaseJson.Read<ReleaseContent>(site.Store, release.Content);

    private static DateTimeOffset? Time(long? seconds) => seconds is { } s ? DateTimeOffset.FromUnixTimeSeconds(s) : null;
}
