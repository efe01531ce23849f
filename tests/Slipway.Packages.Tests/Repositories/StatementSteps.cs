using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>What SQLite does for each statement that is run on a database file, as SQLite itself counts it.</summary>
internal static unsafe partial class StatementSteps
{
    private const string Library = "libsqlite3.so.0";
    private const uint WhenFinished = 2;
    private const int VirtualMachineSteps = 4;
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<(string Sql, int Steps)>> Watched = new(StringComparer.Ordinal);
    private static int _isRegistered;

    /// <summary>Begins to count on connections to this file that are opened from now on.</summary>
    public static ConcurrentQueue<(string Sql, int Steps)> Watch(string databaseFile)
    {
        if (Interlocked.Exchange(ref _isRegistered, 1) == 0) _ = AutoExtension(&Opened);
        return Watched.GetOrAdd(databaseFile, _ => []);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Opened(nint database, nint error, nint routines)
    {
        if (Marshal.PtrToStringUTF8(FileOf(database, "main")) is { } file && Watched.ContainsKey(file)) _ = Trace(database, WhenFinished, &Finished, 0);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Finished(uint kind, nint context, nint statement, nint nanoseconds)
    {
        if (Marshal.PtrToStringUTF8(FileOf(DatabaseOf(statement), "main")) is { } file && Watched.TryGetValue(file, out var seen))
            seen.Enqueue((Marshal.PtrToStringUTF8(TextOf(statement)) ?? "", Status(statement, VirtualMachineSteps, 1)));
        return 0;
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_auto_extension")]
    private static partial int AutoExtension(delegate* unmanaged[Cdecl]<nint, nint, nint, int> opened);

    [LibraryImport(Library, EntryPoint = "sqlite3_trace_v2")]
    private static partial int Trace(nint database, uint mask, delegate* unmanaged[Cdecl]<uint, nint, nint, nint, int> finished, nint context);

    [LibraryImport(Library, EntryPoint = "sqlite3_db_filename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FileOf(nint database, string name);

    [LibraryImport(Library, EntryPoint = "sqlite3_db_handle")]
    private static partial nint DatabaseOf(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_sql")]
    private static partial nint TextOf(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_stmt_status")]
    private static partial int Status(nint statement, int counter, int reset);
}
