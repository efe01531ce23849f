using System.Data;
using System.Text.Json;
using Dapper;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Packages.Repositories;

/// <summary>The rows of repositories: what every snapshot holds, and what the indexes say of every package file.</summary>
internal sealed partial class RepositoryRecords(Database database)
{
    private const int MostAskedAtOnce = 500;
    private const string EntryColumns = "e.digest, e.source_digest AS SourceDigest, e.type, e.name, e.version, e.architecture, e.source, e.path, e.size";

    private sealed record EntryRow(
        string Digest, string SourceDigest, long Type, string Name, string Version, string Architecture, string Source, string Path, long Size, byte[] Parts);

    private sealed record SnapshotRow(string Repository, long Type, long Number, long Time, string Fingerprint, long Packages, string Reason);

    /// <summary>What is known of these files, by the digests they were given with.</summary>
    /// <param name="asSigned">Whether they are published as they are given, without a signature of ours.</param>
    public IReadOnlyDictionary<Digest, PackageEntry> EntriesOf(IEnumerable<Digest> sources, PackageType type, bool asSigned) => database.Read(connection => sources.Distinct().Chunk(MostAskedAtOnce)
        .SelectMany(some => connection.Query<EntryRow>(
            // The plus signs keep SQLite from walking all entries by another index.
            $"SELECT {EntryColumns}, e.parts FROM packages_entries e WHERE e.source_digest IN @some AND +e.type = @type ORDER BY +e.digest",
            new { some = some.Select(source => source.ToString()), type = (long)type }))
        .Select(Entry).Where(entry => type switch
        {
            PackageType.Rpm => asSigned == (entry.Digest == entry.SourceDigest),
            PackageType.Pacman => asSigned == (entry.Parts[2].Length == 0),
            _ => true,
        }).DistinctBy(entry => entry.SourceDigest).ToDictionary(entry => entry.SourceDigest));

    public void Add(IReadOnlyCollection<PackageEntry> entries)
    {
        if (entries.Count == 0) return;
        var packed = entries.AsParallel().Select(entry => (Entry: entry, Parts: entry.PackParts())).ToList();
        // In the order of the table: of many, each page is then written once.
        packed.Sort((left, right) => left.Entry.Digest.CompareTo(right.Entry.Digest));
        database.Write(transaction => Add(transaction, packed));
    }

    private static void Add(IDbTransaction transaction, List<(PackageEntry Entry, byte[] Parts)> entries) => transaction.Connection!.Execute(
        """
        INSERT INTO packages_entries (digest, source_digest, type, name, version, architecture, source, path, size, parts)
        VALUES (@digest, @source_digest, @type, @name, @version, @architecture, @source, @path, @size, @parts)
        ON CONFLICT (digest) DO UPDATE SET parts = excluded.parts WHERE type = @pacman AND path = excluded.path
        """,
        entries.Select(one => new
        {
            digest = one.Entry.Digest.ToString(),
            source_digest = one.Entry.SourceDigest.ToString(),
            type = (long)one.Entry.Type,
            name = one.Entry.Name,
            version = one.Entry.Version,
            architecture = one.Entry.Architecture,
            source = one.Entry.Source,
            path = one.Entry.Path,
            size = one.Entry.Size,
            // A pacman package may be known without a signature of ours; its file is the same with one.
            pacman = (long)PackageType.Pacman,
            parts = one.Parts,
        }), transaction);

    public PackageType? TypeOf(RepositoryId id) => database.Read(connection => (PackageType?)connection.QueryFirstOrDefault<long?>(
        "SELECT type FROM packages_repositories WHERE repository = @id", new { id = id.ToString() }));

    public IReadOnlyList<string> Repositories() => database.Read(connection =>
        connection.Query<string>("SELECT repository FROM packages_repositories ORDER BY repository").ToList());

