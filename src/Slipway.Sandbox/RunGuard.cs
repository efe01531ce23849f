using System.Diagnostics;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>
/// Watches what no kernel limit holds: silence, the size of the upper directory, and the free space of its disk, since a build that
/// fills that would take the service down with it.
/// </summary>
internal sealed class RunGuard : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);

    // A disk that does not answer for this long may be full or gone; what cannot be looked at cannot be promised.
    private const int MaxBlindLooks = 10;

    private readonly SandboxLimits _limits;
    private readonly string _upper;
    private readonly DriveInfo _drive;
    private readonly CancellationTokenSource _end;
    private readonly Timer _timer;
    private long _lastOutput = Stopwatch.GetTimestamp(), _nextMeasure;
    private int _blindLooks;

    internal RunGuard(string directory, SandboxLimits limits, bool interactive, CancellationToken cancellation)
    {
        _limits = interactive ? limits with { Silence = TimeSpan.MaxValue } : limits;
        _upper = Path.Combine(directory, "upper");
        _drive = new DriveInfo(directory);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Its first look may come before a constructor that starts it has returned.
        _timer = new Timer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when a limit was reached, and with the caller's own token.</summary>
    internal CancellationToken End => _end.Token;

    /// <summary>The limit that was reached, or null.</summary>
    internal SandboxLimit? Reached { get; private set; }

    internal void Heard() => Interlocked.Exchange(ref _lastOutput, Stopwatch.GetTimestamp());

    public void Dispose()
    {
        using var finished = new ManualResetEvent(false);
        if (_timer.Dispose(finished))
            finished.WaitOne();
        _end.Dispose();
    }

    private void Look()
    {
        Reached = DiskIsShort() ? SandboxLimit.MachineDisk
            : Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastOutput)) >= _limits.Silence ? SandboxLimit.Silence
            : UpperIsTooLarge() ? SandboxLimit.Disk
            : null;
        if (Reached is not null)
            // Whoever waits for it may go on within the call, up to disposing of this, which waits for this very look.
            _ = _end.CancelAsync();
        else
            _timer.Change(Pace, Timeout.InfiniteTimeSpan);
    }

    private bool DiskIsShort()
    {
        try
        {
            var isShort = _drive.AvailableFreeSpace < _limits.DiskReserveBytes;
            _blindLooks = 0;
            return isShort;
        }
        catch (Exception unanswered) when (unanswered is IOException or UnauthorizedAccessException)
        {
            // Thrown on the timer's thread it would end the whole process, and with it every other build.
            return ++_blindLooks >= MaxBlindLooks;
        }
    }

    // Measuring a large tree takes a while; it may take a twentieth of one processor and no more.
    private bool UpperIsTooLarge()
    {
        var begin = Stopwatch.GetTimestamp();
        if (begin < _nextMeasure)
            return false;
        long bytes = 0;
        try
        {
            using var tree = RootedTree.Open(_upper);
            foreach (var entry in tree.Walk().Where(e => e.Stat.Type == NodeType.Regular))
            {
                // Two names of one file count it twice; sparse files count in full: both only ever make the limit stricter.
                if ((bytes += entry.Stat.Size) > _limits.DiskBytes)
                    return true;
            }
        }
        catch (Exception moving) when (moving is TreeException or IOException)
        {
            // A directory went away while it was read: the next look sees the rest.
        }
        var end = Stopwatch.GetTimestamp();
        _nextMeasure = end + 20 * (end - begin);
        return false;
    }
}
