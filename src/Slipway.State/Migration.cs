namespace Slipway.State;

/// <summary>One step of one room's tables. A step that was released never changes; the next one corrects it.</summary>
/// <param name="Room">The room that owns the tables; also the prefix of their names.</param>
/// <param name="Number">Counted from 1 in each room, without gaps.</param>
/// <param name="Sql">Any number of statements; they are applied in one transaction.</param>
public sealed record Migration(string Room, int Number, string Sql);

/// <summary>The tables that every database has.</summary>
public static class StateMigrations
{
    /// <summary>Ledger, sequences, leases, tokens, audit log.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        new("state", 1, """
            CREATE TABLE state_ledger (
                from_kind TEXT NOT NULL, from_id TEXT NOT NULL,
                to_kind TEXT NOT NULL, to_id TEXT NOT NULL,
                PRIMARY KEY (from_kind, from_id, to_kind, to_id)) WITHOUT ROWID;
            CREATE INDEX state_ledger_back ON state_ledger (to_kind, to_id, from_kind, from_id);
            CREATE TABLE state_sequences (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE state_leases (
                subject TEXT PRIMARY KEY, fence INTEGER NOT NULL, holder TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE state_tokens (
                id INTEGER PRIMARY KEY, secret_hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL, role TEXT NOT NULL,
                created INTEGER NOT NULL, revoked INTEGER);
            CREATE TABLE state_audit (
                id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
                who TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL);
            """),
    ];
}
