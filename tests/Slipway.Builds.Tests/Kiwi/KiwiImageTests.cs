using Slipway.Builds.Roots;
using Slipway.Builds.Tests.BuildRoots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Kiwi;

/// <summary>Images that kiwi really makes, in the build sandbox, of packages of a local repository.</summary>
[Collection(RealRootsCollection.Name)]
public sealed class KiwiImageTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    private string Repository => Directory.CreateDirectory(Path.Combine(_work, "small/repository")).FullName;

    [Fact]
    public async Task Image_of_a_small_root_is_made_and_bundled()
    {
        MakeRpm();
        await IsMade("tbz", "dnf", "small.x86_64-1.0.0-7.tar.xz");
    }

    [Theory, Trait("long", "yes")]
    [InlineData("oci", "dnf", "small.x86_64-1.0.0-7.oci.tar.xz")]
    [InlineData("docker", "zypper", "small.x86_64-1.0.0-7.docker.tar.xz")]
    [InlineData("squashfs", "zypper", "small.x86_64-1.0.0-7.squashfs.xz")]
    public async Task Image_of_each_type_that_needs_no_loop_device_is_made(string type, string manager, string file)
    {
        MakeRpm();
        await IsMade(type, manager, file);
    }

    [Fact, Trait("long", "yes")]
    public async Task Image_of_pacman_packages_is_made()
    {
        var source = Directory.CreateDirectory(Path.Combine(_work, "tiny")).FullName;
        File.Copy(Shell(), Path.Combine(source, "busybox"));
        File.WriteAllText(Path.Combine(source, "PKGBUILD"), "pkgname=tiny\npkgver=1\npkgrel=1\npkgdesc=Tiny\narch=(x86_64)\nlicense=(GPL)\noptions=(!strip)\nsource=(busybox)\nsha256sums=(SKIP)\n"
            + "package() { install -D busybox \"$pkgdir/usr/bin/busybox\"; ln -s busybox \"$pkgdir/usr/bin/sh\"; ln -s usr/bin \"$pkgdir/bin\"; }\n");
        var (made, log) = await roots.Build(PackageType.Pacman, source, Path.Combine(_work, "tiny-build"));
        Assert.True(made.Succeeded, log);
        File.Copy(made.ResultFiles[0], Path.Combine(Repository, Path.GetFileName(made.ResultFiles[0])));
        ChildProcess.Run(new("repo-add", "-q", Path.Combine(Repository, "own.db.tar.gz"), Path.Combine(Repository, Path.GetFileName(made.ResultFiles[0])))).Require("index the repository");
        await IsMade("tbz", "pacman", "small.x86_64-1.0.0-7.tar.xz");
    }

    [Fact, Trait("long", "yes")]
    public async Task Image_of_debs_is_made_with_packages_that_are_installed_by_its_own_apt()
    {
        using (var pool = roots.Apt.OpenSolver())
        {
            var wanted = pool.Resolve(["apt", "usr-is-merged", "ca-certificates", "hello"], new ResolveOptions { Essential = true }).Require("resolve");
            foreach (var package in wanted.Zip(roots.Apt.Fetch(wanted, TestContext.Current.CancellationToken)))
                roots.Store.LinkTo(package.Second, Path.Combine(Repository, $"{package.First.Name}.deb"));
        }
        ChildProcess.Run(new ChildCommand("sh", "-ec", """
            mkdir -p dists/bookworm/main/binary-amd64
            apt-ftparchive packages . > dists/bookworm/main/binary-amd64/Packages
            apt-ftparchive -o APT::FTPArchive::Release::Suite=bookworm -o APT::FTPArchive::Release::Codename=bookworm release dists/bookworm > Release
            mv Release dists/bookworm/
            """) { WorkingDirectory = Repository }).Require("index the repository");
        // By its suite debootstrap knows what a distribution's packages want.
        var log = await IsMade("tbz", "apt", "small.x86_64-1.0.0-7.tar.xz", "ca-certificates", "<packages type=\"image\"><package name=\"hello\"/></packages>", "distribution=\"bookworm\" components=\"main\"");
        Assert.Contains("hello", log, StringComparison.Ordinal);
    }

    private async Task<string> IsMade(string type, string manager, string file, string package = "tiny", string more = "", string suite = "")
    {
        Write(type, manager, package, more, suite);
        var (outcome, log) = await roots.Build(PackageType.Rpm, Path.Combine(_work, "small"), Path.Combine(_work, "build"), i => i with { Dist = Dist.OfImage("standard", "x86_64"), Image = new([], [], "7") });
        Assert.True(outcome.Succeeded, log);
        var bundle = Assert.Single(outcome.ResultFiles);
        Assert.Equal("small-1.0.0-0.noarch.rpm", Path.GetFileName(bundle));
        var contents = ChildProcess.Run(new("rpm", "-qpl", bundle)).Require("list the bundle").Text.Split('\n');
        Assert.Contains($"/var/tmp/small/{file}", contents);
        Assert.Contains($"/var/tmp/small/{file}.sha256", contents);
        Assert.Contains($"\"{package}\"", outcome.SolverJson, StringComparison.Ordinal);
        Assert.Contains("\"image\": \"small\"", outcome.SolverJson, StringComparison.Ordinal);
        Assert.DoesNotContain("\"installsize_bytes\": 0", outcome.SolverJson, StringComparison.Ordinal);
        return log;
    }

    // A whole system in one package: a static shell.
    private void MakeRpm()
    {
        var top = Directory.CreateDirectory(Path.Combine(_work, "rpmbuild")).FullName;
        var spec = Path.Combine(top, "tiny.spec");
        File.WriteAllText(spec, $"Name: tiny\nVersion: 1\nRelease: 1\nSummary: Tiny\nLicense: GPL\nAutoReqProv: no\nProvides: /bin/sh\n%global __os_install_post %{{nil}}\n%description\nTiny.\n%install\n"
            + $"install -D {Shell()} %{{buildroot}}/usr/bin/busybox\nln -s busybox %{{buildroot}}/usr/bin/sh\nln -s usr/bin %{{buildroot}}/bin\n%files\n/usr/bin/*\n/bin\n");
        ChildProcess.Run(new("rpmbuild", "-bb", "--quiet", "--define", $"_topdir {top}", "--define", $"_rpmdir {Repository}", "--define", $"_dbpath {top}/db", spec)).Require("make the package");
        ChildProcess.Run(new("createrepo_c", "-q", Repository)).Require("index the repository");
    }

    private string Shell()
    {
        roots.Apt.Update(TimeSpan.FromHours(6), TestContext.Current.CancellationToken);
        using var pool = roots.Apt.OpenSolver();
        var deb = roots.Store.PathOf(roots.Apt.Fetch([pool.Newest("busybox-static")!], TestContext.Current.CancellationToken)[0]);
        var tree = Path.Combine(_work, "shell");
        ChildProcess.Run(new("dpkg-deb", "-x", deb, tree)).Require("unpack");
        return Path.Combine(tree, "bin/busybox");
    }

    private void Write(string type, string manager, string package, string more, string suite) => File.WriteAllText(Path.Combine(_work, "small/config.xml"), $"""
        <?xml version="1.0" encoding="utf-8"?>
        <image schemaversion="7.4" name="small">
            <description type="system">
                <author>A</author>
                <contact>a@example.org</contact>
                <specification>A small root</specification>
            </description>
            <preferences>
                <version>1.0.0</version>
                <packagemanager>{manager}</packagemanager>
                <rpm-check-signatures>true</rpm-check-signatures>
                <type image="{type}"/>
            </preferences>
            <repository alias="own" {suite}>
                <source path="this://repository"/>
            </repository>
            <packages type="bootstrap">
                <package name="{package}"/>
            </packages>
            {more}
        </image>
        """);
}
