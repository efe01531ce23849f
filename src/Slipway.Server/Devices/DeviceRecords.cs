using System.Text.Json;
using Dapper;
using Slipway.Content;
using Slipway.State;
using Slipway.Updates.Device;

namespace Slipway.Server.Devices;

/// <summary>A device as its stream knows it: what it said last.</summary>
/// <param name="Device">Made from its key, so nobody else can speak under this name.</param>
/// <param name="Reports">How many it sent.</param>
public sealed record DeviceView(
    string Device, string? Channel, uint Version, uint From, string Action, string Result, string? Error, IReadOnlyList<string> Bundles,
    long Bytes, int Requests, double Seconds, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Reports);

/// <summary>The devices of all streams, each with its last report.</summary>
internal sealed class DeviceRecords(Database database)
{
    private const int MaxDevicesPerStream = 200_000;
    private static readonly TimeSpan MaxClockAhead = TimeSpan.FromDays(1);

    private sealed record Row(string Device, string Report, long FirstSeen, long LastSeen, long Reports);

    /// <summary>Notes a report whose signature was checked. One that is older than the last is somebody's replay and changes nothing.</summary>
    public void Note(DeviceReport report, string key) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        if (report.At > database.Now + MaxClockAhead.TotalSeconds)
            throw new SlipwayException($"report of {report.Device}", "its clock is more than a day ahead", "set the device's clock") { Kind = FailureKind.Usage };
        var last = connection.ExecuteScalar<long?>(
            "SELECT at FROM server_device WHERE stream = @Stream AND device = @Device", new { report.Stream, report.Device }, transaction);
        if (last is null && connection.ExecuteScalar<long>("SELECT count(*) FROM server_device WHERE stream = @Stream", new { report.Stream }, transaction) >= MaxDevicesPerStream)
            throw new SlipwayException($"report to {report.Stream}", $"the stream has {MaxDevicesPerStream} devices already") { Kind = FailureKind.Blocked };
        if (last > report.At)
            throw new SlipwayException($"report of {report.Device}", "it is older than the last one") { Kind = FailureKind.Blocked };
        connection.Execute(
            """
            INSERT INTO server_device (stream, device, device_key, first_seen, last_seen, reports, at, report)
            VALUES (@Stream, @Device, @key, @Now, @Now, 1, @At, @text)
            ON CONFLICT (stream, device) DO UPDATE SET last_seen = @Now, reports = reports + 1, at = @At, report = @text
            """,
            new { report.Stream, report.Device, key, database.Now, report.At, text = JsonSerializer.Serialize(report) }, transaction);
    });

    /// <summary>The devices of a stream, the one that spoke last first.</summary>
    public IReadOnlyList<DeviceView> Devices(string stream, int atMost = 500) => database.Read(connection => connection.Query<Row>(
            """
            SELECT device AS Device, report AS Report, first_seen AS FirstSeen, last_seen AS LastSeen, reports AS Reports
            FROM server_device WHERE stream = @stream ORDER BY last_seen DESC, device LIMIT @atMost
            """, new { stream, atMost })
        .Select(View).ToList());

    /// <summary>How many devices of a stream are at each version, the highest version first.</summary>
    public IReadOnlyList<(uint Version, int Devices)> Versions(string stream) =>
        [.. Devices(stream, MaxDevicesPerStream).GroupBy(d => d.Version).Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Key)];

    /// <summary>Devices that are at a version, and those whose last update failed since an instant.</summary>
    public (int Succeeded, int Failed) Updates(string stream, uint version, DateTimeOffset since)
    {
        var devices = Devices(stream, MaxDevicesPerStream);
        return (devices.Count(d => d.Version == version), devices.Count(d => d.Version != version && d.Result == "failed" && d.LastSeen >= since));
    }

    /// <summary>The streams that devices reported to.</summary>
    public IReadOnlyList<string> Streams() =>
        database.Read(connection => connection.Query<string>("SELECT DISTINCT stream FROM server_device ORDER BY stream").ToList());

    private static DeviceView View(Row row)
    {
        var report = JsonSerializer.Deserialize<DeviceReport>(row.Report)!;
        return new DeviceView(
            row.Device, report.Channel, report.To, report.From, report.Action, report.Result, report.Error, report.Bundles, report.Bytes, report.Requests,
            report.Seconds, DateTimeOffset.FromUnixTimeSeconds(row.FirstSeen), DateTimeOffset.FromUnixTimeSeconds(row.LastSeen), row.Reports);
    }
}
