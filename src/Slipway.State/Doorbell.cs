namespace Slipway.State;

/// <summary>
/// A file by which one process wakes another: ringing changes it. A ring is a hint and may be lost, so whoever waits also
/// looks by itself after a while.
/// </summary>
public sealed class Doorbell
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);
    private static long _rings;
    private string _seen;

    /// <summary>From here on a ring counts, also before the first wait.</summary>
    public Doorbell(string file)
    {
        File = file;
        _seen = Look();
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Wakes whoever waits.</summary>
    public void Ring()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!);
        // Content differs at every ring; the time of change alone may be too coarse. Durability is of no use here.
        System.IO.File.WriteAllText(File, $"{Environment.ProcessId}-{Interlocked.Increment(ref _rings)}-{Guid.NewGuid():N}");
    }

    /// <summary>Returns when the bell was rung since this object last looked, or when the time has passed. Not for several waiters on one object.</summary>
    public async Task WaitAsync(TimeSpan poll, CancellationToken cancellation)
    {
        var before = _seen;
        var left = poll;
        while (left > TimeSpan.Zero)
        {
            var now = Look();
            if (now != before)
            {
                _seen = now;
                return;
            }

            var pause = left < Glance ? left : Glance;
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            left -= pause;
        }
    }

    private string Look()
    {
        try
        {
            // The time too: a hook rings with `touch`, which leaves the content as it is.
            return $"{System.IO.File.GetLastWriteTimeUtc(File).Ticks} {System.IO.File.ReadAllText(File)}";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
