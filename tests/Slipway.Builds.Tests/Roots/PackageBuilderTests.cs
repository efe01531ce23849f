using System.Text;
using Slipway.Builds.Roots;
using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

[Trait("long", "yes")]
[Collection(RealRootsCollection.Name)]
public sealed class PackageBuilderTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Theory]
    [InlineData(PackageType.Deb, "greet_1.0_amd64.deb")]
    [InlineData(PackageType.Rpm, "greet-1.0-1.x86_64.rpm")]
    [InlineData(PackageType.Pacman, "greet-1.0-1-x86_64.pkg.tar.zst")]
    public async Task Package_of_each_type_is_built_and_the_second_build_installs_nothing(PackageType type, string file)
    {
        var (first, log) = await Build(type, SampleSources.Write(Path.Combine(_work, "src")));
        Assert.True(first.Succeeded, log);
        var package = Assert.Single(first.ResultFiles, f => Path.GetFileName(f) == file);
        Assert.Equal("greet", PackageFile.Read(package).Name);
        Assert.Contains("\"libc6\"", first.SolverJson, StringComparison.Ordinal);
        var (second, again) = await Build(type, Path.Combine(_work, "src"));
        Assert.True(second.Succeeded, again);
        Assert.DoesNotContain("installing", again, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_work, "build/root")));
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task Dependency_that_does_not_exist_is_named_and_is_the_packages_fault(PackageType type)
    {
        var (outcome, _) = await Build(type, SampleSources.Write(Path.Combine(_work, "src"), "no-such-library-dev"));
        Assert.True(outcome is { Succeeded: false, Infrastructure: false });
        Assert.Contains("no package is named no-such-library-dev", outcome.Cause, StringComparison.Ordinal);
        Assert.Equal("{}\n", outcome.SolverJson);
    }

    [Fact]
    public async Task Rpm_checks_a_required_path_against_the_root()
    {
        Assert.True((await Build(PackageType.Rpm, SampleSources.Write(Path.Combine(_work, "a"), "/usr/bin/gcc"))).Outcome.Succeeded);
        var (outcome, log) = await Build(PackageType.Rpm, SampleSources.Write(Path.Combine(_work, "b"), "/usr/bin/no-such-program"));
        Assert.True(outcome is { Succeeded: false, Infrastructure: false });
        Assert.Contains("/usr/bin/no-such-program is needed by greet", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public async Task Recipe_that_fails_is_the_packages_fault_and_leaves_its_log(PackageType type)
    {
        var (outcome, log) = await Build(type, SampleSources.Write(Path.Combine(_work, "src"), makeCheck: "echo last words; false"));
        Assert.True(outcome is { Succeeded: false, Infrastructure: false, ResultFiles.Count: 0 }, log);
        Assert.Contains("last words", log, StringComparison.Ordinal);
        Assert.Contains("exit code", outcome.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_sees_no_network_and_nothing_of_the_machine()
    {
        var (outcome, log) = await Build(PackageType.Deb, SampleSources.Write(Path.Combine(_work, "src"), makeCheck: "id -u; wc -l < /proc/net/route; ls /"));
        Assert.True(outcome.Succeeded, log);
        Assert.Contains("\n1000\n1\n", log, StringComparison.Ordinal);
        Assert.DoesNotContain("slipway-roots", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PackageType.Rpm, ".rpm")]
    [InlineData(PackageType.Pacman, ".pkg.tar.zst")]
    public async Task Distribution_packages_become_a_base_repository_once(PackageType type, string suffix)
    {
        var dist = RealRoots.Dist(type);
        var log = new StringBuilder();
        var files = await roots.Builder.MakeBaseRepositoryAsync(dist, new("base", "apt", ["libc6"]), b => log.Append(Encoding.UTF8.GetString(b.Span)), default);
        var packages = files.Select(f => PackageFile.Read(f)).ToDictionary(p => p.Name);
        Assert.All(files, f => Assert.EndsWith(suffix, f, StringComparison.Ordinal));
        Assert.Superset(new HashSet<string> { "libc6", "libgcc-s1", "slipway-filesystem" }, packages.Keys.ToHashSet());
        if (type == PackageType.Rpm)
            Assert.Contains(packages["libc6"].Provides, p => p.StartsWith("libc.so.6(GLIBC_2.34)(64bit)", StringComparison.Ordinal));
        log.Clear();
        Assert.Equal(files, await roots.Builder.MakeBaseRepositoryAsync(dist, new("base", "apt", ["libc6"]), b => log.Append(Encoding.UTF8.GetString(b.Span)), default));
        Assert.Equal("", log.ToString());
    }

    [Fact]
    public async Task Second_build_of_a_package_finds_what_its_compilers_made()
    {
        const string Script = "gcc -c -o greet.o greet.c && ccache --print-stats | grep -E '^(direct|preprocessed)_cache_(hit|miss)|^cache_miss'\n";
        var source = SampleSources.Write(Path.Combine(_work, "src"), script: Script);
        Task<(BuildOutcome Outcome, string Log)> Cached(string name) => roots.Build(PackageType.Deb, source, Path.Combine(_work, name), i => i with
        {
            PackageName = "greet",
            CompilerCache = Path.Combine(_work, "ccache"),
            Dist = i.Dist with { CompilerCache = true },
        });
        var (first, log) = await Cached("one");
        Assert.True(first.Succeeded, log);
        Assert.Contains("direct_cache_hit\t0\n", log, StringComparison.Ordinal);
        var (second, again) = await Cached("two");
        Assert.True(second.Succeeded, again);
        Assert.Contains("direct_cache_hit\t1\n", again, StringComparison.Ordinal);
        Assert.Equal(first.Record!.Files.Select(f => f.Sha256), second.Record!.Files.Select(f => f.Sha256));
    }

    private Task<(BuildOutcome Outcome, string Log)> Build(PackageType type, string source) => roots.Build(type, source, Path.Combine(_work, "build"), i => i with { PackageName = "greet" });
}
