namespace Slipway.State.Tests;

public class LeasesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Subject_goes_to_one_holder_until_the_time_is_over()
    {
        using var temp = new TempState();
        var leases = new Leases(temp.Database, Minute);
        var first = Take(temp, leases, "one")!;
        Assert.Null(Take(temp, leases, "two"));
        temp.Clock.Pass(TimeSpan.FromSeconds(50));
        Assert.True(leases.Renew(first));
        temp.Clock.Pass(TimeSpan.FromSeconds(50));
        Assert.Null(Take(temp, leases, "two"));
        temp.Clock.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal([first], leases.Expired());
        var second = Take(temp, leases, "two")!;
        Assert.True(second.Fence > first.Fence);
        Assert.False(leases.Renew(first));
        Assert.False(temp.Database.Write(t => Leases.Holds(t, first)));
        Assert.True(temp.Database.Write(t => Leases.Holds(t, second)));
    }

    [Fact]
    public void Clock_that_is_set_ends_no_lease()
    {
        using var temp = new TempState();
        var leases = new Leases(temp.Database, Minute);
        Take(temp, leases, "one");
        temp.Clock.SetWall(temp.Clock.GetUtcNow().AddYears(1));
        Assert.Null(Take(temp, leases, "two"));
        Assert.Empty(leases.Expired());
    }

    [Fact]
    public void After_a_restart_the_time_starts_again()
    {
        using var temp = new TempState();
        var lease = Take(temp, new Leases(temp.Database, Minute), "one")!;
        temp.Clock.Pass(TimeSpan.FromHours(1));
        temp.Reopen();
        var leases = new Leases(temp.Database, Minute);
        Assert.Null(Take(temp, leases, "two"));
        Assert.True(leases.Renew(lease));
        temp.Clock.Pass(TimeSpan.FromMinutes(2));
        Assert.NotNull(Take(temp, leases, "two"));
    }

    [Fact]
    public void Released_subject_is_free_and_its_fence_still_grows()
    {
        using var temp = new TempState();
        var leases = new Leases(temp.Database, Minute);
        var first = Take(temp, leases, "one")!;
        temp.Database.Write(t => leases.Release(t, first));
        Assert.Empty(leases.Expired());
        Assert.True(Take(temp, leases, "two")!.Fence > first.Fence);
    }

    private static Lease? Take(TempState temp, Leases leases, string holder) =>
        temp.Database.Write(t => leases.TryTake(t, "build 1", holder));
}
