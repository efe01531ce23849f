using System.Diagnostics;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

public sealed class CrashTests : IDisposable
{
    private readonly DeviceScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Stopped_before_any_step_of_an_update_each_path_is_old_or_new_and_the_next_run_finishes()
    {
        await InstallAsync();
        var old = Lines();
        Publish20();
        var saved = _scene.At("saved");
        Copy(_scene.Root, saved);
        await _scene.Device.UpdateAsync(null, Cancel);
        var target = Lines();
        for (var stop = 1; ; stop++)
        {
            Restore(saved);
            if (!await StopsAtAsync(stop))
            {
                Assert.True(stop > 15, $"only {stop} steps");
                break;
            }
            AssertOldOrNew(old, target);
            Assert.Equal(DeviceOutcome.Changed, (await _scene.Device.UpdateAsync(null, Cancel)).Outcome);
            Assert.Equal(target, Lines());
            Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(11)]
    [InlineData(19)]
    public async Task Killed_in_the_middle_of_an_update_the_next_run_finishes(int stop)
    {
        await InstallAsync();
        var old = Lines();
        Publish20();
        Kill(stop);
        Assert.True(File.Exists(_scene.InRoot("/var/lib/swupd/slipway/transaction.json")));
        var saved = _scene.At("saved");
        Copy(_scene.Root, saved);
        await _scene.Device.UpdateAsync(null, Cancel);
        var target = Lines();
        Restore(saved);
        AssertOldOrNew(old, target);
        await _scene.Device.UpdateAsync(null, Cancel);
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        Assert.Equal("own", File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(_scene.InRoot("/a"), "full.replaced-*")), "own")));
        Assert.DoesNotContain(Lines(), line => line.Contains(".slipway-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stopped_update_is_finished_before_anything_else_is_done()
    {
        await InstallAsync();
        Publish20();
        await StopsAtAsync(5);
        var added = await _scene.Device.BundleAddAsync(["editors"], Cancel);
        Assert.Equal((10u, 20u), (added.From, added.To));
        Assert.Contains(added.Warnings, warning => warning.Contains("was stopped", StringComparison.Ordinal));
        Assert.Equal("vi", _scene.Text("/usr/bin/vi"));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task A_stopped_install_is_finished_by_the_same_call()
    {
        Publish10();
        var stopped = new Updates.Device.Device(_scene.Options) { BeforeEach = StopAfter(4) };
        await Assert.ThrowsAsync<OperationCanceledException>(() => stopped.InstallAsync(null, ["editors"], Cancel));
        var result = await _scene.Device.InstallAsync(null, ["editors"], Cancel);
        Assert.Equal((DeviceOutcome.Changed, 0u, 10u), (result.Outcome, result.From, result.To));
        Assert.Equal(["editors", "os-core"], result.Bundles);
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    private void Kill(int stop)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment[StartupHook.Marker] = string.Join('|', _scene.Root, _scene.Content.Url, _scene.At("root.pem"), stop);
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        _ = child.StandardOutput.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            child.Kill();
            Assert.Fail("the child did not end");
        }
        Assert.True(child.ExitCode == 128 + 9, $"exit {child.ExitCode}: {errors.Result}");
    }

    private async Task<bool> StopsAtAsync(int stop)
    {
        try
        {
            await new Updates.Device.Device(_scene.Options) { BeforeEach = StopAfter(stop) }.UpdateAsync(null, Cancel);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    // Leaves everything where it is, as a killed process does: the code that changes the root catches no such exception.
    private static Action<BytePath> StopAfter(int steps) => _ =>
    {
        if (--steps == 0)
        {
            throw new OperationCanceledException("stopped by the test");
        }
    };

    private async Task InstallAsync()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, [], Cancel);
        File.WriteAllText(_scene.InRoot("/a/full/own"), "own");
    }

    private void Publish10() => _scene.Content.Publish(10,
        InstallAndUpdateTests.Core(("/a/dir", TestNode.Directory()), ("/a/dir/file", TestNode.File("x")), ("/a/file", TestNode.File("f")), ("/a/full", TestNode.Directory()), ("/a/mode", TestNode.File("m")), ("/a/same1", TestNode.File("s10")), ("/a/same2", TestNode.File("s10")), ("/a/gone/deep", TestNode.File("g")), ("/a/link", TestNode.Link("file"))),
        new TestBundle("editors", new() { ["/usr/bin/vi"] = TestNode.File("vi") }));

    private void Publish20() => _scene.Content.Publish(20,
        InstallAndUpdateTests.Core(("/a/dir", TestNode.File("now a file")), ("/a/file", TestNode.Directory()), ("/a/file/in", TestNode.File("in")), ("/a/full", TestNode.Link("file")), ("/a/mode", TestNode.File("m", 0x9ed)), ("/a/same1", TestNode.File("s20")), ("/a/same2", TestNode.File("s20")), ("/a/same3", TestNode.File("s20")), ("/a/link", TestNode.Link("mode"))),
        new TestBundle("editors", new() { ["/usr/bin/vi"] = TestNode.File("vi") }));

    private string[] Lines() => _scene.Snapshot().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private void AssertOldOrNew(string[] old, string[] target)
    {
        var allowed = old.Concat(target).ToHashSet();
        Assert.All(Lines().Where(line => !line.Contains(".slipway-", StringComparison.Ordinal)), line => Assert.Contains(line, allowed));
        foreach (var path in target.Select(line => line.Split(' ')[0]).Intersect(old.Select(line => line.Split(' ')[0])).Where(path => path != "a/full/own"))
        {
            Assert.Contains(Lines(), line => line.StartsWith(path + " ", StringComparison.Ordinal));
        }
    }

    private void Restore(string saved)
    {
        using (var tree = RootedTree.Open(Path.GetDirectoryName(_scene.Root)!))
        {
            tree.RemoveTree(BytePath.From("root"));
        }
        Copy(saved, _scene.Root);
    }

    private static void Copy(string from, string to)
    {
        using var copy = Process.Start("cp", ["-a", from, to])!;
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }
}
