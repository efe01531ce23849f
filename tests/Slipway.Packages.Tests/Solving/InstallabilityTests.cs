namespace Slipway.Packages.Tests.Solving;

public sealed class InstallabilityTests
{
    [Fact]
    public void Every_package_that_cannot_be_installed_is_named_with_the_requirement_and_what_came_nearest()
    {
        using var temp = new TempDirectory();
        using var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddDebIndex("base", SolverPoolTests.Index(temp, "base", SolverPoolTests.Deb("libfoo1", "1.9"), SolverPoolTests.Deb("rotten", "1", "Depends: nowhere")));
        pool.AddDebIndex("own", SolverPoolTests.Index(temp, "own",
        [
            // Each can be installed, no two of them together: they must not be taken for broken.
            .. Enumerable.Range(0, 70).Select(i => SolverPoolTests.Deb($"rival{i}", "1", "Provides: one-of-a-kind", "Conflicts: one-of-a-kind")),
            SolverPoolTests.Deb("app", "1", "Depends: libfoo1 (>= 2)"),
            SolverPoolTests.Deb("above", "1", "Depends: app"),
            SolverPoolTests.Deb("typo", "1", "Depends: libfo1"),
            SolverPoolTests.Deb("torn", "1", "Depends: rival1, rival2"),
            SolverPoolTests.Deb("fine", "1", "Depends: libfoo1, rival3"),
            SolverPoolTests.Deb("many", "1", "Depends: nowhere"), SolverPoolTests.Deb("many", "2"),
        ]));
        var found = pool.FindUninstallable("own").ToDictionary(p => $"{p.Name} {p.Version}", p => string.Join("; ", p.Problems));
        Assert.Equal(["above 1", "app 1", "many 1", "torn 1", "typo 1"], found.Keys);
        Assert.Equal("nothing provides libfoo1 >= 2 needed by app 1, the nearest is libfoo1 1.9 of `base`", found["app 1"]);
        Assert.Contains("above 1 requires app", found["above 1"], StringComparison.Ordinal);
        Assert.Equal("nothing provides libfo1 needed by typo 1, names like it are libfoo1", found["typo 1"]);
        Assert.Contains("rival1 1", found["torn 1"], StringComparison.Ordinal);
        Assert.Equal(["rotten"], pool.FindUninstallable("base").Select(p => p.Name));
        Assert.Equal(6, pool.FindUninstallable().Count);
    }

    [Fact]
    public void Another_architecture_is_said_and_sources_are_passed_over()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all",
        [
            UpgradeTests.Record(PackageType.Rpm, "foreign", "1-1") with { Architecture = "s390x" },
            UpgradeTests.Record(PackageType.Rpm, "source", "1-1", "no-such-tool") with { Architecture = "src" },
            UpgradeTests.Record(PackageType.Rpm, "any", "1-1") with { Architecture = "noarch" },
        ]);
        var found = Assert.Single(pool.FindUninstallable());
        Assert.Equal(("foreign", "s390x"), (found.Name, found.Architecture));
        Assert.Contains("foreign 1-1 cannot be installed on this architecture", found.Problems);
    }
}
