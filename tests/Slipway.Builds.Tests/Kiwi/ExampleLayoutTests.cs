using System.Text;
using Slipway.Builds.Roots;
using Slipway.Builds.Tests.BuildRoots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Kiwi;

/// <summary>The ancestor's example repository, built as a person would: each package by its directory and the name of its dist.</summary>
[Trait("long", "yes")]
[Collection(RealRootsCollection.Name)]
public sealed class ExampleLayoutTests(RealRoots roots)
{
    // debbuild is in no repository of the machine. This takes its command line and leaves what it makes where debbuild does (below DEBS of its top directory).
    private const string Debbuild = """
        #!/bin/sh
        set -e
        [ "$1" = -ba ]
        shift
        while [ $# -gt 1 ]; do
            [ "$1" = --define ]
            case $2 in "_topdir "*) top=${2#_topdir } ;; esac
            shift 2
        done
        specification=$1
        name=$(rpmspec -q --qf '%{NAME}' "$specification")
        version=$(rpmspec -q --qf '%{VERSION}-%{RELEASE}' "$specification")
        rpmbuild -bi --noclean --define "_topdir $top" --define '_vendor debbuild' --buildroot "$top/BUILDROOT" "$specification"
        mkdir -p "$top/BUILDROOT/DEBIAN" "$top/DEBS/all"
        printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: Of a specification\n' "$name" "$version" > "$top/BUILDROOT/DEBIAN/control"
        dpkg-deb --root-owner-group --build "$top/BUILDROOT" "$top/DEBS/all/${name}_${version}_all.deb"
        """;

    private static readonly string[] RpmRoot = [.. OwnTypeRootTests.Everywhere, "rpm"];

    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Fact]
    public async Task Example_repository_of_the_ancestor_builds_but_for_pinned_repositories()
    {
        var layout = new ExampleLayout(Path.Combine(_work, "cloud-builder-packages"), await MakeRpms(), MakeDebs(), MakeFlat());
        layout.Write(RpmRoot);
        await IsBuilt(layout["MS/xclock"], "TW", "xclock-1-1.noarch.rpm", "hinted: \n");
        await IsBuilt(layout["MS/qbiff"], "TW", "qbiff-1-1.noarch.rpm", "hinted: intel\n");
        await IsBuilt(layout["MS/python-kiwi_boxed_plugin"], "TW", "python-kiwi_boxed_plugin-1-1.noarch.rpm", "");
        await IsBuilt(layout["Debian/kiwi"], "unstable", "greet_1.0_amd64.deb", "");
        await IsBuilt(layout["Debian/xsnow"], "unstable", "greet_1.0-1_amd64.deb", "");
        await IsBuilt(layout["MS/python-kiwi"], "focal", "python-kiwi_9-1_all.deb", "");
        var (image, log) = await Build(layout["images/leap/test-image-disk"], new() { Directory = "", Results = "", Selection = "standard" });
        Assert.False(image.Succeeded, log);
        Assert.Contains("images of type `oem` need loop devices", image.Cause, StringComparison.Ordinal);
    }

    private async Task IsBuilt(string package, string dist, string file, string words)
    {
        var (outcome, log) = await Build(package, new() { Directory = "", Results = "", Dist = dist });
        Assert.True(outcome.Succeeded, log);
        Assert.Contains(outcome.ResultFiles, f => Path.GetFileName(f) == file);
        Assert.Contains(words, log, StringComparison.Ordinal);
        using var solver = System.Text.Json.JsonDocument.Parse(outcome.SolverJson);
        Assert.All(solver.RootElement.GetProperty("resolved-packages").EnumerateObject(), p => Assert.Contains(p.Value.GetProperty("source").GetString(), (string?[])["repository-0", "repository-1", "Main"]));
    }

    private async Task<(BuildOutcome Outcome, string Log)> Build(string package, DirectoryBuildOptions options)
    {
        var log = new StringBuilder();
        using var http = new HttpClient();
        var built = await new DirectoryBuild(roots.Data, TimeProvider.System, http).RunAsync(options with { Directory = package, Results = Path.Combine(_work, "results", Path.GetFileName(package)) },
            bytes => log.Append(Encoding.UTF8.GetString(bytes.Span)), TestContext.Current.CancellationToken);
        return (built.Build, log.ToString());
    }

    private async Task<string> MakeRpms()
    {
        var repository = Directory.CreateDirectory(Path.Combine(_work, "rpms")).FullName;
        foreach (var file in await roots.Builder.MakeBaseRepositoryAsync(RealRoots.Dist(PackageType.Rpm), new("base", "apt", RpmRoot), _ => { }, TestContext.Current.CancellationToken))
            File.Copy(file, Path.Combine(repository, Path.GetFileName(file)));
        ChildProcess.Run(new("createrepo_c", "-q", repository)).Require("index the repository");
        return repository;
    }

    private string MakeDebs()
    {
        var repository = Path.Combine(_work, "debs");
        var pool = Directory.CreateDirectory(Path.Combine(repository, "pool")).FullName;
        roots.Apt.Update(TimeSpan.FromHours(6), TestContext.Current.CancellationToken);
        using var solver = roots.Apt.OpenSolver();
        var wanted = solver.Resolve(["build-essential", "fakeroot", "rpm"], new ResolveOptions { Essential = true }).Require("resolve");
        foreach (var package in wanted.Zip(roots.Apt.Fetch(wanted, TestContext.Current.CancellationToken)))
            roots.Store.LinkTo(package.Second, Path.Combine(pool, $"{package.First.Name}.deb"));
        Index(repository, """
            mkdir -p dists/own/main/binary-amd64
            apt-ftparchive packages pool > dists/own/main/binary-amd64/Packages
            apt-ftparchive -o APT::FTPArchive::Release::Suite=own -o APT::FTPArchive::Release::Codename=own release dists/own > Release
            mv Release dists/own/
            """);
        return repository;
    }

    private string MakeFlat()
    {
        var repository = Directory.CreateDirectory(Path.Combine(_work, "flat")).FullName;
        var tree = Path.Combine(_work, "debbuild");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(tree, "usr/bin"));
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), "Package: debbuild\nVersion: 1\nArchitecture: all\nDepends: rpm\nMaintainer: A <a@example.org>\nDescription: What the test has in the place of debbuild\n");
        File.WriteAllText(Path.Combine(tree, "usr/bin/debbuild"), Debbuild);
        File.SetUnixFileMode(Path.Combine(tree, "usr/bin/debbuild"), (UnixFileMode)0x1ed);
        ChildProcess.Run(new("dpkg-deb", "--root-owner-group", "--build", tree, Path.Combine(repository, "debbuild_1_all.deb"))).Require("make the package");
        Index(repository, "apt-ftparchive packages . > Packages\napt-ftparchive release . > ../Release\nmv ../Release .\n");
        return repository;
    }

    private static void Index(string repository, string script) => ChildProcess.Run(new ChildCommand("sh", "-ec", script) { WorkingDirectory = repository }).Require("index the repository");
}
