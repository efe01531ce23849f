using System.Text;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>Real roots from the machine's own package sources, made once for all tests of the class.</summary>
public sealed class RealRoots : IDisposable
{
    public RealRoots()
    {
        Data = new DataDirectory(Path.Combine(Scratch, "data"));
        Data.Create();
        var store = new ContentStore(Data.Store);
        Builder = new PackageBuilder(Data, new HostApt(Path.Combine(Data.Cache, "apt"), store, TimeProvider.System), store, SandboxAccount.Ensure());
    }

    public string Scratch { get; } = Directory.CreateTempSubdirectory("slipway-roots-").FullName;

    public DataDirectory Data { get; }

    public PackageBuilder Builder { get; }

    public void Dispose() => new BuildSandbox(SandboxAccount.Ensure()).RemoveTreeAsync(Scratch).GetAwaiter().GetResult();
}

[Trait("long", "yes")]
public sealed class PackageBuilderTests(RealRoots roots) : IClassFixture<RealRoots>
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
        Assert.Equal([file], first.ResultFiles.Select(f => Path.GetFileName(f)));
        Assert.Equal("greet", PackageFile.Read(first.ResultFiles[0]).Name);
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
        var dist = Dist(type);
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

    private async Task<(BuildOutcome Outcome, string Log)> Build(PackageType type, string source)
    {
        var log = new StringBuilder();
        var outcome = await roots.Builder.BuildAsync(new BuildInputs
        {
            BuildId = 7,
            Attempt = 1,
            SourceDirectory = source,
            PackageName = "greet",
            Architecture = "x86_64",
            SourceDateEpoch = 1_700_000_000,
            WorkDirectory = Path.Combine(_work, "build"),
            Dist = Dist(type),
            AcceptWeakLimits = !BuildSandbox.LimitsAreEnforced(),
        }, bytes => log.Append(Encoding.UTF8.GetString(bytes.Span)), default);
        return (outcome, log.ToString());
    }

    private static Dist Dist(PackageType type) => new() { Name = "test", Type = type, Root = new("apt", "host", ["build-essential"]) };
}
