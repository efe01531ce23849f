using Slipway.Content;
using Slipway.Packages.Tests.Repositories;
using Slipway.Releases.Tests.Running;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Publishing;

/// <summary>Releases follow each other to a directory and an object store while devices update and the publisher is killed again and again.</summary>
public sealed class TortureTests
{
    private static readonly string[] s_points =
    [
        "publisher: the content is in place", "publish begins", "publisher: the content is verified", "stage done", "publisher: stable points", "content begins", "publisher: 2 destinations have",
    ];

    [Fact]
    public Task Twenty_releases_reach_devices_whole_whatever_is_killed() => PublishAsync(20, killEvery: 4);

    [Fact]
    [Trait("long", "yes")]
    public Task Five_hundred_releases_reach_devices_whole_whatever_is_killed() => PublishAsync(500, killEvery: 7);

    private static async Task PublishAsync(int releases, int killEvery)
    {
        using var stream = new TestStream();
        using var store = new ObjectStoreServer(Path.Combine(stream.Root, "s3"));
        await File.WriteAllTextAsync(Path.Combine(stream.Data.Root, "rclone.conf"), store.Configuration, TestContext.Current.CancellationToken);
        stream.MakeDistribution();
        stream.MakeOwn("1", "release 1");
        stream.Commit("gates: [signatures]", more: $"destinations: [{{name: pub, to: {stream.Pub}}}, {{name: s3, to: \"{ObjectStoreServer.PlaceOf("harbor")}\"}}]");
        await stream.SettleAsync();
        using var over = new CancellationTokenSource();
        var places = new[] { new Uri(stream.Places.Www).AbsoluteUri, new Uri(Path.Combine(stream.Pub, "update")).AbsoluteUri, store.UrlOf("harbor/update") };
        var devices = places.Select((url, i) => DeviceLoopAsync(stream, url, $"device-{i}", over.Token)).ToList();
        for (var release = 2; release <= releases; release++)
        {
            stream.MakeOwn($"{release}", $"release {release}");
            if (release % killEvery == 0)
                Assert.Equal(137, await DoomedWatcher.RunAsync(stream.Root, s_points[release / killEvery % s_points.Length]));
            await stream.SettleAsync();
        }
        var last = stream.Www("version/latest_version");
        Assert.Equal(last, await File.ReadAllTextAsync(Path.Combine(stream.Pub, "latest"), TestContext.Current.CancellationToken));
        await over.CancelAsync();
        var looks = 0;
        foreach (var (device, url) in devices.Zip(places))
        {
            var seen = await device;
            Assert.True(seen.Wrong.Count == 0, $"{url}: {string.Join("\n", seen.Wrong)}");
            looks += seen.Looks;
        }
        for (var i = 0; i < places.Length; i++)
        {
            var device = DeviceAt(stream, places[i], $"device-{i}");
            Assert.Equal(uint.Parse(last, null), (await device.UpdateAsync(null, TestContext.Current.CancellationToken)).To);
            Assert.Empty((await device.VerifyAsync(TestContext.Current.CancellationToken)).Differences);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{releases} releases, {looks} updates by {places.Length} devices, version {last}");
    }

    /// <summary>Updates again and again. In an object store a pointer and its signature are two objects, so between their changes a device may see an old one beside a new one, and looks again; nothing else may go wrong.</summary>
    private static async Task<(int Looks, List<string> Wrong)> DeviceLoopAsync(TestStream stream, string url, string name, CancellationToken over)
    {
        var device = DeviceAt(stream, url, name);
        await device.InstallAsync(null, ["harbor"], CancellationToken.None);
        var (looks, wrong) = (0, new List<string>());
        for (; !over.IsCancellationRequested; looks++)
        {
            try
            {
                var update = await device.UpdateAsync(null, CancellationToken.None);
                if (update.Outcome == DeviceOutcome.Changed && (await device.VerifyAsync(CancellationToken.None)).Differences.Count > 0)
                    wrong.Add($"at {update.To} the root differs");
            }
            catch (SlipwayException e) when (url.StartsWith("http", StringComparison.Ordinal) && e.What.Contains("version/", StringComparison.Ordinal) | e.What.Contains("channel", StringComparison.Ordinal))
            {
                // Half a pointer is refused and changes nothing; see above.
            }
            catch (SlipwayException e)
            {
                wrong.Add(e.Message);
            }
            await Task.WhenAny(Task.Delay(100, CancellationToken.None), Task.Delay(Timeout.Infinite, over));
        }
        return (looks, wrong);
    }

    private static Device DeviceAt(TestStream stream, string url, string name) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(Path.Combine(stream.Root, name)).FullName,
        ContentUrl = url,
        VersionUrl = url,
        CertificateFile = Path.Combine(stream.Root, "certificate.pem"),
        Time = stream.Clock,
    });
}
