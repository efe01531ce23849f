namespace Slipway.Updates;

/// <summary>One piece of work.</summary>
/// <param name="Bytes">How much content it goes through.</param>
/// <param name="Memory">How many bytes it takes while it runs.</param>
/// <param name="Run">Does it.</param>
internal sealed record Job(long Bytes, long Memory, Action Run);

/// <summary>Does jobs in parallel while the sum of what they hold in memory stays below a bound. The first that fits is taken, so
/// small jobs pass by large ones that must wait; a job that needs more than all of the memory runs alone.</summary>
internal sealed class BoundedWork(int workers, long memory, CancellationToken cancellation)
{
    private readonly object _gate = new();
    private readonly LinkedList<Job> _waiting = [];
    private long _taken;
    private bool _failed;

    public void Run(IEnumerable<Job> jobs)
    {
        foreach (var job in jobs.OrderByDescending(j => j.Bytes)) _waiting.AddLast(job);
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ =>
        {
            while (Take() is { } job) Do(job);
        });
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Null when nothing is left to begin.</summary>
    private Job? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count > 0 && !_failed && !cancellation.IsCancellationRequested)
            {
                if (FirstThatFits() is { } node)
                {
                    _waiting.Remove(node);
                    _taken += node.Value.Memory;
                    return node.Value;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private LinkedListNode<Job>? FirstThatFits()
    {
        if (_taken == 0) return _waiting.First;
        for (var node = _waiting.First; node is not null; node = node.Next)
            if (_taken + node.Value.Memory <= memory) return node;
        return null;
    }

    private void Do(Job job)
    {
        var done = false;
        try
        {
            job.Run();
            done = true;
        }
        finally
        {
            lock (_gate)
            {
                _failed |= !done;
                _taken -= job.Memory;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
