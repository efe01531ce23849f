using Slipway.State;

namespace Slipway.Server.Devices;

/// <summary>The tables of this room.</summary>
public static class ServerMigrations
{
    /// <summary>Devices and their last reports. Times are seconds since 1970.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        new("server", 1, """
            CREATE TABLE server_device (
                stream TEXT NOT NULL, device TEXT NOT NULL, device_key TEXT NOT NULL,
                first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, reports INTEGER NOT NULL,
                at INTEGER NOT NULL, report TEXT NOT NULL,
                PRIMARY KEY (stream, device)) WITHOUT ROWID;
            """),
    ];
}
