using System.Text;
using Slipway.Builds.Roots;
using Slipway.Builds.Tests.BuildRoots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Kiwi;

/// <summary>Roots that are made of the packages of a repository of the dist's own type, and packages built in them.</summary>
[Trait("long", "yes")]
[Collection(RealRootsCollection.Name)]
public sealed class OwnTypeRootTests(RealRoots roots)
{
    internal static readonly string[] Everywhere = ["dash", "bash", "coreutils", "grep", "sed", "tar", "gzip", "xz-utils", "findutils", "diffutils", "gawk", "file", "libc-bin", "make", "util-linux"];

    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Theory]
    [InlineData(PackageType.Rpm, "dnf", "rpm")]
    [InlineData(PackageType.Pacman, "pacman", "pacman-package-manager makepkg fakeroot libarchive-tools zstd binutils links")]
    public async Task Package_is_built_in_a_root_of_its_own_type(PackageType type, string from, string tools)
    {
        string[] wanted = [.. Everywhere, .. tools.Split(' ')];
        var repository = await MakeRepository(type, wanted);
        var dist = Dist.Parse($"name: own\ntype: {type.ToString().ToLowerInvariant()}\nroot:\n  from: {from}\n  base: [{string.Join(", ", wanted)}]\n"
            + $"  repositories:\n    - {{name: base, url: \"file://{repository}\", unsigned: true}}\n", "own.yml");
        var (outcome, log) = await Build(type, dist, Source("make"));
        Assert.True(outcome.Succeeded, log);
        Assert.Equal("hint", PackageFile.Read(Assert.Single(outcome.ResultFiles, f => !f.EndsWith(".src.rpm", StringComparison.Ordinal))).Name);
        Assert.Contains("\"source\": \"base\"", outcome.SolverJson, StringComparison.Ordinal);
        Assert.DoesNotContain("dpkg", log, StringComparison.Ordinal);

        var (missing, _) = await Build(type, dist, Source("no-such-thing"));
        Assert.True(missing is { Succeeded: false, Infrastructure: false });
        Assert.Contains("no-such-thing", missing.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_that_describes_its_root_needs_no_dist_file_and_its_overlay_is_obeyed()
    {
        string[] wanted = [.. Everywhere, "rpm"];
        var repository = await MakeRepository(PackageType.Rpm, wanted);
        var source = Source("make");
        Directory.CreateDirectory(Path.Combine(source, ".cb/root/usr/lib/build/configs"));
        Directory.CreateDirectory(Path.Combine(source, ".cb/root/etc"));
        File.WriteAllText(Path.Combine(source, ".cb/root/etc/of-the-overlay"), "here");
        File.WriteAllText(Path.Combine(source, ".cb/root/usr/lib/build/configs/default.conf"), "Type: spec\nBuildEngine: rpmbuild\nMacros:\n%hinted from the configuration\n:Macros\n");
        File.WriteAllText(Path.Combine(source, ".cb/build_root.kiwi"), Description(repository, wanted));
        var (outcome, log) = await Build(PackageType.Rpm, Builds.Kiwi.KiwiDist.Of(source, "TW", "x86_64"), source);
        Assert.True(outcome.Succeeded, log);
        Assert.Contains("hint: from the configuration, here", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deb_is_built_in_a_root_that_its_description_takes_from_an_apt_repository()
    {
        var source = SampleSources.Write(Path.Combine(_work, "src", "greet"));
        var (first, before) = await roots.Build(PackageType.Deb, source, Path.Combine(_work, "build"), i => i with { PackageName = "greet" });
        Assert.True(first.Succeeded, before);
        // What that root was made of, as a repository of its own.
        var pool = Directory.CreateDirectory(Path.Combine(_work, "apt/pool")).FullName;
        foreach (var digest in Directory.GetFiles(roots.Data.Roots, "packages", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(Content.Digest.Parse).Distinct().Where(roots.Store.Contains))
            roots.Store.LinkTo(digest, Path.Combine(pool, digest + ".deb"));
        foreach (var file in Directory.GetFiles(pool).Where(f => !ChildProcess.Run(new("dpkg-deb", "-f", f, "Package")).Succeeded))
            File.Delete(file);
        ChildProcess.Run(new ChildCommand("sh", "-ec", """
            cd "$1"
            mkdir -p dists/own/main/binary-amd64
            apt-ftparchive packages pool > dists/own/main/binary-amd64/Packages
            apt-ftparchive -o APT::FTPArchive::Release::Suite=own -o APT::FTPArchive::Release::Codename=own release dists/own > Release
            mv Release dists/own/
            """, "sh", Path.Combine(_work, "apt"))).Require("index the repository");
        Directory.CreateDirectory(Path.Combine(source, ".cb/root/usr/lib/obs-build/configs"));
        File.WriteAllText(Path.Combine(source, ".cb/root/usr/lib/obs-build/configs/default.conf"), "type: dsc\nbuildengine: dpkg\n");
        File.WriteAllText(Path.Combine(source, ".cb/build_root.kiwi"), $"""
            <image schemaversion="7.4" name="greet"><profiles><profile name="Own.x86_64" description="o"/></profiles>
            <preferences profiles="Own.x86_64"><version>0.0.0</version><packagemanager>apt</packagemanager><type image="tbz"/></preferences>
            <repository profiles="Own.x86_64" distribution="own" components="main"><source path="dir://{Path.Combine(_work, "apt")}"/></repository>
            <packages type="image" profiles="Own.x86_64"><package name="build-essential"/></packages></image>
            """);
        var dist = Builds.Kiwi.KiwiDist.Of(source, "Own", "x86_64");
        Assert.Equal((PackageType.Deb, "dpkg"), (dist.Type, dist.BuildEngine));
        var (outcome, log) = await roots.Build(PackageType.Deb, source, Path.Combine(_work, "build"), i => i with { PackageName = "greet", Dist = dist });
        Assert.True(outcome.Succeeded, log);
        Assert.Contains(outcome.ResultFiles, f => Path.GetFileName(f) == "greet_1.0_amd64.deb");
        Assert.Contains("\"source\": \"repository-0\"", outcome.SolverJson, StringComparison.Ordinal);
    }

    private static string Description(string repository, string[] packages) => $"""
        <image schemaversion="7.4" name="hint">
            <description type="system"><author>A</author><contact>a@example.org</contact><specification>root</specification></description>
            <profiles><profile name="TW.x86_64" description="t"/><profile name="TW.aarch64" description="t"/></profiles>
            <preferences><version>0.0.0</version><type image="tbz"/></preferences>
            <preferences profiles="TW.x86_64,TW.aarch64"><packagemanager>dnf</packagemanager></preferences>
            <repository profiles="TW.x86_64"><source path="dir://{repository}"/></repository>
            <repository profiles="TW.aarch64"><source path="obs://not/used"/></repository>
            <packages type="image" profiles="TW.x86_64">{string.Concat(packages.Select(p => $"<package name=\"{p}\"/>"))}</packages>
            <packages type="bootstrap" profiles="TW.x86_64"><package name="slipway-filesystem"/></packages>
        </image>
        """;

    private string Source(string need)
    {
        var source = Directory.CreateDirectory(Path.Combine(_work, "src-" + need, "hint")).FullName;
        const string Script = "echo \"hint: $1, $(cat /etc/of-the-overlay 2>/dev/null)\"";
        File.WriteAllText(Path.Combine(source, "hint.sh"), Script + "\n");
        File.WriteAllText(Path.Combine(source, "hint.spec"), $"Name: hint\nVersion: 1\nRelease: 1\nSummary: Hints\nLicense: MIT\nBuildArch: noarch\nBuildRequires: {need}\nSource0: hint.sh\n%description\nHints.\n"
            + "%build\nsh %{_sourcedir}/hint.sh '%{?hinted}'\n%install\ninstall -D %{_sourcedir}/hint.sh %{buildroot}/usr/bin/hint\n%files\n/usr/bin/hint\n");
        File.WriteAllText(Path.Combine(source, "PKGBUILD"), $"pkgname=hint\npkgver=1\npkgrel=1\npkgdesc=Hints\narch=(any)\nlicense=(MIT)\nmakedepends=({need})\nsource=(hint.sh)\nsha256sums=(SKIP)\n"
            + "package() { install -D hint.sh \"$pkgdir/usr/bin/hint\"; }\n");
        return source;
    }

    private Task<(BuildOutcome Outcome, string Log)> Build(PackageType type, Dist dist, string source) =>
        roots.Build(type, source, Path.Combine(_work, "build"), i => i with { Dist = dist, PackageName = "hint" });

    private async Task<string> MakeRepository(PackageType type, string[] packages)
    {
        var log = new StringBuilder();
        var repository = Directory.CreateDirectory(Path.Combine(_work, "repository")).FullName;
        var files = new List<string>();
        if (packages.Contains("links"))
            files.Add(await MakeLinks(repository));
        foreach (var file in await roots.Builder.MakeBaseRepositoryAsync(RealRoots.Dist(type), new("base", "apt", [.. packages.Except(["links"])]), b => log.Append(Encoding.UTF8.GetString(b.Span)), default))
        {
            files.Add(Path.Combine(repository, Path.GetFileName(file)));
            File.Copy(file, files[^1]);
        }
        ChildProcess.Run(type == PackageType.Rpm ? new("createrepo_c", "-q", repository) : new("repo-add", ["-q", Path.Combine(repository, "base.db.tar.gz"), .. files])).Require("index the repository");
        return repository;
    }

    // Converted packages have not what Debian's scripts would have linked.
    private async Task<string> MakeLinks(string repository)
    {
        var source = Directory.CreateDirectory(Path.Combine(_work, "links")).FullName;
        File.WriteAllText(Path.Combine(source, "PKGBUILD"), "pkgname=links\npkgver=1\npkgrel=1\npkgdesc=Links\narch=(any)\nlicense=(MIT)\n"
            + "package() { mkdir -p \"$pkgdir/usr/bin\"; ln -s fakeroot-sysv \"$pkgdir/usr/bin/fakeroot\"; ln -s gawk \"$pkgdir/usr/bin/awk\"; }\n");
        var (outcome, log) = await roots.Build(PackageType.Pacman, source, Path.Combine(_work, "links-build"));
        Assert.True(outcome.Succeeded, log);
        var place = Path.Combine(repository, Path.GetFileName(outcome.ResultFiles[0]));
        File.Copy(outcome.ResultFiles[0], place);
        return place;
    }
}
