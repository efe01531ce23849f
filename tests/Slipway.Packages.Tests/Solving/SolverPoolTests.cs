using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Tests.Solving;

public sealed class SolverPoolTests
{
    [Fact]
    public void Versions_are_obeyed_and_each_package_says_who_needs_it_and_where_it_is()
    {
        using var temp = new TempDirectory();
        using var pool = Pool(temp, Deb("app", "1.0", "Depends: lib (>= 2)"), Deb("lib", "1.9"), Deb("lib", "2.0~rc1"), Deb("lib", "2.0-1"));
        var packages = pool.Resolve(["app"]).Require("resolve");
        Assert.Equal(["lib 2.0-1 needed by app 1.0 (lib >= 2)", "app 1.0 asked for"], packages.Select(p => $"{p.Name} {p.Version} {p.Reason}"));
        Assert.Equal(("pool/lib_2.0-1.deb", Digest.Of("lib2.0-1"u8), 2101L, "main"), (packages[0].Location, packages[0].Digest, packages[0].Size, packages[0].Repository));
        Assert.Equal("2.0-1", pool.Newest("lib")!.Version);
        Assert.Null(pool.Newest("nothing"));
    }

    [Fact]
    public void A_choice_is_made_as_apt_makes_it()
    {
        using var temp = new TempDirectory();
        using var pool = Pool(temp,
            Deb("first", "1", "Depends: zebra | aardvark"), Deb("zebra", "1"), Deb("aardvark", "1"),
            Deb("second", "1", "Depends: real"), Deb("real", "1"), Deb("also-real", "1", "Provides: real (= 9)"),
            Deb("third", "1", "Depends: awk"), Deb("gawk", "1", "Provides: awk"), Deb("mawk", "1", "Provides: awk", "Priority: required"),
            Deb("fourth", "1", "Depends: missing | mawk"),
            Deb("fifth", "1", "Depends: picky | aardvark"), Deb("picky", "1", "Depends: nowhere"));
        Assert.Equal(["first", "zebra"], Names(pool.Resolve(["first"])));
        Assert.Equal(["real", "second"], Names(pool.Resolve(["second"])));
        Assert.Equal(["mawk", "third"], Names(pool.Resolve(["third"])));
        Assert.Equal(["fourth", "mawk"], Names(pool.Resolve(["fourth"])));
        Assert.Equal(["aardvark", "fifth"], Names(pool.Resolve(["fifth"])));
        Assert.Equal(["mawk"], Names(pool.Resolve(["missing | mawk | gawk"])));
        Assert.Equal(["aardvark", "first"], Names(pool.Resolve(["first", "aardvark"], new ResolveOptions { Exclude = ["zebra"] })));
    }

    [Fact]
    public void Essential_packages_come_on_demand_and_recommended_ones_only_then()
    {
        using var temp = new TempDirectory();
        using var pool = Pool(temp, Deb("base", "1", "Essential: yes"), Deb("app", "1", "Recommends: extra"), Deb("extra", "1"));
        Assert.Equal(["app"], Names(pool.Resolve(["app"])));
        Assert.Equal(["app", "base"], Names(pool.Resolve(["app"], new ResolveOptions { Essential = true })));
        Assert.Equal("essential", pool.Resolve([], new ResolveOptions { Essential = true }).Packages.Single().Reason);
        Assert.Equal(["app", "extra"], Names(pool.Resolve(["app"], new ResolveOptions { Recommends = true })));
    }

    [Fact]
    public void What_cannot_be_is_said_in_words()
    {
        using var temp = new TempDirectory();
        using var pool = Pool(temp, Deb("app", "1", "Depends: lib (>= 2)"), Deb("lib", "1"), Deb("left", "1", "Conflicts: right"), Deb("right", "1"));
        var problems = pool.Resolve(["app"]).Problems;
        Assert.Contains(problems, p => p.Contains("nothing provides lib >= 2 needed by app", StringComparison.Ordinal));
        Assert.Contains(pool.Resolve(["left", "right"]).Problems, p => p.Contains("conflicts with right", StringComparison.Ordinal));
        Assert.Contains(pool.Resolve(["unheard-of"]).Problems, p => p.Contains("unheard-of", StringComparison.Ordinal));
        var error = Assert.Throws<SlipwayException>(() => pool.Resolve(["app"]).Require("make the build root"));
        Assert.Contains("nothing provides lib", error.Message + error.Why, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => pool.Resolve(["lib (>= "]));
    }

