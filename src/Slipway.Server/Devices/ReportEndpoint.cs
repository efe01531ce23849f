using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Access;
using Slipway.Server.Api;
using Slipway.Updates.Device;

namespace Slipway.Server.Devices;

/// <summary>Where devices report. No login: each report is signed by the device's own key, and its name is made from that key.</summary>
internal static class ReportEndpoint
{
    private const int MaxBodyBytes = 64 * 1024;

    public static void Map(WebApplication application, ServerParts parts, DeviceRecords devices)
    {
        var rate = new ReportRate(parts.Database.Clock);
        application.MapGet("/api/v1/streams/{stream}/devices", (string stream) => ApiJson.Of(devices.Devices(stream)));
        application.MapPost("/api/v1/streams/{stream}/reports", (HttpContext context, string stream) => TakeAsync(context, parts, devices, rate, stream))
            .WithMetadata(new WriteAccess(null));
    }

    private static async Task<IResult> TakeAsync(HttpContext context, ServerParts parts, DeviceRecords devices, ReportRate rate, string stream)
    {
        if (stream.StartsWith('.') || !Directory.Exists(parts.Data.Stream(stream))) return ApiJson.Missing($"stream {stream}");
        var body = await ReadBodyAsync(context);
        if (body is null) return ApiJson.Failure(413, "report", $"it has more than {MaxBodyBytes} bytes", null);
        string? key = context.Request.Headers[DeviceReport.KeyHeader];
        if (DeviceReport.ReadSigned(body, key, context.Request.Headers[DeviceReport.SignatureHeader], out var refusal) is not { } report)
            return ApiJson.Failure(400, "report", refusal ?? "it cannot be read", null);
        if (report.Stream != stream) return ApiJson.Failure(400, "report", $"it is about {report.Stream} and was sent to {stream}", null);
        if (!rate.Allows(report.Device))
        {
            context.Response.Headers.RetryAfter = "60";
            return ApiJson.Failure(429, $"report of {report.Device}", "the device reports too often", "report once for each operation");
        }

        devices.Note(report, key!);
        return Results.NoContent();
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContext context)
    {
        var buffer = new byte[MaxBodyBytes + 1];
        var read = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted);
        return read > MaxBodyBytes ? null : buffer[..read];
    }
}
