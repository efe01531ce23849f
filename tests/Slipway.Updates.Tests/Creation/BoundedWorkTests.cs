namespace Slipway.Updates.Tests.Creation;

public sealed class BoundedWorkTests
{
    [Fact]
    public void Jobs_together_never_hold_more_than_the_bound()
    {
        long held = 0, most = 0, done = 0;
        var gate = new Lock();
        new BoundedWork(4, 100, TestContext.Current.CancellationToken).Run(Enumerable.Range(1, 60).Select(i => new Job(i, i, () =>
        {
            lock (gate) most = Math.Max(most, held += i);
            Thread.Yield();
            lock (gate)
            {
                held -= i;
                done++;
            }
        })));
        Assert.Equal(60, done);
        Assert.InRange(most, 60, 100);
    }

    [Fact]
    public void A_job_larger_than_the_bound_runs_alone()
    {
        var running = 0;
        var most = 0;
        new BoundedWork(2, 10, TestContext.Current.CancellationToken).Run(
            [Observing(50), Observing(40), Observing(30)]);
        Assert.Equal(1, most);

        Job Observing(long memory) => new(memory, memory, () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            Thread.Yield();
            Interlocked.Decrement(ref running);
        });
    }

    [Fact]
    public void After_a_failure_nothing_more_is_begun()
    {
        var begun = 0;
        var work = new BoundedWork(1, 100, TestContext.Current.CancellationToken);
        Assert.Throws<AggregateException>(() => work.Run(Enumerable.Range(1, 5).Select(i => new Job(i, 1, () =>
        {
            begun++;
            throw new InvalidOperationException("broken");
        }))));
        Assert.Equal(1, begun);
    }
}
