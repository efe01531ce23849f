namespace Slipway.Sandbox;

/// <summary>Watches the free space of a directory's disk: a build that fills it would take the service down with it.</summary>
internal sealed class DiskGuard : IDisposable
{
    private readonly CancellationTokenSource _full;
    private readonly Timer _timer;

    internal DiskGuard(string directory, long reserveBytes, CancellationToken cancellation)
    {
        _full = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var drive = new DriveInfo(directory);
        _timer = new Timer(_ =>
        {
            if (drive.AvailableFreeSpace < reserveBytes)
                _full.Cancel();
        }, null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>Cancelled when the space is gone, and with the caller's own token.</summary>
    internal CancellationToken Full => _full.Token;

    public void Dispose()
    {
        using var finished = new ManualResetEvent(false);
        if (_timer.Dispose(finished))
            finished.WaitOne();
        _full.Dispose();
    }
}
