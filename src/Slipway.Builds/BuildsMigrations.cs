using Slipway.State;

namespace Slipway.Builds;

/// <summary>The tables of this room. Times are milliseconds since 1970 in UTC; digests are lower-case hex.</summary>
public static class BuildsMigrations
{
    public static IReadOnlyList<Migration> All { get; } =
    [
        new("builds", 1, """
            CREATE TABLE builds_cursor(repository TEXT NOT NULL, branch TEXT NOT NULL, commit_id TEXT NOT NULL, time INTEGER NOT NULL,
                PRIMARY KEY(repository, branch)) WITHOUT ROWID;
            CREATE TABLE builds_source_fault(repository TEXT NOT NULL, package TEXT NOT NULL, commit_id TEXT NOT NULL, file TEXT NOT NULL,
                line INTEGER NOT NULL, error TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY(repository, package, file, line, error)) WITHOUT ROWID;
            CREATE TABLE builds_pin(request_id TEXT PRIMARY KEY, repository TEXT NOT NULL, commit_id TEXT NOT NULL, tree TEXT NOT NULL,
                epoch INTEGER NOT NULL, dist TEXT, time INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX builds_pin_time ON builds_pin(time);
            CREATE TABLE builds_outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL);
            CREATE TABLE builds_request(request_id TEXT PRIMARY KEY, content TEXT NOT NULL, topic TEXT NOT NULL, package TEXT NOT NULL, target TEXT NOT NULL,
                action TEXT NOT NULL, received INTEGER NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE builds_build(id INTEGER PRIMARY KEY, request_id TEXT NOT NULL REFERENCES builds_request, package TEXT NOT NULL, project TEXT NOT NULL,
                name TEXT NOT NULL, image INTEGER NOT NULL, dist TEXT NOT NULL, arch TEXT NOT NULL, runner_group TEXT NOT NULL, type TEXT NOT NULL,
                repository TEXT NOT NULL, commit_id TEXT NOT NULL, tree TEXT NOT NULL, dist_file TEXT, epoch INTEGER NOT NULL,
                produces TEXT NOT NULL, needs TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, cause TEXT,
                created INTEGER NOT NULL, started INTEGER, finished INTEGER, snapshot INTEGER, failures INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0);
            CREATE INDEX builds_build_state ON builds_build(state, id);
            CREATE INDEX builds_build_target ON builds_build(package, dist, arch, image);
            CREATE INDEX builds_build_request ON builds_build(request_id);
            CREATE TABLE builds_attempt(build_id INTEGER NOT NULL REFERENCES builds_build, number INTEGER NOT NULL, fence INTEGER NOT NULL,
                runner TEXT NOT NULL, state TEXT NOT NULL, cause TEXT, started INTEGER NOT NULL, finished INTEGER, root TEXT, limits TEXT, solver TEXT,
                peak_memory INTEGER, prepare_ms INTEGER, build_ms INTEGER, exit_code INTEGER, PRIMARY KEY(build_id, number)) WITHOUT ROWID;
            CREATE TABLE builds_result(build_id INTEGER NOT NULL REFERENCES builds_build, name TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
                PRIMARY KEY(build_id, name)) WITHOUT ROWID;
            """),
        new("builds", 2, """
            ALTER TABLE builds_build ADD COLUMN chosen TEXT NOT NULL DEFAULT '[]';
            ALTER TABLE builds_build ADD COLUMN because TEXT;
            ALTER TABLE builds_build ADD COLUMN wave TEXT NOT NULL DEFAULT '';
            ALTER TABLE builds_build ADD COLUMN pass INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE builds_build ADD COLUMN rebuild INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE builds_build ADD COLUMN stands INTEGER;
            UPDATE builds_build SET wave = commit_id;
            """),
        new("builds", 3, """
            ALTER TABLE builds_build ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE builds_runner(name TEXT PRIMARY KEY, token_hash TEXT, token_until INTEGER, key_hash TEXT, next_hash TEXT, rotate INTEGER NOT NULL DEFAULT 0,
                created INTEGER NOT NULL, enrolled INTEGER, revoked INTEGER) WITHOUT ROWID;
            CREATE TABLE builds_upload(build_id INTEGER NOT NULL, fence INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
                PRIMARY KEY(build_id, fence, name)) WITHOUT ROWID;
            """),
    ];
}
