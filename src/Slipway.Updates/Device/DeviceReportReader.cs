using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates.Device;

internal static class DeviceReportReader
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxHeaderLength = 512;

    public static DeviceReport? Read(ReadOnlySpan<byte> body, string? keyHeader, string? signatureHeader, JsonSerializerOptions json, out string? refusal)
    {
        if (body.Length > MaxBodyBytes || keyHeader is not { Length: > 0 and <= MaxHeaderLength } || signatureHeader is not { Length: > 0 and <= MaxHeaderLength })
        {
            refusal = "the body is too long, or the key or signature is missing";
            return null;
        }
        try
        {
            var publicKey = Convert.FromBase64String(keyHeader);
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            if (key.KeySize != 256 || !key.VerifyData(body, Convert.FromBase64String(signatureHeader), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
            {
                refusal = "the signature does not fit the body";
                return null;
            }
            var report = JsonSerializer.Deserialize<DeviceReport>(body, json);
            refusal = report?.Device == Digest.Of(publicKey).ToString()[..DeviceKey.IdLength] ? null : "the device's id is not made from its key";
            return refusal is null ? report : null;
        }
        catch (Exception error) when (error is JsonException or FormatException or CryptographicException)
        {
            refusal = $"it cannot be read: {error.Message}";
            return null;
        }
    }
}
