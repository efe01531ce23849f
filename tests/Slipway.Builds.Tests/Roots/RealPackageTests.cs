using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>Source packages of Debian: as they are (deb), and with recipes of our own for their upstream tarballs (rpm, pacman).</summary>
[Collection(RealRootsCollection.Name)]
public sealed class RealPackageTests(RealRoots roots)
{
    private readonly string _work = Directory.CreateDirectory(Path.Combine(roots.Scratch, Guid.NewGuid().ToString("n"))).FullName;

    [Theory]
    [InlineData(PackageType.Deb, "figlet", "figlet_2.2.5-3_amd64.deb")]
    [InlineData(PackageType.Deb, "tree", "tree_2.1.0-1_amd64.deb")]
    [InlineData(PackageType.Deb, "datefudge", "datefudge_1.24_amd64.deb")]
    [InlineData(PackageType.Rpm, "zlib", "zlib-devel-1.2.13-1.x86_64.rpm")]
    [InlineData(PackageType.Rpm, "lzip", "lzip-1.23-1.x86_64.rpm")]
    [InlineData(PackageType.Rpm, "lz4", "lz4-devel-1.9.4-1.x86_64.rpm")]
    [InlineData(PackageType.Pacman, "zlib", "zlib-devel-1.2.13-1-x86_64.pkg.tar.zst")]
    [InlineData(PackageType.Pacman, "lzip", "lzip-1.23-1-x86_64.pkg.tar.zst")]
    [InlineData(PackageType.Pacman, "lz4", "lz4-devel-1.9.4-1-x86_64.pkg.tar.zst")]
    public Task Real_package_is_built(PackageType type, string name, string file) => BuildOne(type, name, file);

    [Theory]
    [Trait("long", "yes")]
    [InlineData(PackageType.Deb, "hello", "hello_2.10-3_amd64.deb")]
    [InlineData(PackageType.Deb, "pv", "pv_1.6.20-1_amd64.deb")]
    [InlineData(PackageType.Deb, "popt", "libpopt-dev_1.19+dfsg-1_amd64.deb")]
    [InlineData(PackageType.Deb, "lzip", "lzip_1.23-5_amd64.deb")]
    [InlineData(PackageType.Deb, "bc", "bc_1.07.1-3_amd64.deb")]
    [InlineData(PackageType.Deb, "mawk", "mawk_1.3.4.20200120-3.1_amd64.deb")]
    [InlineData(PackageType.Deb, "xxhash", "xxhash_0.8.1-1_amd64.deb")]
    [InlineData(PackageType.Rpm, "perl-JSON", "perl-JSON-4.10-1.noarch.rpm")]
    [InlineData(PackageType.Pacman, "perl-JSON", "perl-json-4.10-1-any.pkg.tar.zst")]
    public Task Larger_package_is_built(PackageType type, string name, string file) => BuildOne(type, name, file);

    [Theory]
    [Trait("long", "yes")]
    [InlineData(PackageType.Rpm, "-1.x86_64.rpm")]
    [InlineData(PackageType.Pacman, "-1-x86_64.pkg.tar.zst")]
    public async Task Package_is_built_with_development_packages_that_its_project_built_before(PackageType type, string suffix)
    {
        var published = Directory.CreateDirectory(Path.Combine(_work, "published")).FullName;
        foreach (var (name, version) in new[] { ("zlib", "1.2.13"), ("lz4", "1.9.4") })
            foreach (var made in await BuildOne(type, name, $"{name}-devel-{version}{suffix}"))
                File.Copy(made, Path.Combine(published, Path.GetFileName(made)));
        var zstd = Assert.Single(await BuildOne(type, "zstd", "zstd-1.5.4" + suffix, published), f => PackageFile.TypeOf(f) == type && !f.EndsWith(".src.rpm", StringComparison.Ordinal));
        if (type == PackageType.Rpm)
            Assert.Superset(new HashSet<string> { "libz.so.1()(64bit)", "liblz4.so.1()(64bit)" }, PackageFile.Read(zstd).Requires.ToHashSet());
    }

    private async Task<IReadOnlyList<string>> BuildOne(PackageType type, string name, string file, params string[] repositories)
    {
        var source = Path.Combine(_work, "source", name);
        Copy(TestData.Path("packages", type.ToString().ToLowerInvariant(), name), source);
        using var http = new HttpClient();
        using var fetch = new SourceFetch(roots.Store, roots.Apt, http, Path.Combine(roots.Scratch, "sources"));
        await fetch.PlaceAsync(source, _ => { }, TestContext.Current.CancellationToken);
        var (outcome, log) = await roots.Build(type, source, Path.Combine(_work, name), i => i with { ProjectRepositories = repositories });
        Assert.True(outcome.Succeeded, $"{outcome.Cause}\n{log[Math.Max(0, log.Length - 4000)..]}");
        Assert.Contains(file, outcome.ResultFiles.Select(f => Path.GetFileName(f)));
        foreach (var made in outcome.ResultFiles.Where(f => PackageFile.TypeOf(f) == type))
            Assert.NotEmpty(PackageFile.Files(made));
        if (type == PackageType.Deb)
            Assert.Contains(outcome.ResultFiles, f => f.EndsWith(".dsc", StringComparison.Ordinal));
        if (type == PackageType.Rpm)
            Assert.Contains(outcome.ResultFiles, f => f.EndsWith(".src.rpm", StringComparison.Ordinal));
        Assert.Equal(outcome.ResultFiles.Count, outcome.Record!.Files.Count);
        return outcome.ResultFiles;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
