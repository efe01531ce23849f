using Slipway.State;

namespace Slipway.Messages.Brokers;

/// <summary>The tables of <c>broker.db</c>.</summary>
internal static class BrokerSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new Migration("messages", 1, """
            CREATE TABLE messages_topic(topic TEXT PRIMARY KEY, next_offset INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE messages_message(topic TEXT NOT NULL, offset INTEGER NOT NULL, key TEXT, body BLOB NOT NULL, published INTEGER NOT NULL,
                PRIMARY KEY(topic, offset)) WITHOUT ROWID;
            CREATE TABLE messages_cursor(topic TEXT NOT NULL, grp TEXT NOT NULL, next_offset INTEGER NOT NULL, PRIMARY KEY(topic, grp)) WITHOUT ROWID;
            CREATE TABLE messages_done(topic TEXT NOT NULL, grp TEXT NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY(topic, grp, offset)) WITHOUT ROWID;
            CREATE TABLE messages_lease(topic TEXT NOT NULL, grp TEXT NOT NULL, offset INTEGER NOT NULL, fence INTEGER NOT NULL, times INTEGER NOT NULL,
                boot TEXT NOT NULL, owner TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(topic, grp, offset)) WITHOUT ROWID;
            CREATE TABLE messages_fence(last INTEGER NOT NULL);
            INSERT INTO messages_fence VALUES(0);
            CREATE TABLE messages_dead(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, offset INTEGER NOT NULL, grp TEXT NOT NULL, key TEXT,
                body BLOB NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL, UNIQUE(topic, grp, offset));
            """),
    ];
}