    /// <summary>Every snapshot, or the one of this number; newest first.</summary>
    public IReadOnlyList<Snapshot> Snapshots(RepositoryId id, Func<RepositoryId, long, string> pathOf, long? number = null, int limit = int.MaxValue) =>
        database.Read(connection => connection.Query<SnapshotRow>("""
            SELECT s.repository, r.type, s.number, s.time, s.fingerprint, s.packages, s.reason
            FROM packages_snapshots s JOIN packages_repositories r ON r.repository = s.repository
            WHERE s.repository = @id AND (@number IS NULL OR s.number = @number) ORDER BY s.number DESC LIMIT @limit
            """, new { id = id.ToString(), number, limit })
            .Select(row => new Snapshot(id, (PackageType)row.Type, row.Number, DateTimeOffset.FromUnixTimeSeconds(row.Time), row.Fingerprint, (int)row.Packages, row.Reason, pathOf(id, row.Number)))
            .ToList());

    /// <summary>The packages of a snapshot in the order of their paths, with what the indexes say of them.</summary>
    public IReadOnlyList<PackageEntry> Members(RepositoryId id, long number) => database.Read(connection => connection.Query<EntryRow>(
        $"""
        SELECT {EntryColumns}, e.parts FROM packages_members m JOIN packages_entries e ON e.digest = m.digest
        WHERE m.repository = @id AND m.first <= @number AND (m.last IS NULL OR m.last >= @number) ORDER BY m.path
        """, new { id = id.ToString(), number }).Select(Entry).ToList());

    /// <summary>The packages of this name that the newest snapshot has.</summary>
    // CROSS JOIN: by the name first; SQLite would go through all members of the repository.
    public IReadOnlyList<PackageEntry> Named(RepositoryId id, PackageType type, string name) => database.Read(connection => connection.Query<EntryRow>(
        $"""
        SELECT {EntryColumns}, e.parts FROM packages_entries e CROSS JOIN packages_members m ON m.repository = @id AND m.path = e.path AND m.digest = e.digest
        WHERE e.type = @type AND e.name = @name AND m.last IS NULL
        """, new { id = id.ToString(), type = (long)type, name }).Select(Entry).ToList());

    /// <summary>Path and digest of each package that the newest snapshot has.</summary>
    public IReadOnlyDictionary<string, string> Open(RepositoryId id) => database.Read(connection => connection.Query<(string Path, string Digest)>(
        "SELECT path, digest FROM packages_members WHERE repository = @id AND last IS NULL", new { id = id.ToString() }).ToDictionary(row => row.Path, row => row.Digest, StringComparer.Ordinal));

    /// <summary>The package that the newest snapshot has at this path.</summary>
    public PackageEntry? OpenAt(RepositoryId id, string path) => database.Read(connection => connection.Query<EntryRow>(
        $"SELECT {EntryColumns}, e.parts FROM packages_members m JOIN packages_entries e ON e.digest = m.digest WHERE m.repository = @id AND m.path = @path AND m.last IS NULL",
        new { id = id.ToString(), path }).Select(Entry).FirstOrDefault());

    public IReadOnlyList<SnapshotFile> Files(RepositoryId id, long number) => database.Read(connection => connection.Query<EntryRow>(
        $"""
        SELECT {EntryColumns}, x'' AS parts FROM packages_members m JOIN packages_entries e ON e.digest = m.digest
        WHERE m.repository = @id AND m.first <= @number AND (m.last IS NULL OR m.last >= @number) ORDER BY m.path
        """, new { id = id.ToString(), number }).Select(row => Entry(row).AsFile()).ToList());

    /// <summary>The paths of all packages of all snapshots.</summary>
    public IReadOnlyList<string> PathsHeld(RepositoryId id) => database.Read(connection =>
        connection.Query<string>("SELECT DISTINCT path FROM packages_members WHERE repository = @id", new { id = id.ToString() }).ToList());

