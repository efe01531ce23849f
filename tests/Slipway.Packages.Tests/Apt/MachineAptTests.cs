using Slipway.Content;

namespace Slipway.Packages.Tests.Apt;

/// <summary>Against the distribution of this machine, where it answers.</summary>
public sealed class MachineAptTests
{
    [Fact]
    [Trait("long", "yes")]
    public void The_machines_own_lists_resolve_and_fetch_a_package_and_a_source()
    {
        using var temp = new TempDirectory();
        var store = new ContentStore(temp["store"]);
        var apt = new HostApt(temp["apt"], store, TimeProvider.System);
        var log = TestContext.Current.TestOutputHelper!;
        var update = Reachable.Update(apt);
        log.WriteLine($"first update: {update.Duration.TotalSeconds:F2} s, {update.Indexes} indexes, failures: {string.Join(" | ", update.Failures)}");
        update = apt.Update(cancellation: TestContext.Current.CancellationToken);
        log.WriteLine($"second update: {update.Duration.TotalSeconds:F2} s");
        update = apt.Update(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        log.WriteLine($"update with max age: {update.Duration.TotalSeconds:F2} s");
        Assert.False(update.Asked);
        foreach (var i in apt.BinaryIndexes()) log.WriteLine(i.ToString());
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var source = apt.FetchSource("hello", temp["hello"], cancellation: TestContext.Current.CancellationToken);
        log.WriteLine($"source with its lists: {clock.Elapsed.TotalSeconds:F2} s: {source.Version} {string.Join(' ', source.Files)}");
        Assert.All(source.Files, f => Assert.Equal(f.Digest, Digest.OfFile(temp["hello", f.Name])));
    }
}
