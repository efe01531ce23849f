using System.Diagnostics;

namespace Slipway.State.Tests;

public class DoorbellTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Ring_of_another_wakes_the_waiter()
    {
        using var temp = new TempState();
        var waiting = temp.Directories.Doorbell("fetch").WaitAsync(Long, TestContext.Current.CancellationToken);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        temp.Directories.Doorbell("fetch").Ring();
        await waiting.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Ring_between_two_waits_is_not_missed()
    {
        using var temp = new TempState();
        var bell = temp.Directories.Doorbell("fetch");
        await bell.WaitAsync(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        temp.Directories.Doorbell("fetch").Ring();
        await bell.WaitAsync(Long, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_touch_of_the_file_rings_too()
    {
        using var temp = new TempState();
        var bell = temp.Directories.Doorbell("fetch");
        bell.Ring();
        await bell.WaitAsync(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        var waiting = bell.WaitAsync(Long, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(bell.File, new DateTime(2026, 11, 20, 0, 0, 0, DateTimeKind.Utc));
        await waiting.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_ring_the_waiter_looks_by_itself()
    {
        using var temp = new TempState();
        var watch = Stopwatch.StartNew();
        await temp.Directories.Doorbell("fetch").WaitAsync(TimeSpan.FromMilliseconds(120), TestContext.Current.CancellationToken);
        Assert.InRange(watch.ElapsedMilliseconds, 100, 5000);
    }
}
