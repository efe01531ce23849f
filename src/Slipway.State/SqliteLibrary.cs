using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Slipway.State;

/// <summary>The system's own SQLite, which the distribution keeps secure, under the name the provider asks for.</summary>
internal static class SqliteLibrary
{
    private const string SystemName = "libsqlite3.so.0";
    private static readonly Lazy<bool> _resolved = new(Load);

    internal static void Resolve() => _ = _resolved.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Find);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Find(string name, Assembly assembly, DllImportSearchPath? search) =>
        name == "e_sqlite3" ? NativeLibrary.Load(SystemName) : 0;
}
