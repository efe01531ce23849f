using System.Globalization;

namespace Slipway.Packages.Tests.Solving;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Looks at the whole process's memory, so nothing else may run beside it.</summary>
[Collection("alone")]
public sealed class SolverPoolMemoryTests
{
    [Fact]
    public void Thousands_of_pools_with_questions_and_problems_leave_nothing_behind()
    {
        using var temp = new TempDirectory();
        var index = SolverPoolTests.Index(temp, "main",
            [.. Enumerable.Range(0, 40).Select(i => SolverPoolTests.Deb($"p{i}", "1", $"Depends: p{(i + 1) % 40}", "Description: " + new string('x', 2000))), SolverPoolTests.Deb("torn", "1", "Depends: p1 (>= 2)")]);
        Grows(3000, 1000, 16, round =>
        {
            using var pool = new SolverPool(PackageType.Deb, "amd64", round % 2 == 0 ? null : temp["cache"]);
            pool.AddDebIndex("main", index);
            pool.AddInstalled([UpgradeTests.Record(PackageType.Deb, "p3", "0.5")]);
            Assert.Equal(40, pool.Resolve(["p0"], new ResolveOptions { Upgrade = Upgrade.Update }).Packages.Count);
            Assert.NotEmpty(pool.Resolve(["torn"]).Problems);
            if (round % 50 == 0) Assert.Single(pool.FindUninstallable());
            Assert.Throws<Content.SlipwayException>(() => pool.AddPackages("more", [UpgradeTests.Record(PackageType.Deb, "bad", "1", "a (")]));
        });
    }

    [Fact]
    [Trait("long", "yes")]
    public void Pools_of_large_indexes_are_freed()
    {
        using var temp = new TempDirectory();
        var index = SolverPoolTests.Index(temp, "main", [.. Enumerable.Range(0, 2000).Select(i => SolverPoolTests.Deb($"p{i}", "1", $"Depends: p{(i + 1) % 2000}", "Description: " + new string('x', 500)))]);
        Grows(200, 50, 24, _ =>
        {
            using var pool = new SolverPool(PackageType.Deb, "amd64");
            pool.AddDebIndex("main", index);
            Assert.Equal(2000, pool.Resolve(["p0"]).Packages.Count);
        });
    }

    private static void Grows(int rounds, int warm, int mostMiB, Action<int> round)
    {
        long before = 0;
        for (var i = 0; i < rounds; i++)
        {
            round(i);
            if (i == warm) before = Resident();
        }
        var grown = Resident() - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} pools, {grown >> 10} KiB more after the last than after {warm}");
        Assert.True(grown < (long)mostMiB << 20, $"grew by {grown >> 20} MiB in {rounds - warm} rounds");
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
