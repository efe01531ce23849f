using System.Diagnostics;
using Slipway.Content;
using Slipway.Packages.Tests.Apt;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Real packages of this machine's distribution, where it answers, beside what dpkg-deb and tar say of them.</summary>
public sealed class MachinePackagesTests
{
    [Fact]
    [Trait("long", "yes")]
    public void A_minimal_system_is_fetched_and_every_deb_of_it_is_read_as_dpkg_reads_it()
    {
        using var temp = new TempDirectory();
        var log = TestContext.Current.TestOutputHelper!;
        var store = new ContentStore(temp["store"]);
        var apt = new HostApt(temp["apt"], store, TimeProvider.System);
        Reachable.Update(apt);
        using var pool = apt.OpenSolver();
        var packages = pool.Resolve(["jq", "nano"], new ResolveOptions { Essential = true }).Require("resolve");
        var clock = Stopwatch.StartNew();
        apt.Fetch(packages, TestContext.Current.CancellationToken);
        log.WriteLine($"{packages.Count} packages, {packages.Sum(p => p.Size) >> 20} MiB fetched in {clock.Elapsed.TotalSeconds:F2} s");
        clock.Restart();
        apt.Fetch(packages, TestContext.Current.CancellationToken);
        log.WriteLine($"fetched again in {clock.Elapsed.TotalMilliseconds:F0} ms");
        clock.Restart();
        var records = packages.Select(p => PackageFile.Read(store.PathOf(p.Digest), PackageType.Deb)).ToList();
        log.WriteLine($"metadata and digests in {clock.Elapsed.TotalSeconds:F2} s");
        Assert.Equal(packages.Select(p => $"{p.Name} {p.Version} {p.Architecture} {p.Digest} {p.Size}"), records.Select(r => $"{r.Name} {r.Version} {r.Architecture} {r.Digest} {r.Size}"));
        clock.Restart();
        long bytes = 0;
        foreach (var package in packages)
            PackageFile.ReadContent(store.PathOf(package.Digest), (entry, content) => { content?.CopyTo(Stream.Null); bytes += entry.Size; }, PackageType.Deb);
        log.WriteLine($"{bytes >> 20} MiB of content read in {clock.Elapsed.TotalSeconds:F2} s");
        foreach (var package in packages)
        {
            var file = store.PathOf(package.Digest);
            var theirs = Tool.Run("sh", "-c", "dpkg-deb --fsys-tarfile \"$1\" | tar --quoting-style=literal -t", "sh", file)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('/')).Where(l => l != ".").Select(l => l[1..]);
            Assert.Equal(theirs, PackageFile.Files(file, PackageType.Deb).Select(f => f.Path.ToString()));
        }
    }
}
