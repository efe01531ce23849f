using System.Globalization;

namespace Slipway.Packages.Tests.Solving;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Looks at the whole process's memory, so nothing else may run beside it.</summary>
[Collection("alone")]
public sealed class SolverPoolMemoryTests
{
    [Fact]
    [Trait("long", "yes")]
    public void Pools_are_freed()
    {
        using var temp = new TempDirectory();
        var index = SolverPoolTests.Index(temp, "main", [.. Enumerable.Range(0, 2000).Select(i => SolverPoolTests.Deb($"p{i}", "1", $"Depends: p{(i + 1) % 2000}", "Description: " + new string('x', 500)))]);
        long before = 0;
        for (var round = 0; round < 60; round++)
        {
            using var pool = new SolverPool(PackageType.Deb, "amd64");
            pool.AddDebIndex("main", index);
            Assert.Equal(2000, pool.Resolve(["p0"]).Packages.Count);
            if (round == 20) before = Resident();
        }
        Assert.True(Resident() - before < 20 << 20, $"grew by {(Resident() - before) >> 20} MiB in 40 rounds");

        static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