    [Fact]
    public void A_higher_priority_wins_over_a_higher_version_and_equal_ones_leave_it_to_the_version()
    {
        using var temp = new TempDirectory();
        var (old, young) = (Index(temp, "old", Deb("lib", "1")), Index(temp, "young", Deb("lib", "2")));
        foreach (var (priority, expected) in new[] { (0, "2"), (10, "1") })
        {
            using var pool = new SolverPool(PackageType.Deb, "amd64");
            pool.AddDebIndex("old", old, priority);
            pool.AddDebIndex("young", young);
            var package = pool.Resolve(["lib"]).Packages.Single();
            Assert.Equal((expected, priority == 0 ? "young" : "old"), (package.Version, package.Repository));
        }
    }

    [Fact]
    public void A_cached_index_gives_the_same_solution_and_a_damaged_cache_is_made_anew()
    {
        using var temp = new TempDirectory();
        string[] stanzas = [Deb("app", "1", "Depends: b | a, c"), Deb("c", "1", "Depends: d"), Deb("d", "1", "Depends: c"), Deb("a", "1"), Deb("b", "1", "Essential: yes")];
        var index = Index(temp, "main", stanzas);
        var solutions = new List<IReadOnlyList<ResolvedPackage>>();
        for (var round = 0; round < 3; round++)
        {
            using var pool = new SolverPool(PackageType.Deb, "amd64", temp["cache"]);
            pool.AddDebIndex("main", index, 0, Digest.OfFile(index));
            solutions.Add(pool.Resolve(["app"], new ResolveOptions { Essential = true }).Packages);
            var cached = Assert.Single(Directory.GetFiles(temp["cache"]));
            if (round == 1) File.WriteAllBytes(cached, File.ReadAllBytes(cached)[..^40]);
        }
        Assert.Equal(4, solutions[0].Count);
        Assert.Equal(solutions[0], solutions[1]);
        Assert.Equal(solutions[0], solutions[2]);

        File.AppendAllText(index, Deb("new", "1"));
        using (var pool = new SolverPool(PackageType.Deb, "amd64", temp["cache"]))
        {
            Assert.Throws<SlipwayException>(() => pool.AddDebIndex("main", index, 0, Digest.Of("other"u8)));
            pool.AddDebIndex("main", index);
            Assert.True(pool.Resolve(["new"]).Succeeded);
        }
        Assert.Single(Directory.GetFiles(temp["cache"]));
    }

    [Fact]
    public void Loose_packages_and_installed_ones_take_part()
    {
        using var temp = new TempDirectory();
        PackageRecord Record(string name, params string[] requires) => new()
        {
            Type = PackageType.Deb,
            Name = name,
            Version = "1",
            Architecture = "amd64",
            Source = name,
            Requires = requires,
            Digest = Digest.Of("x"u8),
            FileName = name + ".deb",
        };
        using var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddPackages("built", [Record("app", "lib (= 1)", "base | other"), Record("lib"), Record("other")]);
        pool.AddInstalled([Record("base")]);
        Assert.Equal(["app", "lib"], Names(pool.Resolve(["app"])));
        Assert.Equal("app.deb", pool.Resolve(["app"]).Packages.Single(p => p.Name == "app").Location);
    }

    [Fact]
    public void A_pool_says_when_two_threads_use_it_and_when_it_is_gone()
    {
        using var temp = new TempDirectory();
        var pool = Pool(temp, [.. Enumerable.Range(0, 400).Select(i => Deb($"p{i}", "1", $"Depends: p{(i + 1) % 400}"))]);
        var told = 0;
        Parallel.For(0, 64, _ =>
        {
            try
            {
                Assert.Equal(400, pool.Resolve(["p0"]).Packages.Count);
            }
            catch (InvalidOperationException)
            {
                Interlocked.Increment(ref told);
            }
        });
        Assert.Equal(400, pool.Resolve(["p0"]).Packages.Count);
        TestContext.Current.TestOutputHelper!.WriteLine($"{told} of 64 were told");
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Resolve(["p0"]));
        Assert.Throws<ObjectDisposedException>(() => pool.AddPackages("more", []));
    }

    private static string[] Names(Solution solution) => [.. solution.Require("resolve").Select(p => p.Name).Order(StringComparer.Ordinal)];

    private static SolverPool Pool(TempDirectory temp, params string[] stanzas)
    {
        var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddDebIndex("main", Index(temp, "main", stanzas));
        return pool;
    }

    internal static string Index(TempDirectory temp, string name, params string[] stanzas)
    {
        File.WriteAllText(temp[name], string.Concat(stanzas));
        return temp[name];
    }

    internal static string Deb(string name, string version, params string[] more)
    {
        var digest = Digest.Of(Encoding.UTF8.GetBytes(name + version));
        return $"Package: {name}\nVersion: {version}\nArchitecture: amd64\n{string.Concat(more.Select(m => m + "\n"))}Filename: pool/{name}_{version}.deb\nSize: 2101\nSHA256: {digest}\n\n";
    }
}
