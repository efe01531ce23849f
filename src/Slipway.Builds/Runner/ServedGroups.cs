using System.Collections.Concurrent;

namespace Slipway.Builds;

/// <summary>Which groups and architectures somebody builds for: the service's own runner, and those that asked for builds not long ago.</summary>
internal sealed class ServedGroups(IReadOnlyList<ServedGroup> own, TimeProvider clock)
{
    // A runner asks several times a second; one that is silent for so long is gone or cut off.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (IReadOnlyList<ServedGroup> Groups, long Time)> _seen = new(StringComparer.Ordinal);

    public void Seen(string runner, IReadOnlyList<ServedGroup> groups) => _seen[runner] = (groups, clock.GetTimestamp());

    public IReadOnlyList<ServedGroup> Now
    {
        get
        {
            foreach (var (runner, seen) in _seen)
                if (clock.GetElapsedTime(seen.Time) > Patience) _seen.TryRemove(new(runner, seen));
            return [.. own.Concat(_seen.Values.SelectMany(one => one.Groups)).Distinct()];
        }
    }
}
