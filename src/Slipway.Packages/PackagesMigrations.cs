using Slipway.State;

namespace Slipway.Packages;

/// <summary>The tables of this room.</summary>
public static class PackagesMigrations
{
    public static IReadOnlyList<Migration> All { get; } =
    [
        new("packages", 1, """
            CREATE TABLE packages_entries (
                digest TEXT PRIMARY KEY, source_digest TEXT NOT NULL, type INTEGER NOT NULL,
                name TEXT NOT NULL, version TEXT NOT NULL, architecture TEXT NOT NULL, source TEXT NOT NULL,
                path TEXT NOT NULL, size INTEGER NOT NULL, parts BLOB NOT NULL) WITHOUT ROWID;
            CREATE INDEX packages_entries_source ON packages_entries (source_digest);
            CREATE TABLE packages_repositories (
                repository TEXT PRIMARY KEY, type INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE packages_snapshots (
                repository TEXT NOT NULL REFERENCES packages_repositories, number INTEGER NOT NULL, time INTEGER NOT NULL,
                fingerprint TEXT NOT NULL, packages INTEGER NOT NULL, reason TEXT NOT NULL, indexes TEXT NOT NULL,
                PRIMARY KEY (repository, number)) WITHOUT ROWID;
            CREATE TABLE packages_members (
                repository TEXT NOT NULL, path TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER,
                digest TEXT NOT NULL REFERENCES packages_entries,
                PRIMARY KEY (repository, path, first)) WITHOUT ROWID;
            """),
        new("packages", 2, """
            CREATE TABLE packages_held (
                repository TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (repository, path)) WITHOUT ROWID;
            CREATE TABLE packages_kept (
                repository TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (repository, number)) WITHOUT ROWID;
            CREATE INDEX packages_members_digest ON packages_members (digest);
            """),
        new("packages", 3, """
            CREATE TABLE packages_shards (
                id INTEGER PRIMARY KEY, repository TEXT NOT NULL, document TEXT NOT NULL, first TEXT NOT NULL, count INTEGER NOT NULL,
                plain_bytes INTEGER NOT NULL, keys BLOB NOT NULL, plain BLOB NOT NULL, packed BLOB NOT NULL);
            CREATE INDEX packages_shards_document ON packages_shards (repository, document);
            CREATE TABLE packages_settings (
                repository TEXT PRIMARY KEY, compression INTEGER NOT NULL, valid_seconds INTEGER) WITHOUT ROWID;
            CREATE INDEX packages_entries_name ON packages_entries (type, name);
            CREATE INDEX packages_members_open ON packages_members (repository, path) WHERE last IS NULL;
            """),
        new("packages", 4, """
            CREATE TABLE packages_exported (
                repository TEXT NOT NULL, place TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, superseded INTEGER,
                PRIMARY KEY (repository, place, path)) WITHOUT ROWID;
            CREATE INDEX packages_exported_place ON packages_exported (place, path);
            """),
    ];
}
