using Slipway.State;

namespace Slipway.Releases;

/// <summary>The tables of this room.</summary>
public static class ReleasesMigrations
{
    public static IReadOnlyList<Migration> All { get; } =
    [
        new("releases", 1, """
            CREATE TABLE releases_stream (
                stream TEXT PRIMARY KEY, answered TEXT, decision TEXT, decided INTEGER) WITHOUT ROWID;
            CREATE TABLE releases_run (
                id INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, version INTEGER NOT NULL, plan TEXT NOT NULL,
                content TEXT NOT NULL, survey TEXT NOT NULL, fingerprint TEXT NOT NULL, timestamp INTEGER NOT NULL,
                state TEXT NOT NULL, failure TEXT, started INTEGER NOT NULL, ended INTEGER,
                UNIQUE (stream, version));
            CREATE TABLE releases_stage (
                run INTEGER NOT NULL REFERENCES releases_run (id), position INTEGER NOT NULL, stage TEXT NOT NULL, state TEXT NOT NULL,
                inputs TEXT NOT NULL, outputs TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, seconds REAL, starts INTEGER NOT NULL,
                PRIMARY KEY (run, stage)) WITHOUT ROWID;
            CREATE TABLE releases_release (
                stream TEXT NOT NULL, version INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES releases_run (id), state TEXT NOT NULL,
                format INTEGER NOT NULL, previous INTEGER NOT NULL, content TEXT NOT NULL, content_key TEXT NOT NULL,
                map TEXT, mom TEXT, inventory TEXT, notes TEXT,
                paths INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, packages INTEGER NOT NULL,
                created INTEGER NOT NULL, published INTEGER, withdrawn INTEGER, withdrawn_by TEXT, withdrawn_reason TEXT,
                PRIMARY KEY (stream, version)) WITHOUT ROWID;
            CREATE TABLE releases_gate (
                stream TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, gate TEXT NOT NULL, verdict TEXT NOT NULL,
                detail TEXT NOT NULL, seconds REAL NOT NULL,
                PRIMARY KEY (stream, version, gate)) WITHOUT ROWID;
            CREATE TABLE releases_channel (
                stream TEXT NOT NULL, channel TEXT NOT NULL, version INTEGER NOT NULL, sequence INTEGER NOT NULL, switched INTEGER NOT NULL,
                PRIMARY KEY (stream, channel)) WITHOUT ROWID;
            CREATE TABLE releases_hold (
                stream TEXT NOT NULL, channel TEXT NOT NULL, reason TEXT NOT NULL, held_by TEXT NOT NULL, at INTEGER NOT NULL,
                PRIMARY KEY (stream, channel)) WITHOUT ROWID;
            CREATE TABLE releases_publication (
                id INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, channel TEXT NOT NULL, version INTEGER NOT NULL,
                sequence INTEGER NOT NULL, time INTEGER NOT NULL, who TEXT NOT NULL, state TEXT NOT NULL, ended INTEGER);
            CREATE TABLE releases_failure (
                stream TEXT NOT NULL, fingerprint TEXT NOT NULL, attempts INTEGER NOT NULL, same_again INTEGER NOT NULL,
                reason TEXT NOT NULL, at INTEGER NOT NULL,
                PRIMARY KEY (stream, fingerprint)) WITHOUT ROWID;
            """),
        new("releases", 2, """
            CREATE TABLE releases_delivery (
                stream TEXT NOT NULL, destination TEXT NOT NULL, path TEXT NOT NULL, at INTEGER NOT NULL,
                PRIMARY KEY (stream, destination, path)) WITHOUT ROWID;
            """),
        new("releases", 3, """
            CREATE TABLE releases_roll_out (
                stream TEXT NOT NULL, channel TEXT NOT NULL, version INTEGER NOT NULL, roll_out TEXT NOT NULL, plain INTEGER NOT NULL,
                PRIMARY KEY (stream, channel)) WITHOUT ROWID;
            CREATE TABLE releases_waiver (
                id INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, gate TEXT NOT NULL, version INTEGER NOT NULL,
                reason TEXT NOT NULL, author TEXT NOT NULL, until INTEGER NOT NULL, at INTEGER NOT NULL);
            """),
    ];
}
