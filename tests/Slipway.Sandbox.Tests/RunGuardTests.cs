namespace Slipway.Sandbox.Tests;

public sealed class RunGuardTests
{
    [Fact]
    public async Task Disk_that_does_not_answer_ends_the_run_and_not_the_process()
    {
        using var scratch = new ScratchDirectory();
        var directory = Directory.CreateDirectory(Path.Combine(scratch.Path, "run")).FullName;
        using var guard = new RunGuard(directory, new() { DiskReserveBytes = 0 }, interactive: false, TestContext.Current.CancellationToken);
        Directory.Delete(directory);
        var ended = new TaskCompletionSource();
        using var told = guard.End.Register(ended.SetResult);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(SandboxLimit.MachineDisk, guard.Reached);
    }
}
