using Slipway.Packages.Tests.Pacman;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Indexes as the distributions' own tools make them, of packages made by their own tools.</summary>
public sealed class RealIndexTests
{
    [Fact]
    public void A_pacman_database_of_repo_add_is_solved()
    {
        using var temp = new TempDirectory();
        string[] packages =
        [
            PacmanReaderTests.Make(temp, "app", "1.0-1", ["depend = lib>=2", "depend = sh"]),
            PacmanReaderTests.Make(temp, "lib", "1:2.1-1", ["provides = libfoo.so=2-64"]),
            PacmanReaderTests.Make(temp, "dash", "0.5-1", ["provides = sh"]),
            PacmanReaderTests.Make(temp, "broken", "1-1", ["depend = lib<1"]),
        ];
        Tool.RunIn(temp.Path, [("HOME", temp.Path)], "repo-add", ["-q", temp["core.db.tar.gz"], .. packages]);
        for (var round = 0; round < 2; round++)
        {
            using var pool = new SolverPool(PackageType.Pacman, "x86_64", temp["cache"]);
            pool.AddPacmanDatabase("core", temp["core.db.tar.gz"]);
            var solution = pool.Resolve(["app>=1", "libfoo.so=2-64"]).Require("resolve");
            Assert.Equal(["app 1.0-1", "dash 0.5-1", "lib 1:2.1-1"], solution.Select(p => $"{p.Name} {p.Version}").Order(StringComparer.Ordinal));
            var lib = solution.Single(p => p.Name == "lib");
            Assert.Equal(PackageFile.Read(packages[1]).Digest, lib.Digest);
            Assert.Equal((Path.GetFileName(packages[1]), new FileInfo(packages[1]).Length), (lib.Location, lib.Size));
            Assert.Contains(pool.Resolve(["broken"]).Problems, p => p.Contains("lib < 1", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Rpm_metadata_of_createrepo_is_solved_with_rich_and_file_requirements()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["all.spec"], """
            Name: app
            Version: 1
            Release: 1
            Summary: s
            License: MIT
            BuildArch: noarch
            Requires: (fast-lib or slow-lib >= 2)
            Requires: /opt/thing/data
            Recommends: sugar
            %description
            d
            %package -n thing
            Summary: s
            %description -n thing
            d
            %package -n slow-lib
            Summary: s
            Version: 2~rc1
            %description -n slow-lib
            d
            %package -n fast-lib
            Summary: s
            Requires: missing
            %description -n fast-lib
            d
            %package -n sugar
            Summary: s
            %description -n sugar
            d
            %install
            mkdir -p %{buildroot}/opt/thing
            echo x > %{buildroot}/opt/thing/data
            %files
            %files -n thing
            /opt/thing/data
            %files -n slow-lib
            %files -n fast-lib
            %files -n sugar
            """);
        Tool.Run("rpmbuild", "-bb", "--quiet", "-D", $"_topdir {temp.Path}/top", "-D", $"_dbpath {temp.Path}/db", temp["all.spec"]);
        var repository = temp["top", "RPMS"];
        Tool.Run("createrepo_c", "-q", repository);
        for (var round = 0; round < 2; round++)
        {
            using var pool = new SolverPool(PackageType.Rpm, "x86_64", temp["cache"]);
            pool.AddRpmMd("base", repository);
            // slow-lib is 2~rc1, which is less than 2, and fast-lib needs what nobody has.
            Assert.False(pool.Resolve(["app"]).Succeeded);
            Assert.Equal(["slow-lib", "thing"], pool.Resolve(["(fast-lib or slow-lib)", "/opt/thing/data"]).Require("resolve").Select(p => p.Name).Order(StringComparer.Ordinal));
            var thing = pool.Resolve(["thing = 1-1"]).Packages.Single();
            var file = Path.Combine(repository, thing.Location);
            Assert.Equal((PackageFile.Read(file).Digest, new FileInfo(file).Length, "1-1"), (thing.Digest, thing.Size, thing.Version));
        }
        Tool.Flip(Directory.GetFiles(Path.Combine(repository, "repodata"), "*primary.xml*").Single(), 100);
        using var fresh = new SolverPool(PackageType.Rpm, "x86_64");
        Assert.ThrowsAny<Content.SlipwayException>(() => fresh.AddRpmMd("base", repository));
    }

    [Fact]
    public void Rpm_packages_that_are_in_no_index_are_solved_from_their_headers()
    {
        using var temp = new TempDirectory();
        var record = PackageFile.Read(Rpm.RpmReaderTests.Make(temp, "w1.gzdio"));
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("built", [record]);
        var problems = pool.Resolve(["greet"]).Problems;
        Assert.Contains(problems, p => p.Contains("needed by greet 2:1.5~rc1-3", StringComparison.Ordinal));
    }
}
