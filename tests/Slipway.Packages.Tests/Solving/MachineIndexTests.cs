using System.Diagnostics;
using Slipway.Content;
using Slipway.Packages.Tests.Apt;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Over the whole index of this machine's distribution, where it answers.</summary>
public sealed class MachineIndexTests
{
    [Fact]
    [Trait("long", "yes")]
    public void A_build_root_of_the_whole_distribution_is_resolved()
    {
        using var temp = new TempDirectory();
        var log = TestContext.Current.TestOutputHelper!;
        var apt = new HostApt(temp["apt"], new ContentStore(temp["store"]), TimeProvider.System);
        Reachable.Update(apt);
        var solutions = new List<Solution>();
        for (var round = 0; round < 2; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            using var pool = apt.OpenSolver();
            log.WriteLine($"round {round}: opened in {clock.ElapsedMilliseconds} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms of processor");
            cpu = Environment.CpuUsage.TotalTime;
            clock.Restart();
            var solution = pool.Resolve(["build-essential", "debhelper (>= 10)", "fakeroot"], new ResolveOptions { Essential = true });
            log.WriteLine($"first resolve {clock.ElapsedMilliseconds} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms of processor, {solution.Packages.Count} packages");
            cpu = Environment.CpuUsage.TotalTime;
            for (var again = 0; again < 20; again++) solution = pool.Resolve(["build-essential", "debhelper (>= 10)", "fakeroot"], new ResolveOptions { Essential = true });
            log.WriteLine($"20 more: {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms of processor");
            solutions.Add(solution);
            Assert.True(solution.Succeeded, string.Join('\n', solution.Problems));
        }
        Assert.Equal(solutions[0].Packages, solutions[1].Packages);
    }
}
