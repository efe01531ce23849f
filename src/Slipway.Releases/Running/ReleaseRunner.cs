using System.Data;
using Slipway.Compose;
using Slipway.Content;
using Slipway.Releases.Gates;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.State;

namespace Slipway.Releases.Running;

/// <summary>Something a run did, for whoever follows it.</summary>
public sealed record RunEvent(string Stream, uint Version, string Stage, string Text);

/// <summary>
/// Carries out a planned run, stage by stage. Each stage ends in one transaction that records its outputs by digest; a run that was cut
/// off goes on with the first stage that is not recorded, and makes the same bytes because its inputs and its time are fixed.
/// </summary>
public sealed class ReleaseRunner(StreamSite site, Composer composer, ReleaseGates gates, ReleasePublisher publisher)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(5);

    private readonly Leases _leases = new(site.Database, s_lease);

    /// <summary>Hears what is done; unset: nobody.</summary>
    public Action<RunEvent>? Events { get; init; }

    /// <summary>Runs or resumes to the end. A failure is an outcome: the returned run says failed or blocked, and why.</summary>
    public async Task<ReleaseRun> RunAsync(ReleaseRun run, StreamSources sources, CancellationToken cancellation = default)
    {
        var ended = await RunHeldAsync(run, sources, cancellation).ConfigureAwait(false);
        await gates.CleanAsync(site.Places(run.Stream)).ConfigureAwait(false);
        return ended;
    }

    private async Task<ReleaseRun> RunHeldAsync(ReleaseRun run, StreamSources sources, CancellationToken cancellation)
    {
        using var held = site.Places(run.Stream).Lock($"make version {run.Version}");
        var lease = site.Database.Write(t => _leases.TryTake(t, RunLeaseOf(run.Stream), "releases"))
            ?? throw new SlipwayException($"make {run.Stream}/{run.Version}", "another process makes a release of this stream", "wait for it to end") { Kind = FailureKind.Blocked };
        try
        {
            await RunStagesAsync(run, sources, lease, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not FenceException)
        {
            Fail(run, lease, e);
        }
        site.Database.Write(t => _leases.Release(t, lease));
        return site.Runs.Find(run.Id)!;
    }

    private async Task RunStagesAsync(ReleaseRun run, StreamSources sources, Lease lease, CancellationToken cancellation)
    {
        var stages = new ReleaseStages(site, composer, gates, publisher, sources, run, text => Events?.Invoke(text));
        var done = site.Runs.Stages(run.Id).Where(s => s.Done).ToDictionary(s => s.Stage, s => s.Outputs);
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["content"] = run.Content.ToString() };
        var position = 0;
        foreach (var (stage, action) in stages.All)
        {
            position++;
            if (!done.TryGetValue(stage, out var outputs))
            {
                cancellation.ThrowIfCancellationRequested();
                outputs = await StageAsync(run, lease, position, stage, action, inputs, cancellation).ConfigureAwait(false);
            }
            foreach (var (name, value) in outputs)
                inputs[name] = value;
        }
        Commit(lease, t => site.Runs.Succeed(t, run));
        Events?.Invoke(new RunEvent(run.Stream, run.Version, "done", $"version {run.Version} is made"));
    }

    private async Task<IReadOnlyDictionary<string, string>> StageAsync(
        ReleaseRun run, Lease lease, int position, string stage, Func<CancellationToken, Task<StageEnd>> action, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellation)
    {
        Commit(lease, t => site.Runs.BeginStage(t, run.Id, position, stage, inputs));
        Events?.Invoke(new RunEvent(run.Stream, run.Version, stage, "begins"));
        var started = site.Clock.GetTimestamp();
        var end = await action(cancellation).ConfigureAwait(false);
        var seconds = site.Clock.GetElapsedTime(started).TotalSeconds;
        Commit(lease, t =>
        {
            end.Commit?.Invoke(t);
            site.Runs.EndStage(t, run.Id, stage, end.Outputs, seconds);
        });
        Events?.Invoke(new RunEvent(run.Stream, run.Version, stage, $"done in {seconds:F1} s{(end.Text is null ? "" : ": " + end.Text)}"));
        return end.Outputs;
    }

    private void Commit(Lease lease, Action<IDbTransaction> write) => site.Database.Write(t =>
    {
        if (!Leases.Holds(t, lease))
            throw new FenceException();
        write(t);
    });

    private void Fail(ReleaseRun run, Lease lease, Exception cause)
    {
        var blocked = cause is GatesFailedException;
        // A gate, a rule or the configuration says no to the same inputs again; a disk, a mirror or a signer may answer otherwise later.
        var sameAgain = blocked || cause is ConfigException or SlipwayException { Kind: FailureKind.Usage or FailureKind.Blocked };
        Commit(lease, t =>
        {
            if (cause is GatesFailedException gatesFailed)
                Records.ReleaseLog.SetGates(t, run.Stream, run.Version, gatesFailed.Results);
            site.Runs.Fail(t, run, blocked, sameAgain, cause.Message);
        });
        RemoveTraces(run);
        Events?.Invoke(new RunEvent(run.Stream, run.Version, blocked ? "blocked" : "failed", cause.Message));
    }

    private void RemoveTraces(ReleaseRun run)
    {
        var places = site.Places(run.Stream);
        foreach (var version in run.Plan.Chain.Append(run.Version).Distinct())
        {
            if (site.Releases.Require(run.Stream, version).IsWhole)
                continue;
            places.Remove(places.MixContent(version));
            places.Remove(Path.GetDirectoryName(places.Full(version))!);
            places.Remove(places.Release(version));
        }
    }

    private static string RunLeaseOf(string stream) => $"release/{stream}";

    private sealed class FenceException() : SlipwayException("go on with the run", "another process took it over", null);
}

/// <summary>What a stage leaves: its outputs by name, and what else belongs into the transaction that ends it.</summary>
internal sealed record StageEnd(IReadOnlyDictionary<string, string> Outputs, Action<IDbTransaction>? Commit = null, string? Text = null);

/// <summary>Gates that did not pass.</summary>
internal sealed class GatesFailedException(IReadOnlyList<GateResult> results) : SlipwayException(
    "pass the gates",
    string.Join("; ", results.Where(r => r.Verdict == GateVerdict.Failed).Select(r => $"{r.Gate}: {r.Detail}")),
    "mend the cause and commit; the next inputs make a new version")
{
    public IReadOnlyList<GateResult> Results { get; } = results;
}
