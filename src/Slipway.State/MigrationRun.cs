using System.Data;
using Dapper;
using Slipway.Content;

namespace Slipway.State;

/// <summary>Brings tables up to date, each step in one transaction with the note that it was done.</summary>
internal static class MigrationRun
{
    internal static void Apply(Database database, IReadOnlyList<Migration> migrations)
    {
        database.Write(t => t.Connection!.Execute(
            "CREATE TABLE IF NOT EXISTS state_migrations (room TEXT NOT NULL, number INTEGER NOT NULL, applied INTEGER NOT NULL, PRIMARY KEY (room, number))",
            transaction: t));
        foreach (var room in migrations.GroupBy(m => m.Room))
        {
            var steps = room.OrderBy(m => m.Number).ToList();
            if (steps.Where((step, index) => step.Number != index + 1).Any())
                throw new ArgumentException($"the migrations of {room.Key} are not numbered 1, 2, 3 ...", nameof(migrations));
            foreach (var step in steps) database.Write(t => ApplyOne(database, t, step));
            RefuseNewer(database, room.Key, steps.Count);
        }
    }

    private static void ApplyOne(Database database, IDbTransaction transaction, Migration step)
    {
        var connection = transaction.Connection!;
        var done = connection.ExecuteScalar<long>(
            "SELECT count(*) FROM state_migrations WHERE room = @Room AND number = @Number", step, transaction);
        if (done > 0) return;
        connection.Execute(step.Sql, transaction: transaction);
        connection.Execute(
            "INSERT INTO state_migrations (room, number, applied) VALUES (@Room, @Number, @Now)",
            new { step.Room, step.Number, database.Now }, transaction);
    }

    private static void RefuseNewer(Database database, string room, int known)
    {
        var last = database.Read(c => c.ExecuteScalar<long?>("SELECT max(number) FROM state_migrations WHERE room = @room", new { room }));
        if (last > known)
            throw new SlipwayException(
                $"database {database.File}", $"its tables of {room} are at step {last} and this program knows {known}", "run the newer slipway that made it");
    }
}
