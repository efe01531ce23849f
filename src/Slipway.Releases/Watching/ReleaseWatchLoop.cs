using Slipway.Content;
using Slipway.Releases.Publishing;
using Slipway.Releases.Records;
using Slipway.Releases.Running;

namespace Slipway.Releases.Watching;

/// <summary>
/// Follows every stream of the data directory: completes what a dead process left, decides, makes releases. Woken by the doorbell
/// <c>releases</c>, with a poll behind it.
/// </summary>
public sealed class ReleaseWatchLoop(StreamSite site, ReleasePlanner planner, ReleaseRunner runner, ReleasePublisher publisher)
{
    /// <summary>The longest time without a look. Unset: 30 seconds.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Hears each new decision; unset: nobody.</summary>
    public Action<string, Decision>? Decided { get; init; }

    /// <summary>Hears what went wrong outside of any run; unset: nobody.</summary>
    public Action<string, Exception>? Faulted { get; init; }

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var bell = site.Doorbell;
        while (true)
        {
            var busy = false;
            foreach (var stream in Streams())
            {
                cancellation.ThrowIfCancellationRequested();
                busy |= await TryTickAsync(stream, cancellation).ConfigureAwait(false);
            }
            // Inputs may have moved while a release was made, so there is no wait after one.
            if (!busy)
                await bell.WaitAsync(Poll, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The streams whose repository is in the data directory, by name: a repository is a stream's when it holds stream.yml.</summary>
    public IReadOnlyList<string> Streams()
    {
        if (!Directory.Exists(site.Data.Git))
            return [];
        return [.. Directory.EnumerateDirectories(site.Data.Git, "*.git")
            .Where(d => new Sandbox.Git(d) is var git && git.Head() is { } head && git.ReadFile(head, BytePath.From(Configuration.StreamConfigReader.FileName)) is not null)
            .Select(d => Path.GetFileNameWithoutExtension(d)).Order(StringComparer.Ordinal)];
    }

    /// <summary>One look at a stream, and whatever follows from it. True when a release was made and the next look should not wait.</summary>
    public async Task<bool> TickAsync(string stream, bool forced = false, CancellationToken cancellation = default)
    {
        publisher.Resume(stream);
        if (await ResumeAsync(stream, cancellation).ConfigureAwait(false))
            return true;
        var outlook = planner.Look(stream, forced, cancellation);
        Note(stream, outlook.Decision);
        if (outlook.Decision.Kind == DecisionKind.UpToDate && outlook.Planned.Count > 0)
            site.Database.Write(t => RunLog.Answer(t, stream, outlook.Survey!));
        if (outlook is { Decision.Kind: DecisionKind.Build, Planned.Count: > 0, Survey: { } survey, Sources: { } sources })
        {
            var runs = site.Runs.Begin([.. outlook.Planned.Select(p => (p.Plan, site.Store.Add(ReleaseJson.Bytes(p.Content)), p.Content.Key))], survey);
            return await RunAllAsync(stream, _ => sources, cancellation).ConfigureAwait(false) == runs.Count;
        }
        if (outlook.Sources is not null)
            publisher.Renew(planner.ReadDefinition(stream).Config);
        return false;
    }

    private async Task<bool> TryTickAsync(string stream, CancellationToken cancellation)
    {
        try
        {
            return await TickAsync(stream, cancellation: cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One stream's trouble is not another's; the next look tries again.
            Faulted?.Invoke(stream, e);
            return false;
        }
    }

    private async Task<bool> ResumeAsync(string stream, CancellationToken cancellation)
    {
        var open = site.Runs.Unfinished(stream).Count > 0;
        await RunAllAsync(stream, planner.SourcesOf, cancellation).ConfigureAwait(false);
        return open;
    }

    /// <summary>Carries out what is planned, in order. One that fails ends those that are made with it.</summary>
    /// <returns>How many succeeded.</returns>
    private async Task<int> RunAllAsync(string stream, Func<ReleaseRun, Providers.StreamSources> sources, CancellationToken cancellation)
    {
        var succeeded = 0;
        while (site.Runs.Unfinished(stream) is [var run, ..])
        {
            if ((await runner.RunAsync(run, sources(run), cancellation).ConfigureAwait(false)).State == RunState.Succeeded)
                succeeded++;
        }
        return succeeded;
    }

    private void Note(string stream, Decision decision)
    {
        var before = site.Runs.Streams().FirstOrDefault(s => s.Stream == stream).Decision;
        site.Runs.NoteDecision(stream, decision);
        if (before is null || ReleaseJson.Write(before) != ReleaseJson.Write(decision))
            Decided?.Invoke(stream, decision);
    }
}
