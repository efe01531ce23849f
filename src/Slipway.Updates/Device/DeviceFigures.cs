namespace Slipway.Updates.Device;

/// <summary>Counts what one operation does; used by many tasks at a time.</summary>
internal sealed class DeviceFigures
{
    private int _packs;
    private int _deltas;
    private int _fullfiles;
    private int _written;
    private int _deleted;

    public void AddPack() => Interlocked.Increment(ref _packs);

    public void AddDelta() => Interlocked.Increment(ref _deltas);

    public void AddFullfile() => Interlocked.Increment(ref _fullfiles);

    public void AddWritten() => Interlocked.Increment(ref _written);

    public void AddDeleted() => Interlocked.Increment(ref _deleted);

    public bool Changed => _written + _deleted > 0;

    public DeviceCounts ToCounts(TransferCounter transfer, TimeSpan elapsed) => new()
    {
        Bytes = transfer.Bytes,
        Requests = transfer.Requests,
        Packs = _packs,
        Deltas = _deltas,
        Fullfiles = _fullfiles,
        Written = _written,
        Deleted = _deleted,
        Seconds = Math.Round(elapsed.TotalSeconds, 3),
    };
}