    /// <summary>The digest of each path this repository has ever held.</summary>
    public IReadOnlyDictionary<string, Digest> EverHeld(RepositoryId id, IEnumerable<string> paths) => database.Read(connection =>
    {
        var held = new Dictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var path in paths)
            if (connection.QueryFirstOrDefault<string>("""
                SELECT digest FROM (SELECT digest, first FROM packages_members WHERE repository = @id AND path = @path
                    UNION ALL SELECT digest, 0 FROM packages_held WHERE repository = @id AND path = @path) ORDER BY first DESC LIMIT 1
                """, new { id = id.ToString(), path }) is { } digest)
                held[path] = Digest.Parse(digest);
        return held;
    });

    /// <summary>Index files of a snapshot: path and digest of each.</summary>
    public IReadOnlyDictionary<string, string> Indexes(RepositoryId id, long number) => database.Read(connection =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(connection.QuerySingle<string>(
            "SELECT indexes FROM packages_snapshots WHERE repository = @id AND number = @number", new { id = id.ToString(), number }))!);

    public long PlanNumber(RepositoryId id) => database.Write(transaction => Sequences.Next(transaction, $"snapshot {id}"));

    /// <summary>Snapshot, members, what is kept of its indexes, and ledger edges in one transaction: after it the snapshot exists, before it nothing does.</summary>
    public void Record(Snapshot snapshot, Snapshot? before, IndexChange change, IndexBuild build, IReadOnlyDictionary<string, string> indexes, IReadOnlyList<PublishedFile> given, Node? madeFrom) =>
        database.Write(transaction =>
        {
            var id = snapshot.Repository.ToString();
            transaction.Connection!.Execute("INSERT OR IGNORE INTO packages_repositories (repository, type) VALUES (@id, @type)", new { id, type = (long)snapshot.Type }, transaction);
            transaction.Connection!.Execute(
                "INSERT INTO packages_snapshots (repository, number, time, fingerprint, packages, reason, indexes) VALUES (@id, @number, @time, @fingerprint, @packages, @reason, @indexes)",
                new { id, number = snapshot.Number, time = snapshot.Time.ToUnixTimeSeconds(), fingerprint = snapshot.Fingerprint, packages = snapshot.Packages, reason = snapshot.Reason, indexes = JsonSerializer.Serialize(indexes) },
                transaction);
            if (before is not null)
                transaction.Connection!.Execute("UPDATE packages_members SET last = @last WHERE repository = @id AND path = @path AND last IS NULL",
                    change.Removed.Select(entry => new { id, path = entry.Path, last = before.Number }), transaction);
            transaction.Connection!.Execute("INSERT INTO packages_members (repository, path, first, digest) VALUES (@id, @path, @first, @digest)",
                change.Added.OrderBy(entry => entry.Path, StringComparer.Ordinal).Select(entry => new { id, path = entry.Path, first = snapshot.Number, digest = entry.Digest.ToString() }), transaction);
            KeepShards(transaction, id, build);
            RecordEdges(transaction, snapshot, before, [.. change.Added.OrderBy(entry => entry.Digest)], given);
            if (madeFrom is { } source) Ledger.Record(transaction, snapshot.Node, source);
        });

    private static void RecordEdges(IDbTransaction transaction, Snapshot snapshot, Snapshot? before, IReadOnlyList<PackageEntry> added, IReadOnlyList<PublishedFile> given)
    {
        var from = given.ToLookup(file => file.Digest);
        Ledger.Record(transaction, added.SelectMany(entry =>
        {
            var source = new Node("file", entry.SourceDigest.ToString());
            var file = new Node("file", entry.Digest.ToString());
            var arrows = from[entry.SourceDigest].Select(one => one.MadeFrom).OfType<Node>().Select(maker => (source, maker));
            if (source != file) arrows = arrows.Append((file, source));
            return arrows.Append((snapshot.Node, file));
        }));
        if (before is not null) Ledger.Record(transaction, snapshot.Node, before.Node);
    }

    private static PackageEntry Entry(EntryRow row) => new(
        Digest.Parse(row.Digest), Digest.Parse(row.SourceDigest), (PackageType)row.Type, row.Name, row.Version, row.Architecture, row.Source, row.Path, row.Size,
        row.Parts.Length == 0 ? [] : PackageEntry.UnpackParts(row.Parts));
}
