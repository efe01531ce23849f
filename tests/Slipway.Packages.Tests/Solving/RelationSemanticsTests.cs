using Slipway.Content;

namespace Slipway.Packages.Tests.Solving;

/// <summary>What each package manager's relations mean, seen by what is chosen.</summary>
public sealed class RelationSemanticsTests
{
    [Theory]
    // What is asked for; what else must be installed beside it, or "-" where it cannot be.
    [InlineData("(a and b)", "a b")]
    [InlineData("(a or nothing)", "a")]
    [InlineData("(nothing or b)", "b")]
    [InlineData("(nothing if absent)", "")]
    [InlineData("(a if installed)", "a")]
    [InlineData("(a if installed else b)", "a")]
    [InlineData("(a if absent else b)", "b")]
    [InlineData("(a unless installed)", "-")]
    [InlineData("(a unless absent)", "a")]
    [InlineData("(a unless installed else b)", "b")]
    [InlineData("(virtual with a)", "a")]
    [InlineData("(virtual >= 2 with virtual < 3)", "b")]
    [InlineData("(virtual without a)", "b")]
    [InlineData("(virtual = 9)", "-")]
    [InlineData("((a and b) or nothing)", "a b")]
    [InlineData("virtual > 1", "b")]
    [InlineData("virtual <= 1", "a")]
    [InlineData("a = 1", "a")]
    [InlineData("a = 1-1", "a")]
    [InlineData("a = 1-2", "-")]
    [InlineData("a >= 1:1", "-")]
    [InlineData("a < 1~", "-")]
    [InlineData("a > 1~rc", "a")]
    [InlineData("a >= 1^git", "-")]
    [InlineData("plain >= 5", "c")]
    public void Rpms_rich_and_versioned_relations(string relation, string chosen)
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all",
        [
            UpgradeTests.Record(PackageType.Rpm, "wants", "1-1", relation),
            UpgradeTests.Record(PackageType.Rpm, "a", "1-1") with { Provides = ["virtual = 1"] },
            UpgradeTests.Record(PackageType.Rpm, "b", "1-1") with { Provides = ["virtual = 2"] },
            UpgradeTests.Record(PackageType.Rpm, "c", "1-1") with { Provides = ["plain"] },
        ]);
        pool.AddInstalled([UpgradeTests.Record(PackageType.Rpm, "installed", "1-1")]);
        Check(pool, relation, chosen);
    }

    [Theory]
    [InlineData("a | b", "a")]
    [InlineData("nothing | b", "b")]
    [InlineData("a (>> 2) | b (= 1-1)", "b")]
    [InlineData("virtual", "a")]
    [InlineData("virtual (>= 2)", "b")]
    [InlineData("virtual (= 1.0)", "a")]
    [InlineData("virtual (= 1.0-0)", "a")]
    [InlineData("plain", "c")]
    [InlineData("plain (>= 1)", "-")]
    [InlineData("a (= 1)", "-")]
    [InlineData("a (= 1-1)", "a")]
    [InlineData("a (<< 1:0)", "a")]
    [InlineData("a (>= 1-1~)", "a")]
    [InlineData("a:any (>= 1)", "a")]
    public void Debs_alternatives_and_versioned_provides(string relation, string chosen)
    {
        using var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddPackages("all",
        [
            UpgradeTests.Record(PackageType.Deb, "wants", "1", relation),
            UpgradeTests.Record(PackageType.Deb, "a", "1-1") with { Provides = ["virtual (= 1.0)"] },
            UpgradeTests.Record(PackageType.Deb, "b", "1-1") with { Provides = ["virtual (= 2)"] },
            UpgradeTests.Record(PackageType.Deb, "c", "1-1") with { Provides = ["plain"] },
        ]);
        Check(pool, relation, chosen);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a=1", "a")]
    [InlineData("a=1-1", "a")]
    [InlineData("a=1-2", "-")]
    [InlineData("a>1", "-")]
    [InlineData("a>=1", "a")]
    [InlineData("a<1", "-")]
    [InlineData("a>=1:0", "-")]
    [InlineData("a>1rc1", "a")]
    [InlineData("a<1.a", "a")]
    [InlineData("libfoo.so", "b")]
    [InlineData("libfoo.so=2-64", "b")]
    [InlineData("libfoo.so=2-32", "-")]
    [InlineData("libfoo.so=3-64", "-")]
    [InlineData("lib:libbar.so.1", "b")]
    [InlineData("plain", "c")]
    [InlineData("plain=1", "-")]
    [InlineData("plain>=1", "-")]
    public void Pacmans_versions_and_so_provides(string relation, string chosen)
    {
        using var pool = new SolverPool(PackageType.Pacman, "x86_64");
        pool.AddPackages("all",
        [
            UpgradeTests.Record(PackageType.Pacman, "wants", "1-1", relation),
            UpgradeTests.Record(PackageType.Pacman, "a", "1-1"),
            UpgradeTests.Record(PackageType.Pacman, "b", "1-1") with { Provides = ["libfoo.so=2-64", "lib:libbar.so.1"] },
            UpgradeTests.Record(PackageType.Pacman, "c", "1-1") with { Provides = ["plain"] },
        ]);
        Check(pool, relation, chosen);
    }

    [Theory]
    [InlineData(PackageType.Rpm, "(a or")]
    [InlineData(PackageType.Rpm, "(a or b and c)")]
    [InlineData(PackageType.Rpm, "a >=")]
    [InlineData(PackageType.Rpm, "a ~ 1")]
    [InlineData(PackageType.Deb, "a (>= 1")]
    [InlineData(PackageType.Pacman, ">=1")]
    [InlineData(PackageType.Pacman, "a>=<1")]
    public void What_is_no_relation_is_refused(PackageType type, string relation)
    {
        using var pool = new SolverPool(type, type == PackageType.Deb ? "amd64" : "x86_64");
        Assert.Throws<SlipwayException>(() => pool.Resolve([relation]));
        Assert.Throws<SlipwayException>(() => pool.AddPackages("all", [UpgradeTests.Record(type, "wants", "1-1", relation)]));
        pool.AddPackages("all", [UpgradeTests.Record(type, "fine", "1-1")]);
        Assert.Equal("fine", pool.Resolve(["fine"]).Require("install").Single().Name);
    }

    [Fact]
    public void A_relation_of_brackets_alone_is_refused_before_libsolv_goes_down_into_it()
    {
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        foreach (var count in (int[])[600, 100_000])
            Assert.Throws<SlipwayException>(() => pool.Resolve([new string('(', count) + "a" + new string(')', count)]));
    }

    [Fact]
    public void Supplements_of_a_loose_rpm_bring_it_in_where_weak_relations_count()
    {
        var facts = new RpmHeaderFacts(0, "1", "1", "", "", "", "", 0, 0, 0, [], [], [], [], [], [], [new RpmRelation("(app and lib)", 0, "")], [], [], false);
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("all", [UpgradeTests.Record(PackageType.Rpm, "app", "1-1", "lib"), UpgradeTests.Record(PackageType.Rpm, "lib", "1-1"), UpgradeTests.Record(PackageType.Rpm, "glue", "1-1") with { Rpm = facts }]);
        Assert.Equal(["app", "lib"], pool.Resolve(["app"]).Require("install").Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["app", "glue", "lib"], pool.Resolve(["app"], new ResolveOptions { Recommends = true }).Require("install").Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Damaged_relations_are_read_or_refused_clearly()
    {
        string[] seeds = ["(a and (b or c >= 1.0) if d else e)", "(x >= 1 with y < 2) ", "a (>= 1:2~3-4) | b:any [amd64] <!nocheck>", "lib:foo.so=2-64", "a>=1:2.0rc1-1: for taste", "a <= 1^git"];
        var refused = 0;
        foreach (var type in Enum.GetValues<PackageType>())
        {
            using var pool = new SolverPool(type, type == PackageType.Deb ? "amd64" : "x86_64");
            for (var i = 0; i < 1500; i++)
            {
                var relation = System.Text.Encoding.Latin1.GetString(new Mutation(i).Of(System.Text.Encoding.Latin1.GetBytes(seeds[i % seeds.Length]), [.. "()&|=<>~^: "u8]));
                try
                {
                    Assert.NotNull(pool.Resolve([relation]).Problems);
                }
                catch (SlipwayException)
                {
                    refused++;
                }
            }
        }
        Assert.InRange(refused, 500, 4400);
    }

    private static void Check(SolverPool pool, string relation, string chosen)
    {
        var solution = pool.Resolve(["wants"]);
        if (chosen == "-") Assert.False(solution.Succeeded, $"{relation}: {string.Join(' ', solution.Packages.Select(p => p.Name))}");
        else Assert.Equal(chosen, string.Join(' ', solution.Require(relation).Select(p => p.Name).Where(n => n != "wants").Order(StringComparer.Ordinal)));
    }
}
