using Slipway.Content;
using Slipway.Packages.Signing;
using Slipway.State;

namespace Slipway.Packages.Repositories;

/// <summary>
/// The repositories of a data directory: each a chain of immutable, signed snapshots. The database says which snapshots exist;
/// the tree on disk is complete before it is recorded, and the switch to it comes after and is made good after a crash.
/// </summary>
public sealed partial class RepositoryStore(DataDirectory data, Database database, ContentStore store, SignerClient signer, TimeProvider clock)
{
    private readonly RepositoryRecords _records = new(database);

    /// <summary>Told each step of a publication as it is done: where tests let the process die.</summary>
    internal Action<string>? Reached { get; init; }

    /// <summary>The directory that clients of the repository see.</summary>
    public string PathOf(RepositoryId id) => Path.Combine(data.Repos, id.Project, id.Dist);

    /// <summary>Adds package files and publishes the result as a new snapshot; when all of them are there already, the current one is returned.</summary>
    public Snapshot Publish(RepositoryId id, PackageType type, IReadOnlyList<PublishedFile> add, SnapshotOrigin origin) =>
        Publish(id, type, add, origin, replace: false);

    /// <summary>The new snapshot holds exactly these files. For repositories that are made anew as a whole, where a version may come with other content.</summary>
    public Snapshot Replace(RepositoryId id, PackageType type, IReadOnlyList<PublishedFile> files, SnapshotOrigin origin) =>
        Publish(id, type, files, origin, replace: true);

    /// <summary>As <see cref="Replace"/>, with the package files of a directory, and updateinfo.xml, modules.yaml and comps.xml of an rpm one.</summary>
    /// <param name="asSigned">True: the packages are of others and keep the signatures they have; only the indexes are signed.</param>
    public Snapshot PublishDirectory(RepositoryId id, PackageType type, string directory, SnapshotOrigin origin, bool asSigned = false)
    {
        using var tree = RootedTree.Open(directory);
        var found = tree.Walk().Where(entry => entry.Stat.Type == NodeType.Regular).Select(entry => entry.Path).ToList();
        var packages = found.Where(path => PackageFile.TypeOf(path.ToString()) == type).ToList();
        var digests = store.AddMany(packages.Count, i => tree.OpenRead(packages[i]));
        var extras = type == PackageType.Rpm ? found.Where(path => RpmExtra.IsOne(path.Name.ToString())) : [];
        return Publish(id, type, [.. packages.Zip(digests, (path, digest) => new PublishedFile(digest, path.Name.ToString()))],
            origin with { Extras = extras.ToDictionary(path => path.Name.ToString(), path => (ReadOnlyMemory<byte>)tree.ReadAllBytes(path), StringComparer.Ordinal) }, replace: true, asSigned);
    }

    /// <summary>The newest snapshot; null when the repository does not exist.</summary>
    public Snapshot? Current(RepositoryId id) => _records.Snapshots(id, TreePath, limit: 1) is [var newest] ? newest : null;

    /// <summary>The current snapshot of every repository.</summary>
    public IReadOnlyList<Snapshot> List() => [.. _records.Repositories().Select(RepositoryId.Parse).Select(Current).OfType<Snapshot>()];

    /// <summary>All snapshots of a repository, newest first.</summary>
    public IReadOnlyList<Snapshot> History(RepositoryId id) => _records.Snapshots(id, TreePath);

    /// <summary>One snapshot; throws when it does not exist.</summary>
    public Snapshot Show(RepositoryId id, long number) => _records.Snapshots(id, TreePath, number) is [var found]
        ? found
        : throw new SlipwayException($"snapshot {number} of {id}", "there is none of that number", $"slipway repo show {id}") { Kind = FailureKind.Usage };

    /// <summary>The packages of a snapshot, in the order of their paths.</summary>
    public IReadOnlyList<SnapshotFile> Files(RepositoryId id, long number) => _records.Files(id, Show(id, number).Number);

