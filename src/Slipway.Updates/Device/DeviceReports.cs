using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>What a device tells its stream's server after an operation (format 4.1).</summary>
public sealed record DeviceReport
{
    /// <summary>The header that carries the device's public key: SubjectPublicKeyInfo in base64.</summary>
    public const string KeyHeader = "Slipway-Device-Key";

    /// <summary>The header that carries the signature over the body: ECDSA P-256 with SHA-256, DER, in base64.</summary>
    public const string SignatureHeader = "Slipway-Device-Signature";

    internal const string Failed = "failed";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>The first 32 hexadecimal digits of the SHA-256 of the device's public key.</summary>
    public required string Device { get; init; }

    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <summary>The channel the device follows; null for the stream's own version URL.</summary>
    public string? Channel { get; init; }

    /// <summary>install, update, repair, bundle-add or bundle-remove.</summary>
    public required string Action { get; init; }

    /// <summary>changed, up-to-date, held-back or failed.</summary>
    public required string Result { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public string? Error { get; init; }

    /// <summary>The version before; 0 for a new root.</summary>
    public required uint From { get; init; }

    /// <summary>The version after.</summary>
    public required uint To { get; init; }

    /// <summary>The bundles after.</summary>
    public IReadOnlyList<string> Bundles { get; init; } = [];

    /// <summary>Bytes received.</summary>
    public long Bytes { get; init; }

    /// <summary>Requests made.</summary>
    public int Requests { get; init; }

    /// <summary>Wall time in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>When the operation ended, in seconds since 1970 by the device's clock.</summary>
    public long At { get; init; }

    internal static string ResultOf(DeviceOutcome outcome) => outcome switch
    {
        DeviceOutcome.Changed => "changed",
        DeviceOutcome.HeldBack => "held-back",
        _ => "up-to-date",
    };

    /// <summary>The body of the request; its signature is over exactly these bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads a report that a server received: its signature must be the key's, and its device id must be made from the key.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="keyHeader">The value of <see cref="KeyHeader"/>.</param>
    /// <param name="signatureHeader">The value of <see cref="SignatureHeader"/>.</param>
    /// <param name="refusal">Why it is refused; null when it is not.</param>
    public static DeviceReport? ReadSigned(ReadOnlySpan<byte> body, string? keyHeader, string? signatureHeader, out string? refusal) =>
        DeviceReportReader.Read(body, keyHeader, signatureHeader, Json, out refusal);
}

/// <summary>Sends reports; what cannot be sent is a warning, never a failure of the operation.</summary>
internal static class DeviceReports
{
    public static async Task SendAsync(HttpTransferPost post, DeviceReporting reporting, DeviceKey key, DeviceReport report, DamagePolicy warnings, CancellationToken cancel)
    {
        var body = report.ToBytes();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.Add(DeviceReport.KeyHeader, Convert.ToBase64String(key.PublicKey));
        content.Headers.Add(DeviceReport.SignatureHeader, Convert.ToBase64String(key.Sign(body)));
        var url = $"{reporting.ServerUrl.TrimEnd('/')}/api/v1/streams/{Uri.EscapeDataString(reporting.Stream)}/reports";
        try
        {
            var status = (int)await post(url, content, cancel);
            if (status is < 200 or > 299)
            {
                warnings.Warn($"the report was not taken: {url} answered {status}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or SlipwayException)
        {
            warnings.Warn($"the report was not sent: {error.Message}");
        }
    }
}

internal delegate Task<System.Net.HttpStatusCode> HttpTransferPost(string url, HttpContent content, CancellationToken cancel);
