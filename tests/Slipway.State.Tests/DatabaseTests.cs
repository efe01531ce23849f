using Dapper;
using Microsoft.Data.Sqlite;
using Slipway.Content;

namespace Slipway.State.Tests;

public class DatabaseTests
{
    private static readonly Migration Things = new("things", 1, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);");

    [Fact]
    public void Database_is_durable_private_and_checks_references()
    {
        using var temp = new TempState();
        var settings = temp.Database.Write(t => (
            t.Connection!.ExecuteScalar<string>("PRAGMA journal_mode", transaction: t),
            t.Connection!.ExecuteScalar<long>("PRAGMA synchronous", transaction: t),
            t.Connection!.ExecuteScalar<long>("PRAGMA foreign_keys", transaction: t)));
        Assert.Equal(("wal", 2, 1), settings);
        foreach (var file in Directory.GetFiles(temp.Directories.Root, "state.db*"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Failed_write_does_nothing()
    {
        using var temp = new TempState();
        using var database = temp.Open(Things);
        Assert.Throws<InvalidOperationException>(() => database.Write(t =>
        {
            t.Connection!.Execute("INSERT INTO things (name) VALUES ('a')", transaction: t);
            throw new InvalidOperationException("died");
        }));
        Assert.Equal(0, Count(database));
        database.Write(t => t.Connection!.Execute("INSERT INTO things (name) VALUES ('a')", transaction: t));
        Assert.Equal(1, Count(database));
    }

    [Fact]
    public void Failed_migration_leaves_neither_table_nor_note()
    {
        using var temp = new TempState();
        var broken = new Migration("things", 1, "CREATE TABLE things (id INTEGER); CREATE TABLE things (id INTEGER);");
        Assert.ThrowsAny<Exception>(() => temp.Open(broken));
        using var database = temp.Open(Things);
        Assert.Equal(0, Count(database));
    }

    [Fact]
    public void Migration_runs_once()
    {
        using var temp = new TempState();
        using (var first = temp.Open(Things)) first.Write(t => t.Connection!.Execute("INSERT INTO things (name) VALUES ('kept')", transaction: t));
        using var second = temp.Open(Things, new Migration("things", 2, "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"));
        Assert.Equal(("kept", 0), second.Read(c => c.QuerySingle<(string, long)>("SELECT name, size FROM things")));
    }

    [Fact]
    public void Database_of_a_newer_program_is_refused()
    {
        using var temp = new TempState();
        temp.Open(Things, new Migration("things", 2, "SELECT 1;")).Dispose();
        var refused = Assert.Throws<SlipwayException>(() => temp.Open(Things));
        Assert.Contains("at step 2 and this program knows 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gap_in_the_numbers_is_refused()
    {
        using var temp = new TempState();
        Assert.Throws<ArgumentException>(() => temp.Open(Things, Things with { Number = 3 }));
    }

    [Fact]
    public async Task Writers_of_two_openings_take_turns()
    {
        using var temp = new TempState();
        using var one = temp.Open(Things);
        using var other = temp.Open(Things);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
                (worker % 2 == 0 ? one : other).Write(t => Sequences.Next(t, "numbers"));
        })));
        Assert.Equal(160, one.Read(c => Sequences.Last(c, "numbers")));
    }

    [Fact]
    public void Write_inside_a_write_is_an_error_and_not_a_deadlock()
    {
        using var temp = new TempState();
        Assert.Throws<InvalidOperationException>(() => temp.Database.Write(_ => temp.Database.Write(_ => { })));
    }

    [Fact]
    public void Reader_sees_one_state_while_a_writer_commits()
    {
        using var temp = new TempState();
        using var database = temp.Open(Things);
        database.Read(c =>
        {
            Assert.Equal(0, c.ExecuteScalar<long>("SELECT count(*) FROM things"));
            database.Write(t => t.Connection!.Execute("INSERT INTO things (name) VALUES ('a')", transaction: t));
            Assert.Equal(0, c.ExecuteScalar<long>("SELECT count(*) FROM things"));
            return 0;
        });
        Assert.Equal(1, Count(database));
    }

    [Fact]
    public async Task Readers_at_the_same_time_have_connections_of_their_own()
    {
        using var temp = new TempState();
        for (var wave = 0; wave < 300; wave++)
        {
            using var database = temp.Open(Things);
            var handles = new object?[16];
            using var together = new Barrier(handles.Length);
            void Meet() => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(20)));
            await Task.WhenAll(handles.Index().Select(reader => Task.Factory.StartNew(() =>
            {
                Meet();
                database.Read(connection =>
                {
                    handles[reader.Index] = ((SqliteConnection)connection).Handle;
                    Meet();
                    return 0;
                });
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Equal(handles.Length, handles.Distinct().Count());
        }
    }

    [Fact]
    public void Data_directory_hides_its_secrets()
    {
        using var temp = new TempState();
        Assert.Equal(0b111_001_001, (int)File.GetUnixFileMode(temp.Directories.Root));
        Assert.Equal(0b111_000_000, (int)File.GetUnixFileMode(temp.Directories.Keys));
        Assert.Equal(0b111_101_101, (int)File.GetUnixFileMode(temp.Directories.Repos));
        temp.Directories.Create();
        Assert.Equal("/var/lib/slipway", DataDirectory.DefaultRoot(isRoot: true, "/x", "/home/u"));
        Assert.Equal("/x/slipway", DataDirectory.DefaultRoot(isRoot: false, "/x", "/home/u"));
        Assert.Equal("/home/u/.local/share/slipway", DataDirectory.DefaultRoot(isRoot: false, null, "/home/u"));
    }

    private static long Count(Database database) => database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM things"));
}
