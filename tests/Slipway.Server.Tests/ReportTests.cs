using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Server.Tests;

public sealed class ReportTests(TestSite site)
{
    private const string Stream = "reported";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Device_is_listed_with_what_it_said_last()
    {
        using var device = new FakeDevice();
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(device, r => r with { To = 10, At = Now }));
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(device, r => r with { From = 10, To = 20, Action = "update", At = Now + 1 }));
        var listed = (await site.Http.GetFromJsonAsync<JsonArray>($"/api/v1/streams/{Stream}/devices", Cancellation))!.Single(d => $"{d!["device"]}" == device.Id)!;
        Assert.Equal(("20", "update", "2"), ($"{listed["version"]}", $"{listed["action"]}", $"{listed["reports"]}"));
        Assert.Contains(device.Id[..12], await site.Http.GetStringAsync("/devices", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_that_is_replayed_after_a_newer_one_changes_nothing()
    {
        using var device = new FakeDevice();
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(device, r => r with { To = 20, At = Now }));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(device, r => r with { To = 10, At = Now - 60 }));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(device, r => r with { To = 30, At = Now + 200_000 }));
    }

    [Fact]
    public async Task Nobody_speaks_for_another_device()
    {
        using var device = new FakeDevice();
        using var other = new FakeDevice();
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(device, r => r with { Device = other.Id }));
        var changed = device.Report(Stream).ToBytes();
        var signature = device.Sign(changed);
        changed[^3] ^= 1;
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Stream, changed, device.Key, signature));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Stream, device.Report(Stream).ToBytes(), null, null));
    }

    [Fact]
    public async Task Report_to_another_or_an_unknown_stream_is_refused()
    {
        using var device = new FakeDevice();
        Directory.CreateDirectory(site.Data.Stream("else"));
        var body = device.Report(Stream).ToBytes();
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("else", body, device.Key, device.Sign(body)));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("unknown", body, device.Key, device.Sign(body)));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(".hidden", body, device.Key, device.Sign(body)));
    }

    [Fact]
    public async Task Report_that_is_too_long_is_refused()
    {
        using var device = new FakeDevice();
        var status = await SendAsync(device, r => r with { Error = new string('x', 70_000) });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task Device_that_reports_without_end_is_slowed_down()
    {
        using var device = new FakeDevice();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 30; i++) statuses.Add(await SendAsync(device, r => r with { At = Now }));
        Assert.Equal(HttpStatusCode.NoContent, statuses[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private Task<HttpStatusCode> SendAsync(FakeDevice device, Func<DeviceReport, DeviceReport> change)
    {
        Directory.CreateDirectory(site.Data.Stream(Stream));
        var body = change(device.Report(Stream)).ToBytes();
        return PostAsync(Stream, body, device.Key, device.Sign(body));
    }

    private async Task<HttpStatusCode> PostAsync(string stream, byte[] body, string? key, string? signature)
    {
        using var content = new ByteArrayContent(body);
        if (key is not null) content.Headers.Add(DeviceReport.KeyHeader, key);
        if (signature is not null) content.Headers.Add(DeviceReport.SignatureHeader, signature);
        using var answer = await site.Http.PostAsync($"/api/v1/streams/{stream}/reports", content, Cancellation);
        return answer.StatusCode;
    }

    /// <summary>A key like a device's own.</summary>
    private sealed class FakeDevice : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public string Key => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

        public string Id => Digest.Of(_key.ExportSubjectPublicKeyInfo()).ToString()[..32];

        public DeviceReport Report(string stream) => new()
        {
            Device = Id,
            Stream = stream,
            Action = "install",
            Result = "changed",
            From = 0,
            To = 5,
            Bundles = ["os-core"],
            Bytes = 1000,
            At = Now,
        };

        public string Sign(byte[] body) => Convert.ToBase64String(_key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        public void Dispose() => _key.Dispose();
    }
}
