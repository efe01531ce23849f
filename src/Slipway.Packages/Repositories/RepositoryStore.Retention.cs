using Slipway.Content;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>Keeps a snapshot out of every retention until it is let go.</summary>
    public void Keep(RepositoryId id, long number, string reason) => _records.Keep(id, Show(id, number).Number, reason);

    /// <summary>Ends <see cref="Keep"/>; false when it was not kept.</summary>
    public bool LetGo(RepositoryId id, long number) => _records.LetGo(id, number);

    /// <summary>The snapshots that people keep, with their reasons.</summary>
    public IReadOnlyDictionary<long, string> Kept(RepositoryId id) => _records.Kept(id);

    /// <summary>The content that snapshots need, of packages as published; what a publication takes up again it asks the store for.</summary>
    /// <param name="without">Snapshots that are about to go.</param>
    public IEnumerable<Digest> Needed(IReadOnlyList<Snapshot> without)
    {
        var going = without.ToLookup(snapshot => snapshot.Repository, snapshot => snapshot.Number);
        return _records.Repositories().Select(RepositoryId.Parse).SelectMany(id => _records.Needed(id, going[id].ToHashSet()));
    }

    /// <summary>Removes snapshots that retention does not hold: from the records first, so that a crash leaves trees for the next recovery to remove.</summary>
    /// <param name="isNeeded">Whether something else, such as a release, needs the snapshot.</param>
    /// <param name="dryRun">Says what would go and touches nothing.</param>
    /// <returns>What went.</returns>
    public IReadOnlyList<Snapshot> Retire(SnapshotRetention retention, Func<Snapshot, bool> isNeeded, bool dryRun)
    {
        var retired = new List<Snapshot>();
        foreach (var id in _records.Repositories().Select(RepositoryId.Parse))
        {
            using var writer = Hold(id);
            var kept = _records.Kept(id);
            var superseded = retention.Superseded(History(id), clock.GetUtcNow(), snapshot => kept.ContainsKey(snapshot.Number) || isNeeded(snapshot));
            retired.AddRange(superseded);
            if (dryRun) continue;
            if (superseded.Count > 0)
            {
                _records.Forget(id, [.. superseded.Select(snapshot => snapshot.Number)]);
                Reached?.Invoke("forgotten");
                Recover(id);
            }
            SweepFiles(id);
        }
        return retired;
    }

    /// <summary>Forgets what the indexes would say of package files that are no longer in the store.</summary>
    public void ForgetRemoved(IReadOnlyList<Digest> removed) => _records.ForgetEntries(removed.Where(digest => !store.Contains(digest)));
}
