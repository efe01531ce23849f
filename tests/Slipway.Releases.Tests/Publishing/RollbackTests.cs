using Slipway.Content;
using Slipway.Releases.Watching;
using Slipway.Updates;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Publishing;

public sealed class RollbackTests
{
    private static async Task<TestStream> AtTwentyAsync()
    {
        var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit("gates: [manifest, signatures]");
        await stream.SettleAsync();
        stream.MakeOwn("2", "bad");
        await stream.SettleAsync();
        Assert.Equal("20", stream.Www("version/latest_version"));
        return stream;
    }

    [Fact]
    public async Task Withdrawn_release_is_replaced_by_its_predecessors_content_under_a_higher_number()
    {
        using var stream = await AtTwentyAsync();
        var device = DeviceAt(stream);
        await device.InstallAsync(null, ["harbor"], TestContext.Current.CancellationToken);
        Assert.Contains("bad", await HelloAsync(stream), StringComparison.Ordinal);

        var run = stream.Operations.Withdraw(TestStream.Name, 20, "ada", "greets wrongly");
        Assert.Equal(30u, run!.Version);
        Assert.Equal("10", stream.Www("version/latest_version"));
        Assert.Contains("withdrawn", stream.Site.Channels.Find(TestStream.Name, "stable").Hold!.Reason, StringComparison.Ordinal);
        Assert.Equal(DeviceOutcome.UpToDate, (await device.UpdateAsync(null, TestContext.Current.CancellationToken)).Outcome);

        await stream.SettleAsync();
        Assert.Equal("30", stream.Www("version/latest_version"));
        Assert.Null(stream.Site.Channels.Find(TestStream.Name, "stable").Hold);
        var update = await device.UpdateAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(30u, update.To);
        Assert.True(update.Counts.Packs > 0, "there was no delta pack from the bad release");
        Assert.Contains("good", await HelloAsync(stream), StringComparison.Ordinal);
        Assert.True((await device.VerifyAsync(TestContext.Current.CancellationToken)).Good);

        var withdrawn = stream.Release(20);
        Assert.Equal(ReleaseState.Withdrawn, withdrawn.State);
        Assert.Equal(("ada", "greets wrongly"), (withdrawn.Withdrawal!.By, withdrawn.Withdrawal.Reason));
    }

    [Fact]
    public async Task Bad_inputs_are_not_built_again_after_a_rollback_but_the_correction_is()
    {
        using var stream = await AtTwentyAsync();
        stream.Operations.Rollback(TestStream.Name, "stable", "ada", "greets wrongly");
        await stream.SettleAsync();
        Assert.Equal(DecisionKind.UpToDate, stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision.Kind);
        stream.MakeOwn("3", "corrected");
        await stream.SettleAsync();
        Assert.Equal("40", stream.Www("version/latest_version"));
    }

    [Fact]
    public async Task Lower_withdrawn_or_unknown_release_is_not_published_by_hand()
    {
        using var stream = await AtTwentyAsync();
        Assert.Equal(FailureKind.Blocked, Assert.Throws<SlipwayException>(() => stream.Operations.Promote(TestStream.Name, "stable", 10, "ada")).Kind);
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => stream.Operations.Promote(TestStream.Name, "stable", 99, "ada")).Kind);
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => stream.Operations.Promote(TestStream.Name, "nowhere", 20, "ada")).Kind);
        stream.Operations.Withdraw(TestStream.Name, 20, "ada", "x");
        Assert.Equal(FailureKind.Blocked, Assert.Throws<SlipwayException>(() => stream.Operations.Promote(TestStream.Name, "lts", 20, "ada")).Kind);
        Assert.Empty(stream.Site.Channels.Unfinished(TestStream.Name));
    }

    [Fact]
    public async Task Promotion_points_another_channel_to_the_same_bytes()
    {
        using var stream = await AtTwentyAsync();
        var before = Directory.GetLastWriteTimeUtc(Path.Combine(stream.Places.Www, "10"));
        stream.Operations.Promote(TestStream.Name, "lts", 10, "ada");
        Assert.Equal("10", stream.Www("channels/lts/version/format30/latest"));
        Assert.Equal("20", stream.Www("version/latest_version"));
        Assert.Equal(before, Directory.GetLastWriteTimeUtc(Path.Combine(stream.Places.Www, "10")));
    }

    [Fact]
    public async Task Channel_has_one_signed_pointer_that_agrees_with_its_version_file()
    {
        using var stream = await AtTwentyAsync();
        var directory = Path.Combine(stream.Places.Www, "channels", "stable");
        var pointer = ChannelPointer.ReadSigned(
            await File.ReadAllBytesAsync(Path.Combine(directory, "channel.json"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(directory, "channel.json.sig"), TestContext.Current.CancellationToken),
            TrustRoots.Load(Path.Combine(stream.Root, "certificate.pem")), "channel.json");
        Assert.Equal((20u, 2L, 30), (pointer.Version, pointer.Sequence, pointer.Format));
        Assert.Equal(stream.Release(20).Mom, pointer.MomDigest);
        Assert.Equal(stream.Clock.Now.AddDays(30), pointer.Expires);
    }

    [Fact]
    public async Task Pointer_is_signed_again_before_it_expires()
    {
        using var stream = await AtTwentyAsync();
        stream.Clock.Now = stream.Clock.Now.AddDays(16);
        await stream.SettleAsync();
        var channel = stream.Site.Channels.Find(TestStream.Name, "stable");
        Assert.Equal((20u, 3L), (channel.Version, channel.Sequence));
    }

    [Theory]
    [InlineData("Manifest.os-core.tar")]
    [InlineData("files")]
    public async Task Content_that_changed_after_staging_is_never_pointed_to(string what)
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit("gates: [manifest, signatures]");
        stream.At = text =>
        {
            if (text != "publisher: the content is in place")
                return;
            var version = Path.Combine(stream.Places.Www, "10");
            var victim = what == "files" ? Directory.EnumerateFiles(Path.Combine(version, what)).First() : Path.Combine(version, what);
            using var file = new FileStream(victim, FileMode.Open, FileAccess.ReadWrite);
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(0xff);
        };
        await stream.SettleAsync();
        Assert.False(File.Exists(Path.Combine(stream.Places.Www, "version", "latest_version")));
        Assert.Equal(RunState.Failed, stream.Site.Runs.Newest(TestStream.Name, 1)[0].State);
    }

    private static Device DeviceAt(TestStream stream) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(Path.Combine(stream.Root, "device")).FullName,
        ContentUrl = new Uri(stream.Places.Www).AbsoluteUri,
        VersionUrl = new Uri(stream.Places.Www).AbsoluteUri,
        CertificateFile = Path.Combine(stream.Root, "certificate.pem"),
        Time = stream.Clock,
    });

    private static Task<string> HelloAsync(TestStream stream) => File.ReadAllTextAsync(Path.Combine(stream.Root, "device/usr/bin/hello"));
}
