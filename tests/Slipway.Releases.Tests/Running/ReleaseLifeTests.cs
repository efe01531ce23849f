using Slipway.Releases.Watching;
using Slipway.Sandbox;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Running;

public sealed class ReleaseLifeTests
{
    private const string Gates = "gates: [manifest, signatures, install, update, {name: hello, bundle: harbor, run: [/usr/bin/hello], expect: Hello}]";

    [Fact]
    public async Task Three_versions_come_from_commits_and_snapshots_alone_and_a_device_follows()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.Commit(Gates);

        await stream.SettleAsync();
        Assert.Equal(ReleaseState.Published, stream.Release(5).State);
        Assert.Equal("5", stream.Www("version/latest_version"));
        Assert.Equal("5", stream.Www("channels/stable/version/format30/latest"));

        stream.MakeOwn("1", "Hello, world");
        await stream.SettleAsync();
        Assert.Equal("10", stream.Www("version/format30/latest"));
        Assert.Contains("Hello, world", stream.Site.Releases.Gates(TestStream.Name, 10).Single(g => g.Gate == "hello").Detail, StringComparison.Ordinal);

        var device = DeviceAt(stream);
        await device.InstallAsync(10, ["harbor"], TestContext.Current.CancellationToken);
        Assert.Equal("NAME=\"Harbor\"\nID=harbor\nVERSION_ID=10\n", string.Join('\n', Root(stream, "usr/lib/os-release").Split('\n').Where(l => !l.StartsWith("BUILD_ID", StringComparison.Ordinal))));
        Assert.Equal("Hello, world", Run(stream, "/usr/bin/hello"));

        stream.MakeOwn("2", "Hello from Harbor");
        await stream.SettleAsync();
        var update = await device.UpdateAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(20u, update.To);
        Assert.True(update.Counts.Deltas > 0, "the update used no delta");
        Assert.True((await device.VerifyAsync(TestContext.Current.CancellationToken)).Good);
        Assert.Equal("Hello from Harbor", Run(stream, "/usr/bin/hello"));

        Assert.False(await stream.TickAsync());
        Assert.Equal(DecisionKind.UpToDate, stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision.Kind);
    }

    [Fact]
    public async Task Bad_commit_is_stopped_by_a_gate_and_not_tried_again_until_something_changes()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "Hello");
        stream.Commit(Gates);
        await stream.SettleAsync();
        Assert.Equal("10", stream.Www("version/latest_version"));

        stream.MakeOwn("2", "Hello", exit: 3);
        await stream.SettleAsync();
        Assert.Equal(ReleaseState.Blocked, stream.Release(20).State);
        Assert.Equal("10", stream.Www("version/latest_version"));
        Assert.False(Directory.Exists(stream.Places.MixContent(20)));
        Assert.False(Directory.Exists(Path.Combine(stream.Places.Www, "20")));
        var decision = stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision;
        Assert.Equal(DecisionKind.Blocked, decision.Kind);
        Assert.Contains("exit code 3", decision.ToString(), StringComparison.Ordinal);

        stream.MakeOwn("3", "Hello again");
        await stream.SettleAsync();
        Assert.Equal("30", stream.Www("version/latest_version"));
        Assert.Equal(10u, stream.Release(30).Previous);
    }

    [Fact]
    public async Task Provider_that_cannot_be_reached_makes_no_release()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "Hello");
        stream.Commit();
        await File.WriteAllTextAsync(stream.Own + ".down", "", TestContext.Current.CancellationToken);
        await stream.SettleAsync();
        Assert.Empty(stream.Site.Releases.All(TestStream.Name));
        Assert.Equal(DecisionKind.Error, Assert.Single(stream.Site.Runs.Streams()).Decision!.Kind);
        File.Delete(stream.Own + ".down");
        await stream.SettleAsync();
        Assert.Equal("10", stream.Www("version/latest_version"));
    }

    [Fact]
    public async Task Commit_that_changes_no_file_of_a_device_makes_no_version()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "Hello");
        stream.Commit(Gates);
        await stream.SettleAsync();
        stream.Commit(Gates, more: "# a remark");
        await stream.SettleAsync();
        Assert.Equal(10u, Assert.Single(stream.Site.Releases.All(TestStream.Name)).Version);
    }

    private static Device DeviceAt(TestStream stream) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(Path.Combine(stream.Root, "device")).FullName,
        ContentUrl = new Uri(stream.Places.Www).AbsoluteUri,
        VersionUrl = new Uri(stream.Places.Www).AbsoluteUri,
        CertificateFile = Path.Combine(stream.Root, "certificate.pem"),
        Time = stream.Clock,
    });

    private static string Root(TestStream stream, string path) => File.ReadAllText(Path.Combine(stream.Root, "device", path));

    private static string Run(TestStream stream, string program) =>
        ChildProcess.Run(new("chroot", Path.Combine(stream.Root, "device"), program)).Require("run " + program).Text;
}
