using Slipway.Content;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What a runner is.</summary>
public sealed record RunnerOptions
{
    /// <summary>Unique among the runners; stays the same over restarts.</summary>
    public string Name { get; init; } = "local";

    /// <summary>The groups whose requests it takes, each with the machine's architecture.</summary>
    public required IReadOnlyList<ServedGroup> Groups { get; init; }

    /// <summary>How many builds run at once. Unset: 2.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>What must be free on the machine before another build begins. Unset: nothing is looked at.</summary>
    public RunnerRoom Room { get; init; } = new();

    /// <summary>Time between two heartbeats; a cancelled build notices at the next one. Unset: half a second.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Leases builds and runs them, so many at once. Told to stop, it stops what runs and hands it back.</summary>
public sealed class RunnerLoop(
    RunnerOptions options, IRunnerDesk desk, AttemptRun attempts, Func<CancellationToken, Task> removeRoots, Doorbell bell, TimeProvider clock, Action<string> say)
{
    // A new process is another holder: whatever the one before it held is lost, and is seen to be.
    private readonly string _instance = $"{options.Name}#{Guid.NewGuid():N}";

    public async Task RunAsync(CancellationToken cancellation)
    {
        await StartAsync(cancellation).ConfigureAwait(false);
        await RemoveLeftoversAsync(cancellation).ConfigureAwait(false);
        var running = new List<Task>();
        string? failure = null;
        while (!cancellation.IsCancellationRequested)
        {
            running.RemoveAll(task => task.IsCompleted);
            try
            {
                desk.GiveUpLost();
                if (running.Count < options.Parallel && options.Room.Short() is { } why) throw new SlipwayException("no build begins", why, "make room");
                while (running.Count < options.Parallel && options.Room.Short() is null && desk.TryLease(_instance, options.Groups) is { } lease)
                    running.Add(Task.Run(() => RunOneAsync(lease, cancellation), CancellationToken.None));
                failure = null;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // Said once for as long as it lasts: it is tried several times a second.
                if (failure != error.Message) say($"leasing a build failed and is tried again: {error.Message}");
                failure = error.Message;
            }
            await WaitAsync(running, cancellation).ConfigureAwait(false);
        }
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    // The service may be away when a runner starts.
    private async Task StartAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                if (desk.GiveUpLost(_instance) is > 0 and var lost) say($"{lost} builds of an earlier process are built again");
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                say($"beginning failed and is tried again: {error.Message}");
                await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task RemoveLeftoversAsync(CancellationToken cancellation)
    {
        try
        {
            await removeRoots(cancellation).ConfigureAwait(false);
            attempts.RemoveLeftovers();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            say($"removing what killed builds left failed: {error.Message}");
        }
    }

    private async Task WaitAsync(List<Task> running, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rung = bell.WaitAsync(TimeSpan.FromMilliseconds(250), either.Token);
        await Task.WhenAny([rung, .. running]).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        await rung.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunOneAsync(BuildLease lease, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var done = new CancellationTokenSource();
        var heartbeat = BeatAsync(lease, end, done.Token);
        try
        {
            await attempts.RunAsync(lease, stop, end.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            say($"build {lease.Build}: {error.Message}");
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await heartbeat.ConfigureAwait(false);
        }
    }

    private async Task BeatAsync(BuildLease lease, CancellationTokenSource end, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            try
            {
                if (!desk.Renew(lease)) await end.CancelAsync().ConfigureAwait(false);
                await Task.Delay(options.Heartbeat, clock, done).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                say($"heartbeat of build {lease.Build} failed and is tried again: {error.Message}");
            }
        }
    }
}
