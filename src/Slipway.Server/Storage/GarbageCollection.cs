using Slipway.Builds;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Releases.Records;
using Slipway.State;

namespace Slipway.Server.Storage;

/// <summary>What stays. Unset values are each part's own.</summary>
public sealed record CollectionPolicy
{
    public SnapshotRetention Snapshots { get; init; } = new();
    public BuildAge Builds { get; init; } = new();

    /// <summary>How long content stays that nothing has said it needs yet: uploads, results, leases.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(24);
}

/// <summary>What a collection removed, or with a dry run would remove.</summary>
/// <param name="Snapshots">As <c>PROJECT/DIST#N</c>.</param>
/// <param name="Builds">Builds whose result files went; their records and logs stay.</param>
/// <param name="Bytes">Of the contents, as the store holds them.</param>
public sealed record CollectionReport(
    bool DryRun, IReadOnlyList<string> Snapshots, IReadOnlyList<long> Builds, int Contents, long Bytes, StoreShare Young);

/// <summary>One line of what takes space.</summary>
/// <param name="Part">Of the store: who needs it. Else: the directory of the data directory.</param>
public sealed record SpaceUse(string Part, long Files, long Bytes);

/// <summary>
/// Frees space: ends what each room's retention no longer holds, then removes from the store what no room needs. Rooms state
/// what they need themselves. One collection at a time; killed at any moment, the next one goes on.
/// </summary>
public sealed class GarbageCollection(DataDirectory data, ContentStore store, RepositoryStore repositories, BuildRetention builds, ReleaseRoots releases, TimeProvider clock)
{
    private static readonly TimeSpan LeastGrace = TimeSpan.FromHours(1);

    public CollectionReport Run(CollectionPolicy policy, bool dryRun, CancellationToken cancellation)
    {
        if (policy.Grace < LeastGrace)
            throw new SlipwayException($"a grace of {policy.Grace}", "what is being uploaded or built right now would be taken from under it", "one hour or more") { Kind = FailureKind.Usage };
        using var alone = Hold();
        var snapshots = repositories.Retire(policy.Snapshots, releases.SnapshotIsNeeded(), dryRun);
        var ended = builds.Retire(policy.Builds, dryRun);
        var swept = new StoreSweep(store, clock, policy.Grace).Run(Roots(policy, dryRun ? snapshots : []), dryRun, cancellation);
        if (!dryRun) repositories.ForgetRemoved(swept.Files);
        return new(dryRun, [.. snapshots.Select(snapshot => snapshot.Node.Id)], ended, swept.Files.Count, swept.Bytes, swept.Young);
    }

    /// <summary>The store by who needs it, and the other directories.</summary>
    public IReadOnlyList<SpaceUse> Use(CollectionPolicy policy) =>
    [
        .. new StoreSweep(store, clock, policy.Grace).Shares(Roots(policy, [])).Select(share => new SpaceUse($"store: {share.Name}", share.Files, share.Bytes)),
        .. new[] { data.Repos, data.Streams, data.Builds, data.Roots, data.Git, data.Cache }.Where(Directory.Exists).Select(Measure),
    ];

    private StoreRoots[] Roots(CollectionPolicy policy, IReadOnlyList<Snapshot> going) =>
    [
        new("snapshots", () => repositories.Needed(going)),
        new("releases", releases.Needed),
        new("builds", () => builds.Needed(policy.Builds)),
        new("build roots", builds.NeededByRoots),
    ];

    // A file with several names, or also in the store, counts where it is met first.
    private SpaceUse Measure(string directory)
    {
        var seen = new HashSet<(ulong, ulong)>();
        using var tree = RootedTree.Open(directory);
        long files = 0, bytes = 0;
        foreach (var entry in tree.Walk())
        {
            if (entry.Stat.Type != NodeType.Regular || (entry.Stat.Links > 1 && !seen.Add((entry.Stat.Device, entry.Stat.Inode)))) continue;
            files++;
            bytes += entry.Stat.Size;
        }
        return new(Path.GetRelativePath(data.Root, directory), files, bytes);
    }

    private FileStream Hold()
    {
        try
        {
            return new FileStream(Path.Combine(data.Root, "gc.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new SlipwayException("free space", "another collection is running", "wait for its end") { Kind = FailureKind.Blocked };
        }
    }
}
