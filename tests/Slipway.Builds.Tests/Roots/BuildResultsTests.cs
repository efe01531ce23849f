using Slipway.Builds.Roots;
using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class BuildResultsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-results-").FullName;

    private string From => Path.Combine(_directory, "from");

    public BuildResultsTests() => Directory.CreateDirectory(Path.Combine(From, "x86_64"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Packages_are_copied_and_nothing_else()
    {
        File.WriteAllText(Path.Combine(From, "x86_64/a-1.rpm"), "a");
        File.SetUnixFileMode(Path.Combine(From, "x86_64/a-1.rpm"), (UnixFileMode)0xfff);
        File.WriteAllText(Path.Combine(From, "readme"), "r");
        File.WriteAllText(Path.Combine(_directory, "secret"), "s");
        File.CreateSymbolicLink(Path.Combine(From, "b-1.rpm"), Path.Combine(_directory, "secret"));
        var files = Collect();
        Assert.Equal([Path.Combine(_directory, "into/a-1.rpm")], files);
        Assert.Equal("a", File.ReadAllText(files[0]));
        Assert.Equal(0x1a4, (int)File.GetUnixFileMode(files[0]));
    }

    [Fact]
    public void Result_directory_that_is_a_link_leads_nowhere()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "outside"));
        File.WriteAllText(Path.Combine(_directory, "outside/c.rpm"), "c");
        File.CreateSymbolicLink(Path.Combine(From, "way"), Path.Combine(_directory, "outside"));
        Assert.Empty(Collect());
    }

    [Fact]
    public void Link_in_the_place_of_the_result_directory_is_refused()
    {
        var outside = Directory.CreateTempSubdirectory("slipway-outside-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(outside, "secret.rpm"), "s");
            Directory.Delete(From, recursive: true);
            File.CreateSymbolicLink(From, outside);
            Assert.Contains("/from", Assert.Throws<RecipeException>(Collect).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Theory]
    [InlineData("-rf.rpm")]
    [InlineData("a b.rpm")]
    [InlineData("a\nb.rpm")]
    public void Name_that_is_no_package_name_is_refused(string name)
    {
        File.WriteAllText(Path.Combine(From, name), "x");
        Assert.Throws<RecipeException>(Collect);
    }

    [Fact]
    public void Two_files_of_one_name_are_refused()
    {
        File.WriteAllText(Path.Combine(From, "a.rpm"), "x");
        File.WriteAllText(Path.Combine(From, "x86_64/a.rpm"), "y");
        Assert.Throws<RecipeException>(Collect);
    }

    [Fact]
    public void Source_package_must_be_whole_and_strays_go()
    {
        var digest = Content.Digest.Of("tar"u8);
        var files = new[] { ("x_1.dsc", $"Source: x\nChecksums-Sha256:\n {digest} 3 x_1.tar.xz\n"), ("x_1.tar.xz", "tar"), ("stray.tar.gz", "s") }.Select(f =>
        {
            File.WriteAllText(Path.Combine(_directory, f.Item1), f.Item2);
            return Path.Combine(_directory, f.Item1);
        }).ToList();
        Assert.Equal(files.Take(2), BuildResults.Sound(files, PackageType.Deb));
        Assert.False(File.Exists(files[2]));
        File.WriteAllText(files[1], "other");
        Assert.Contains("x_1.tar.xz", Assert.Throws<RecipeException>(() => BuildResults.Sound([.. files.Take(2)], PackageType.Deb)).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => BuildResults.Sound([files[0]], PackageType.Deb));
        File.WriteAllText(Path.Combine(_directory, "a.deb"), "none");
        Assert.Contains("a.deb", Assert.Throws<RecipeException>(() => BuildResults.Sound([Path.Combine(_directory, "a.deb")], PackageType.Deb)).Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Collect() => BuildResults.Collect(_directory, "from", Path.Combine(_directory, "into"), n => n.EndsWith(".rpm", StringComparison.Ordinal));
}
