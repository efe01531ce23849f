using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Slipway.Content;

namespace Slipway.State;

/// <summary>
/// The database of a service: SQLite, write-ahead log, every commit durable before it returns. Writers of one process and of
/// several take turns; readers do not wait. May be used from any thread.
/// </summary>
public sealed class Database : IDisposable
{
    private const int BusyTimeoutSeconds = 30;
    private const int MostIdleReaders = 16;
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SqliteConnection _writer;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private volatile int _writingThread;
    private volatile bool _disposed;

    private Database(string file, TimeProvider clock)
    {
        SqliteLibrary.Resolve();
        File = file;
        Clock = clock;
        // Not pooled by the library, which may lend one connection to two: github.com/dotnet/efcore/issues/39008.
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = BusyTimeoutSeconds, Pooling = false }.ToString();
        _writer = Connect();
    }

    /// <summary>The file of the database.</summary>
    public string File { get; }

    /// <summary>The clock that rows get their times from.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Now, in whole seconds since 1970.</summary>
    public long Now => Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Opens or makes the database and brings the tables of the given rooms up to date.</summary>
    public static Database Open(string file, IEnumerable<Migration> migrations, TimeProvider clock)
    {
        CreatePrivate(file);
        var database = new Database(file, clock);
        try
        {
            database._writer.Execute("PRAGMA journal_mode=WAL;");
            MigrationRun.Apply(database, [.. migrations]);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Reads on a connection of its own, in one consistent view.</summary>
    public T Read<T>(Func<IDbConnection, T> read)
    {
        if (!_readers.TryTake(out var connection)) connection = Connect();
        T result;
        try
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            result = read(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
        KeepIdle(connection);
        return result;
    }

    /// <summary>Runs in one transaction: all of it is durable when this returns, or, when it throws, nothing was done.</summary>
    public T Write<T>(Func<IDbTransaction, T> write)
    {
        if (_writingThread == Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("a write inside a write: pass the transaction on instead");
        _writing.Wait();
        _writingThread = Environment.CurrentManagedThreadId;
        try
        {
            // BEGIN IMMEDIATE: the lock is taken before anything is read, so no read can turn out stale at the commit.
            using var transaction = _writer.BeginTransaction(deferred: false);
            var result = write(transaction);
            transaction.Commit();
            return result;
        }
        finally
        {
            _writingThread = 0;
            _writing.Release();
        }
    }

    /// <inheritdoc cref="Write{T}"/>
    public void Write(Action<IDbTransaction> write) => Write(transaction =>
    {
        write(transaction);
        return 0;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _writer.Dispose();
        CloseIdle();
        _writing.Dispose();
    }

    private void KeepIdle(SqliteConnection reader)
    {
        if (_readers.Count < MostIdleReaders) _readers.Add(reader);
        else reader.Dispose();
        if (_disposed) CloseIdle();
    }

    private void CloseIdle()
    {
        while (_readers.TryTake(out var reader)) reader.Dispose();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            connection.Execute(string.Create(CultureInfo.InvariantCulture,
                $"PRAGMA busy_timeout={BusyTimeoutSeconds * 1000}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"));
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new SlipwayException($"database {File}", e.Message, "check the file's owner and the free space of its disk", e);
        }
    }

    private static void CreatePrivate(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (System.IO.File.Exists(file)) return;
        // SQLite gives its log and index the mode of the database itself.
        using var created = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
