using System.Collections.Concurrent;

namespace Slipway.Server.Devices;

/// <summary>How often one sender may report: a bucket of tokens that fills again with time.</summary>
internal sealed class ReportRate(TimeProvider clock, int burst = 20, double perSecond = 0.2)
{
    private const int MaxSenders = 100_000;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    public bool Allows(string sender)
    {
        // Forgetting everybody at once costs less than being made to remember everybody.
        if (_buckets.Count > MaxSenders) _buckets.Clear();
        var bucket = _buckets.GetOrAdd(sender, _ => new Bucket { Tokens = burst, Filled = clock.GetTimestamp() });
        lock (bucket)
        {
            bucket.Tokens = Math.Min(burst, bucket.Tokens + (clock.GetElapsedTime(bucket.Filled).TotalSeconds * perSecond));
            bucket.Filled = clock.GetTimestamp();
            if (bucket.Tokens < 1) return false;
            bucket.Tokens--;
            return true;
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long Filled { get; set; }
    }
}
