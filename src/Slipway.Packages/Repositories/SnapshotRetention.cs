namespace Slipway.Packages.Repositories;

/// <summary>Which snapshots stay.</summary>
public sealed record SnapshotRetention
{
    /// <summary>The newest snapshots of a repository that always stay. At least 3: what the indexes of the last three name is carried along.</summary>
    public int Keep { get; init; } = 10;

    /// <summary>How long a snapshot stays after another took its place.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(14);

    /// <summary>The least of <see cref="Age"/> and <see cref="Keep"/>: a client that began with a snapshot must be able to end with it.</summary>
    public static TimeSpan ClientGrace { get; } = TimeSpan.FromHours(24);

    /// <summary>The snapshots that go, of a repository's history with the newest first.</summary>
    /// <param name="isNeeded">Whether a release, or a person, wants it kept.</param>
    public IReadOnlyList<Snapshot> Superseded(IReadOnlyList<Snapshot> history, DateTimeOffset now, Func<Snapshot, bool> isNeeded)
    {
        var stays = Age > ClientGrace ? Age : ClientGrace;
        return [.. history.Select((snapshot, index) => (snapshot, index))
            .Where(one => one.index >= Math.Max(3, Keep) && now - history[one.index - 1].Time > stays && !isNeeded(one.snapshot))
            .Select(one => one.snapshot)];
    }
}
