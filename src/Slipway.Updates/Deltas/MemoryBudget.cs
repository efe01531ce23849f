namespace Slipway.Updates;

/// <summary>Keeps the sum of what parallel jobs hold in memory below a bound; a job that needs more than all of it runs alone.</summary>
internal sealed class MemoryBudget(long total)
{
    private readonly object _gate = new();
    private long _taken;

    public void Run(long bytes, Action job)
    {
        lock (_gate)
        {
            while (_taken > 0 && _taken + bytes > total) Monitor.Wait(_gate);
            _taken += bytes;
        }

        try
        {
            job();
        }
        finally
        {
            lock (_gate)
            {
                _taken -= bytes;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
