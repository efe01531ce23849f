using System.Text;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

public sealed class TransferTests : IDisposable
{
    private readonly DeviceScene _scene = new();
    private readonly TestServer _server;

    public TransferTests()
    {
        var noise = new byte[300_000];
        new Random(3).NextBytes(noise);
        _scene.Content.Publish(10, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File("hello 10")), ("/usr/share/noise", TestNode.File(noise))));
        _server = new TestServer(_scene.Content.Directory);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DeviceOptions Options => _scene.Options with { ContentUrl = _server.Url, VersionUrl = _server.Url };

    private Updates.Device.Device Device => new(Options);

    public void Dispose()
    {
        _server.Dispose();
        _scene.Dispose();
    }

    [Fact]
    public async Task A_device_installs_and_updates_over_http_and_counts_what_it_took()
    {
        var installed = await Device.InstallAsync(null, [], Cancel);
        Assert.Equal(_server.Requests.Count, installed.Counts.Requests);
        Assert.InRange(installed.Counts.Bytes, 300_000, 600_000);
        _scene.Content.Publish(20, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File("hello 20"))));
        _server.Requests.Clear();
        var updated = await Device.UpdateAsync(null, Cancel);
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
        Assert.True(updated.Counts.Bytes < 20_000);
        Assert.Contains("GET /20/pack-os-core-from-10.tar", _server.Requests);
        Assert.DoesNotContain(_server.Requests, request => request.Contains("/files/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_broke_off_is_continued_where_it_stopped()
    {
        _server.BreakOff["/10/pack-os-core-from-0.tar"] = (100_000, 2);
        var result = await Device.InstallAsync(null, [], Cancel);
        Assert.Equal(3, _server.Requests.Count(request => request.EndsWith("pack-os-core-from-0.tar", StringComparison.Ordinal)));
        var size = new FileInfo(Path.Combine(_scene.Content.Directory, "10/pack-os-core-from-0.tar")).Length;
        Assert.InRange(result.Counts.Bytes, size, size + 50_000);
        Assert.True((await Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task What_a_failed_run_received_is_used_by_the_next()
    {
        _server.BreakOff["/10/pack-os-core-from-0.tar"] = (60_000, 4);
        var error = await Assert.ThrowsAsync<SlipwayException>(() => Device.InstallAsync(null, [], Cancel));
        Assert.Equal(FailureKind.Unreachable, error.Kind);
        var size = new FileInfo(Path.Combine(_scene.Content.Directory, "10/pack-os-core-from-0.tar")).Length;
        var result = await Device.InstallAsync(null, [], Cancel);
        Assert.True(result.Counts.Bytes < size - 200_000, $"{result.Counts.Bytes} of {size}");
    }

    [Fact]
    public async Task An_answer_of_a_tired_server_is_asked_for_again_and_a_refusal_is_not()
    {
        _server.Answer["/10/Manifest.MoM.tar"] = (503, 2);
        await Device.InstallAsync(null, [], Cancel);
        Assert.Equal(3, _server.Requests.Count(request => request == "GET /10/Manifest.MoM.tar"));
        _server.Answer["/version/format30/latest"] = (403, 5);
        var error = await Assert.ThrowsAsync<SlipwayException>(() => Device.UpdateAsync(null, Cancel));
        Assert.Equal(FailureKind.Unreachable, error.Kind);
        Assert.Equal(4, _server.Answer["/version/format30/latest"].Times);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable_at_once()
    {
        await Device.InstallAsync(null, [], Cancel);
        _server.Dispose();
        var error = await Assert.ThrowsAsync<SlipwayException>(() => new Updates.Device.Device(Options with { Transfer = new TransferLimits { FirstPause = TimeSpan.FromMinutes(5) } }).UpdateAsync(null, Cancel));
        Assert.Equal(FailureKind.Unreachable, error.Kind);
    }

    [Fact]
    public async Task A_file_larger_than_its_signed_manifest_allows_is_not_taken()
    {
        _scene.Content.Write("10/pack-os-core-from-0.tar", new byte[2_500_000]);
        var error = await Assert.ThrowsAsync<SlipwayException>(() => Device.InstallAsync(null, [], Cancel));
        Assert.Contains("at most", error.Message);
        Assert.Equal("", _scene.Snapshot());
    }

    [Fact]
    public async Task A_damaged_download_is_fetched_once_more_before_it_is_refused()
    {
        _scene.Damage("10/pack-os-core-from-0.tar");
        await Assert.ThrowsAnyAsync<SlipwayException>(() => Device.InstallAsync(null, [], Cancel));
        Assert.Equal(2, _server.Requests.Count(request => request.EndsWith("pack-os-core-from-0.tar", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_report_is_signed_by_the_devices_own_key_and_kept_private()
    {
        var reporting = new Updates.Device.Device(Options with { Reporting = new DeviceReporting(_server.Url, "harbor"), Channel = null });
        await reporting.InstallAsync(null, [], Cancel);
        Assert.True(_server.Posts.TryDequeue(out var post));
        Assert.Contains("POST /api/v1/streams/harbor/reports", _server.Requests);
        var report = DeviceReport.ReadSigned(post.Body, Header(post.Head, DeviceReport.KeyHeader), Header(post.Head, DeviceReport.SignatureHeader), out var refusal);
        Assert.True(refusal is null, refusal);
        Assert.Equal(("install", "changed", 0u, 10u), (report!.Action, report.Result, report.From, report.To));
        Assert.True(report.Bytes > 300_000);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_scene.InRoot("/var/lib/swupd/slipway/device-key.pem")));
        var forged = Encoding.UTF8.GetString(post.Body).Replace("\"to\":10", "\"to\":99", StringComparison.Ordinal);
        Assert.NotEqual(Encoding.UTF8.GetString(post.Body), forged);
        Assert.Null(DeviceReport.ReadSigned(Encoding.UTF8.GetBytes(forged), Header(post.Head, DeviceReport.KeyHeader), Header(post.Head, DeviceReport.SignatureHeader), out _));
    }

    [Fact]
    public async Task A_failed_update_is_reported_too()
    {
        await Device.InstallAsync(null, [], Cancel);
        _scene.Content.Publish(20, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File("hello 20"))));
        _scene.Damage("20/Manifest.MoM.tar");
        await Assert.ThrowsAnyAsync<SlipwayException>(() => new Updates.Device.Device(Options with { Reporting = new DeviceReporting(_server.Url, "harbor") }).UpdateAsync(null, Cancel));
        Assert.True(_server.Posts.TryDequeue(out var post));
        Assert.Contains("\"failed\"", Encoding.UTF8.GetString(post.Body));
        Assert.Contains("Manifest.MoM.tar", Encoding.UTF8.GetString(post.Body));
    }

    private static string? Header(string head, string name) => head.Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
