using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

public sealed class ChannelTests : IDisposable
{
    private const string Below = "channels/stable/";
    private readonly DeviceScene _scene = new();

    public ChannelTests()
    {
        foreach (var version in (uint[])[10, 20])
        {
            _scene.Content.Publish(version, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File($"hello {version}"))));
        }
        _scene.Content.Point(10, Below);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Updates.Device.Device Device => Named("device-a");

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_device_follows_its_channel_and_falls_back_to_the_plain_pointer()
    {
        Assert.Equal(10u, (await Device.InstallAsync(null, [], Cancel)).To);
        Switch(1, 20, RollOut.Full);
        Assert.Equal(20u, (await Device.UpdateAsync(null, Cancel)).To);
    }

    [Fact]
    public async Task A_lower_sequence_an_expired_pointer_and_a_vanished_one_are_refused()
    {
        Switch(5, 10, RollOut.Full);
        await Device.InstallAsync(null, [], Cancel);
        Switch(4, 20, RollOut.Full);
        await RefusedAsync("sequence 4 is lower than 5");
        Switch(6, 20, RollOut.Full, DeviceScene.Noon.AddSeconds(-1));
        await RefusedAsync("expired");
        File.Delete(Path.Combine(_scene.Content.Directory, Below, "channel.json"));
        _scene.Content.Point(20, Below);
        await RefusedAsync("it is gone");
        Switch(6, 20, RollOut.Full);
        Assert.Equal(20u, (await Device.UpdateAsync(null, Cancel)).To);
    }

    [Fact]
    public async Task A_pointer_of_another_channel_or_release_is_refused()
    {
        await Device.InstallAsync(null, [], Cancel);
        _scene.Content.WriteChannel(Pointer(1, 20, RollOut.Full) with { Channel = "testing" }, Below);
        await RefusedAsync("channel testing");
        _scene.Content.WriteChannel(Pointer(1, 20, RollOut.Full) with { MomDigest = Digest.Of("other"u8) }, Below);
        await RefusedAsync("SHA-256");
        Switch(1, 20, RollOut.Full);
        _scene.Damage(Below + "channel.json", 0.2);
        await RefusedAsync("channel.json");
        File.Delete(Path.Combine(_scene.Content.Directory, Below, "channel.json.sig"));
        await RefusedAsync("channel.json");
    }

    [Fact]
    public async Task A_partial_roll_out_holds_some_devices_back_and_a_wider_one_takes_them()
    {
        Switch(1, 10, RollOut.Full);
        await Device.InstallAsync(null, [], Cancel);
        var half = new RollOut(50, "20", ["lab"], null);
        var (taken, held) = (Id(half, RollOutDecision.Take), Id(half, RollOutDecision.NotYet));
        Switch(2, 20, half);
        Assert.Equal(DeviceOutcome.HeldBack, (await Named(held).UpdateAsync(null, Cancel)).Outcome);
        Assert.Equal(new DeviceCheck(10, 10, 20), await Named(held).CheckAsync(Cancel));
        Assert.Equal(new DeviceCheck(10, 20, 20), await Named(taken).CheckAsync(Cancel));
        Assert.True((await new Updates.Device.Device(Options(held) with { Cohorts = ["lab"] }).CheckAsync(Cancel)).UpdateAvailable);
        Switch(3, 20, half with { Percent = 100 });
        Assert.Equal(20u, (await Named(held).UpdateAsync(null, Cancel)).To);
    }

    [Fact]
    public async Task A_device_of_an_older_format_stays_with_its_own_pointer()
    {
        _scene.Content.WriteChannel(Pointer(1, 20, RollOut.Full) with { Format = 31 }, Below);
        Assert.Equal(10u, (await Device.InstallAsync(null, [], Cancel)).To);
    }

    private static string Id(RollOut rollOut, RollOutDecision wanted) =>
        Enumerable.Range(0, 1000).Select(number => $"device-{number}").First(id => rollOut.Decide(id, [], DeviceScene.Noon) == wanted);

    private DeviceOptions Options(string id) => _scene.Options with { Channel = "stable", DeviceId = id };

    private Updates.Device.Device Named(string id) => new(Options(id));

    private void Switch(long sequence, uint version, RollOut rollOut, DateTimeOffset? expires = null) =>
        _scene.Content.WriteChannel(Pointer(sequence, version, rollOut) with { Expires = expires ?? DeviceScene.Noon.AddDays(1) }, Below);

    private ChannelPointer Pointer(long sequence, uint version, RollOut rollOut) =>
        new("harbor", "stable", sequence, version, 30, _scene.Content.MomDigest(version), rollOut, DeviceScene.Noon.AddDays(1));

    private async Task RefusedAsync(string reason)
    {
        var error = await Assert.ThrowsAsync<SlipwayException>(() => Device.UpdateAsync(null, Cancel));
        Assert.Contains(reason, error.Message);
        Assert.Equal("hello 10", _scene.Text("/usr/bin/hello"));
    }
}