    /// <summary>After a crash: switches every repository to its newest recorded snapshot and removes what was left unfinished.</summary>
    public void Recover()
    {
        foreach (var id in _records.Repositories().Select(RepositoryId.Parse))
        {
            using var writer = Hold(id);
            Recover(id);
        }
    }

    private void Recover(RepositoryId id)
    {
        var tree = Tree(id);
        var recorded = History(id);
        tree.RemoveUnrecorded(recorded.Select(snapshot => snapshot.Number).ToHashSet());
        if (recorded.Count > 0 && tree.Current() != recorded[0].Number) tree.Switch(recorded[0].Number);
    }

    private Snapshot Publish(RepositoryId id, PackageType type, IReadOnlyList<PublishedFile> add, SnapshotOrigin origin, bool replace, bool asSigned = false)
    {
        id.Checked();
        RequireRoomFor(id, type);
        using var writer = Hold(id);
        Recover(id);
        signer.Allow(SigningSubject.Repository(id.ToString()));
        var (prepared, made) = Prepare(id, type, add, asSigned);
        var (entries, signed) = SignedByLiving(id, type, prepared);
        Reached?.Invoke("prepared");
        if (!replace) RefuseOtherContent(id, entries);
        if (entries.GroupBy(entry => entry.Path, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice) throw Refusal(id, twice.Last());
        var change = replace ? Difference(id, type, entries, signed) : Addition(id, type, entries);
        if (Current(id) is not { } current || change.Added.Count + change.Removed.Count > 0) return Commit(id, type, change, [.. made, .. signed], add, origin);
        _records.Add(made);
        return current;
    }

    /// <summary>A snapshot of exactly these packages.</summary>
    private Snapshot Commit(RepositoryId id, PackageType type, IReadOnlyList<PackageEntry> members, SnapshotOrigin origin)
    {
        var (entries, signed) = SignedByLiving(id, type, members);
        return Commit(id, type, Difference(id, type, entries, signed), signed, [], origin);
    }

    private Snapshot Commit(RepositoryId id, PackageType type, IndexChange change, IReadOnlyCollection<PackageEntry> made, IReadOnlyList<PublishedFile> given, SnapshotOrigin origin)
    {
        var before = Current(id);
        var time = DateTimeOffset.FromUnixTimeSeconds(Math.Max(clock.GetUtcNow().ToUnixTimeSeconds(), before?.Time.ToUnixTimeSeconds() ?? 0));
        var number = _records.PlanNumber(id);
        Reached?.Invoke("numbered");
        var tree = Tree(id);
        var all = new Lazy<IReadOnlyList<PackageEntry>>(() => MembersAfter(id, before, change));
        IndexBuild build;
        List<IndexFile> indexes;
        SharedFiles shared;
        // The indexes are made from what is in memory: meanwhile it is written down, by a thread that need not wait for those that make them.
        var recording = Task.Factory.StartNew(() => _records.Add(made), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            build = IndexBuild.Make(type, _records.Settings(id), _records.Documents(id), document => _records.Shards(id, document), change, () => all.Value);
            indexes = WriteIndexes(id, type, build, Extras(id, before, origin), time);
            shared = Share(id, tree, type, change, build, all);
        }
        finally
        {
            recording.GetAwaiter().GetResult();
        }
        tree.Write(number, shared, indexes, Links(type, shared, indexes), time);
        Reached?.Invoke("written");
        var snapshot = new Snapshot(id, type, number, time, build.Fingerprint, build.Packages, origin.Reason, tree.PathOf(number));
        var digests = indexes.ToDictionary(index => index.Path, index => index.Digest.ToString(), StringComparer.Ordinal);
        _records.Record(snapshot, before, change, build, digests, given, origin.MadeFrom);
        Reached?.Invoke("recorded");
        tree.Switch(number);
        Reached?.Invoke("switched");
        return snapshot;
    }

    private SnapshotTree Tree(RepositoryId id) => new(PathOf(id), store);

    private string TreePath(RepositoryId id, long number) => Tree(id).PathOf(number);
}
