using Slipway.Packages.Tests.Pacman;
using Slipway.Packages.Tests.Rpm;

namespace Slipway.Packages.Tests.Solving;

/// <summary>Installed sets as the package managers' own databases have them.</summary>
public sealed class InstalledRootTests
{
    [Fact]
    public void Dpkgs_status_is_read_and_what_is_only_half_there_is_not_installed()
    {
        using var temp = new TempDirectory();
        temp.Make("root", "var", "lib", "dpkg");
        File.WriteAllText(temp["root", "var", "lib", "dpkg", "status"], """
            Package: app
            Status: install ok installed
            Architecture: amd64
            Version: 1.0

            Package: gone
            Status: deinstall ok config-files
            Architecture: amd64
            Version: 1.0

            """);
        using var pool = new SolverPool(PackageType.Deb, "amd64");
        pool.AddDebIndex("main", SolverPoolTests.Index(temp, "main", SolverPoolTests.Deb("app", "1.0-0"), SolverPoolTests.Deb("gone", "2"), SolverPoolTests.Deb("wants", "1", "Depends: gone, app (= 1.0)")));
        pool.AddInstalledRoot(temp["root"]);
        Assert.Empty(pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update }).Require("update"));
        Assert.Equal(["gone", "wants"], pool.Resolve(["wants"]).Require("install").Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_pacman_installed_is_updated()
    {
        using var temp = new TempDirectory();
        string[] packages = [PacmanReaderTests.Make(temp, "app", "1.0rc1-1", []), PacmanReaderTests.Make(temp, "app", "1.0-1", [])];
        temp.Make("root", "var", "lib", "pacman");
        // No CheckSpace: it needs /etc/mtab, which a minimal system does not have.
        File.WriteAllText(temp["pacman.conf"], "[options]\nArchitecture = x86_64\nLocalFileSigLevel = Never\n");
        Tool.Run("fakeroot", "pacman", "--config", temp["pacman.conf"], "--root", temp["root"], "--dbpath", temp["root", "var", "lib", "pacman"], "--logfile", temp["log"], "--noconfirm", "--noscriptlet", "--hookdir", temp.Make("hooks"), "-U", packages[0]);
        using var pool = new SolverPool(PackageType.Pacman, "x86_64");
        pool.AddPackages("new", [PackageFile.Read(packages[1])]);
        pool.AddInstalledRoot(temp["root"]);
        var update = pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update }).Require("update").Single();
        Assert.Equal(("app", "1.0-1", "update of app 1.0rc1-1"), (update.Name, update.Version, update.Reason));
    }

    [Fact]
    public void What_rpm_installed_is_kept()
    {
        using var temp = new TempDirectory();
        var record = PackageFile.Read(RpmReaderTests.Make(temp, "w1.gzdio"));
        temp.Make("root", "var", "lib", "rpm");
        Tool.Run("rpm", "--root", temp["root"], "--dbpath", "/var/lib/rpm", "--initdb");
        Tool.Run("rpm", "--root", temp["root"], "--dbpath", "/var/lib/rpm", "-i", "--justdb", "--nodeps", "--noscripts", "--nosignature", "--nodigest", temp["top", "RPMS", "x86_64", record.FileName]);
        using var pool = new SolverPool(PackageType.Rpm, "x86_64");
        pool.AddPackages("new", [UpgradeTests.Record(PackageType.Rpm, "wants", "1-1", "greet = 2:1.5~rc1-3"), UpgradeTests.Record(PackageType.Rpm, "greet", "2:1.5-1")]);
        pool.AddInstalledRoot(temp["root"]);
        Assert.Equal(["wants"], pool.Resolve(["wants"]).Require("install").Select(p => p.Name));
        Assert.Equal(["update of greet 2:1.5~rc1-3"], pool.Resolve([], new ResolveOptions { Upgrade = Upgrade.Update }).Require("update").Select(p => p.Reason));
    }
}
