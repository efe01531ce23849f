using Slipway.Content;
using Slipway.Packages.Tests.Pacman;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Installed sets, and what becomes of them.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public void Pacman_goes_from_1_0alpha_to_1_0_and_not_back()
    {
        using var temp = new TempDirectory();
        string[] packages = [PacmanReaderTests.Make(temp, "app", "1.0alpha-1", []), PacmanReaderTests.Make(temp, "app", "1.0-1", []), PacmanReaderTests.Make(temp, "tool", "1.0-1", ["depend = app>1.0alpha"])];
        // repo-add keeps one version of a name, so there are two repositories.
        Tool.RunIn(temp.Path, [("HOME", temp.Path)], "repo-add", "-q", temp["old.db.tar.gz"], packages[0]);
        Tool.RunIn(temp.Path, [("HOME", temp.Path)], "repo-add", "-q", temp["new.db.tar.gz"], packages[1], packages[2]);
        foreach (var installed in (string[])["1.0alpha-1", "1.0-1", "1.0.a-1"])
        {
            using var pool = new SolverPool(PackageType.Pacman, "x86_64");
            pool.AddPacmanDatabase("old", temp["old.db.tar.gz"]);
            pool.AddPacmanDatabase("new", temp["new.db.tar.gz"]);
            pool.AddInstalled([Record(PackageType.Pacman, "app", installed)]);
            var update = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update });
            Assert.Equal(installed == "1.0alpha-1" ? ["app 1.0-1 update of app 1.0alpha-1"] : [], Lines(update));
            Assert.Equal(installed == "1.0.a-1" ? installed : "1.0-1", pool.Newest("app")!.Version);
            Assert.Equal(installed == "1.0alpha-1" ? ["app 1.0-1", "tool 1.0-1"] : ["tool 1.0-1"], pool.Resolve(["tool"]).Require("install").Select(p => $"{p.Name} {p.Version}").Order(StringComparer.Ordinal));
            Assert.Contains("1.0alpha", string.Join('\n', pool.Resolve(["app<1.0alpha"]).Problems), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1.0", "1.0-0", "")]
    [InlineData("1.0-0", "1.0", "")]
    [InlineData("1.0", "1.0-1", "1.0-1")]
    [InlineData("1.0-~1", "1.0", "1.0")]
    [InlineData("1.0", "1.0-~1", "")]
    [InlineData("1.0+b", "1.0+b0", "")]
    [InlineData("1.0~rc1", "1.0", "1.0")]
    public void Deb_takes_a_missing_revision_for_0(string installed, string offered, string updatedTo)
    {
        using var temp = new TempDirectory();
        using var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddDebIndex("main", SolverPoolTests.Index(temp, "main",
            SolverPoolTests.Deb("app", offered), SolverPoolTests.Deb("needs", "1", $"Depends: app (= {installed})"), SolverPoolTests.Deb("wants", "1", $"Depends: app (>= {offered})")));
        pool.AddInstalled([Record(PackageType.Deb, "app", installed)]);
        var update = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update }).Require("update");
        Assert.Equal(updatedTo.Length == 0 ? [] : [updatedTo], update.Select(p => p.Version));
        Assert.True(pool.Resolve(["needs"]).Succeeded);
        Assert.True(pool.Resolve(["wants"]).Succeeded);
        using var fresh = new SolverPool(PackageType.Deb, "amd64");
        fresh.AddDebIndex("main", temp["main"]);
        Assert.Equal(VersionOrder.CompareDeb(installed, offered) == 0, fresh.Resolve(["needs"]).Succeeded);
    }

    [Fact]
    public void Epochs_tildes_and_carets_decide_an_update()
    {
        foreach (var (type, older, newer) in new[]
        {
            (PackageType.Rpm, "9-1", "1:1-1"), (PackageType.Rpm, "1.0~rc1-1", "1.0-1"), (PackageType.Rpm, "1.0-1", "1.0^git1-1"), (PackageType.Rpm, "1.0^git1-1", "1.0.1-1"),
            (PackageType.Deb, "9-1", "1:1-1"), (PackageType.Deb, "1.0~rc1-1", "1.0-1"), (PackageType.Pacman, "9-1", "1:1-1"), (PackageType.Pacman, "1.0rc2-1", "1.0-1"),
        })
        {
            using var pool = new SolverPool(type, type == PackageType.Deb ? "amd64" : "x86_64");
            pool.AddPackages("all", [Record(type, "app", older), Record(type, "app", newer)]);
            pool.AddInstalled([Record(type, "app", older)]);
            Assert.Equal([$"app {newer} update of app {older}"], Lines(pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update })));
        }
    }

    [Fact]
    public void An_update_keeps_what_it_cannot_move_unless_only_the_best_will_do()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all", [Record(PackageType.Rpm, "app", "2-1", "lib >= 3"), Record(PackageType.Rpm, "lib", "2-1"), Record(PackageType.Rpm, "extra", "2-1")]);
        pool.AddInstalled([Record(PackageType.Rpm, "app", "1-1"), Record(PackageType.Rpm, "lib", "1-1"), Record(PackageType.Rpm, "extra", "3-1")]);
        Assert.Equal(["lib 2-1 update of lib 1-1"], Lines(pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update })));
        var best = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update, Best = true });
        Assert.False(best.Succeeded);
        Assert.Contains("nothing provides lib >= 3 needed by app 2-1, the nearest is lib 2-1 of `all`", best.Problems);
    }

    [Fact]
    public void A_distribution_upgrade_goes_to_what_the_repositories_hold_even_if_it_is_older()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all", [Record(PackageType.Rpm, "app", "2-1"), Record(PackageType.Rpm, "extra", "2-1")]);
        pool.AddInstalled([Record(PackageType.Rpm, "app", "1-1"), Record(PackageType.Rpm, "extra", "3-1"), Record(PackageType.Rpm, "own", "1-1")]);
        Assert.Equal(["app 2-1 update of app 1-1"], Lines(pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update })));
        var upgrade = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Distribution });
        Assert.Equal(["app 2-1 update of app 1-1", "extra 2-1 update of extra 3-1"], Lines(upgrade));
        Assert.Equal("2-1", pool.Resolve(["extra = 2-1"], new ResolveOptions { AllowDowngrades = true }).Require("go back").Single().Version);
    }

    [Fact]
    public void Best_refuses_the_older_version_that_could_be_had()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all", [Record(PackageType.Rpm, "app", "2-1", "missing"), Record(PackageType.Rpm, "app", "1-1")]);
        Assert.Equal(["app 1-1 asked for"], Lines(pool.Resolve(["app"])));
        var problems = pool.Resolve(["app"], new ResolveOptions { Best = true }).Problems;
        Assert.Contains("nothing provides missing needed by app 2-1", problems);
    }

    [Fact]
    public void What_goes_away_is_said_with_what_takes_its_place()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all", [Record(PackageType.Rpm, "young", "2-1") with { Replaces = ["old"] }, Record(PackageType.Rpm, "rival", "1-1") with { Conflicts = ["keeper"] }]);
        pool.AddInstalled([Record(PackageType.Rpm, "old", "1-1"), Record(PackageType.Rpm, "keeper", "1-1")]);
        var upgrade = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Distribution });
        Assert.Equal(["young"], upgrade.Require("upgrade").Select(p => p.Name));
        Assert.Equal([("old", "replaced by young 2-1")], upgrade.Removed.Select(r => (r.Name, r.Reason)));
        var refused = pool.Resolve(["rival"]);
        Assert.Contains("rival 1-1 conflicts with keeper provided by keeper 1-1", refused.Problems);
        var allowed = pool.Resolve(["rival"], new ResolveOptions { AllowRemovals = true });
        Assert.Equal([("keeper", "removed")], allowed.Removed.Select(r => (r.Name, r.Reason)));
        Assert.Equal([("keeper", "removed")], pool.Resolve([], new ResolveOptions { Exclude = ["keeper"] }).Removed.Select(r => (r.Name, r.Reason)));
    }

    private static List<string> Lines(Solution solution) =>
        [.. solution.Require("resolve").Select(p => $"{p.Name} {p.Version} {p.Reason}").Order(StringComparer.Ordinal)];

    internal static PackageRecord Record(PackageType type, string name, string version, params string[] requires) => new()
    {
        Type = type,
        Name = name,
        Version = version,
        Architecture = type == PackageType.Deb ? "amd64" : "x86_64",
        Source = name,
        Requires = requires,
        Digest = Digest.Of("x"u8),
        FileName = $"{name}-{version}",
    };
}
