using Slipway.Builds.Recipes;
using Slipway.Builds.Roots;
using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class RecipeTests : IDisposable
{
    private readonly string _source = Directory.CreateTempSubdirectory("slipway-recipe-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Theory]
    [InlineData("gcc", "gcc")]
    [InlineData("libfoo-dev >= 1:1.2-3", "libfoo-dev (>= 1:1.2-3)")]
    [InlineData("a > 1", "a (>> 1)")]
    [InlineData("(a or b < 2)", "a | b (<< 2)")]
    [InlineData("(a and b >= 2)", "a; b (>= 2)")]
    [InlineData("(a >= 1 with a < 2)", "a (>= 1); a (<< 2)")]
    [InlineData("(a if known)", "a")]
    [InlineData("(a if other)", "")]
    [InlineData("(a if other else b)", "b")]
    [InlineData("(a unless known)", "a")]
    [InlineData("(a without b)", "a")]
    [InlineData("((a or b) and (c if known))", "a | b; c")]
    [InlineData("(a or /usr/bin/b)", "")]
    [InlineData("/usr/bin/true", "")]
    [InlineData("pkgconfig(yaml-0.1) >= 0.2", "libyaml-dev")]
    [InlineData("pkgconfig(nothing)", "")]
    [InlineData("perl(Foo::Bar)", "")]
    [InlineData("rpmlib(X) <= 1", "")]
    public void BuildRequires_become_relations_of_debs(string requirement, string relations) =>
        Assert.Equal(relations, string.Join("; ", RpmRequirement.ToDebs(requirement, name => name is "known" or "libyaml-dev")));

    [Theory]
    [InlineData("(a or b")]
    [InlineData("a b")]
    [InlineData("()")]
    [InlineData("a >=")]
    [InlineData("a;rm")]
    [InlineData("((((((((((((((((((((a))))))))))))))))))))")]
    public void Requirement_that_is_none_is_refused_by_name(string requirement) =>
        Assert.Contains(requirement, Assert.Throws<RecipeException>(() => RpmRequirement.ToDebs(requirement, _ => true)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gcc", "gcc")]
    [InlineData("libc6>=2.30", "libc6 (>= 2.30)")]
    [InlineData("a<2", "a (<< 2)")]
    public void Makedepends_become_relations_of_debs(string depend, string relation) => Assert.Equal(relation, PacmanRecipe.ToDeb(depend));

    [Fact]
    public void Dependency_that_is_none_is_refused() => Assert.Throws<RecipeException>(() => PacmanRecipe.ToDeb("a; touch /tmp/x"));

    [Fact]
    public async Task Build_depends_obey_architecture_profile_and_alternatives()
    {
        Write("debian/control", "Source: x\nBuild-Depends: debhelper-compat (= 13), a [!amd64], b <!nocheck>,\n c | d\nBuild-Depends-Indep: e\n\nPackage: x\nDepends: never\n");
        Assert.Equal(["debhelper-compat (= 13)", "b", "c | d", "e"], await new DebRecipe().BuildDependenciesAsync(Context()));
        Assert.Equal(["debhelper-compat (= 13)", "c | d", "e"], await new DebRecipe().BuildDependenciesAsync(Context("nocheck")));
    }

    [Fact]
    public async Task Missing_or_broken_recipe_is_the_packages_fault_and_says_what_is_missing()
    {
        Assert.Contains("debian/control", (await Assert.ThrowsAsync<RecipeException>(() => new DebRecipe().BuildDependenciesAsync(Context()))).Message, StringComparison.Ordinal);
        Assert.Contains(".spec", (await Assert.ThrowsAsync<RecipeException>(() => new RpmRecipe().BuildDependenciesAsync(Context()))).Message, StringComparison.Ordinal);
        Assert.Contains("PKGBUILD", (await Assert.ThrowsAsync<RecipeException>(() => new PacmanRecipe().BuildDependenciesAsync(Context()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tarballs_are_found_by_the_changelogs_version()
    {
        Write("debian/changelog", "hello (1:2.10-3+harbor1) unstable; urgency=low\n");
        Write("debian/source/format", "3.0 (quilt)\n");
        Write("debian/control", "Source: hello\n");
        Assert.Contains("hello_2.10.orig.tar", Assert.Throws<RecipeException>(() => new DebRecipe().Build(Context())).Message, StringComparison.Ordinal);
        Write("hello_2.10.orig.tar.gz", "");
        Write("hello_2.10.orig-docs.tar.xz", "");
        Write("hello_2.10.orig.tar.gz.asc", "");
        Assert.Equal(["sh", "hello-2.10", "hello_2.10.orig.tar.gz", "docs", "hello_2.10.orig-docs.tar.xz"], new DebRecipe().Build(Context("nocheck")).Command.Skip(3));
        Assert.Contains("nocheck", new DebRecipe().Build(Context("nocheck")).Environment["DEB_BUILD_OPTIONS"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_description_is_built_where_there_is_no_debian_directory()
    {
        Write("hello_2.10-3.dsc", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nFormat: 3.0 (quilt)\nSource: hello\nBuild-Depends: a, b [!amd64]\nBuild-Depends-Arch: c\n\n-----BEGIN PGP SIGNATURE-----\n\nx\n");
        Assert.Equal(["a", "c"], await new DebRecipe().BuildDependenciesAsync(Context()));
        Assert.Equal(["sh", "hello_2.10-3.dsc", "tree"], new DebRecipe().Build(Context()).Command.Skip(3));
        Write("other_1.dsc", "Source: other\n");
        Assert.Contains("other_1.dsc", (await Assert.ThrowsAsync<RecipeException>(() => new DebRecipe().BuildDependenciesAsync(Context()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changelog_that_names_no_version_is_refused()
    {
        Write("debian/changelog", "$(id) (1) x\n");
        Assert.Throws<RecipeException>(() => new DebRecipe().Build(Context()));
    }

    [Theory]
    [InlineData("1:2.36-9+deb12u14", "1:2.36-9+deb12u14", "1:2.36_9+deb12u14-1")]
    [InlineData("0:12", "12-0", "12-1")]
    [InlineData("2.0~rc1-1", "2.0~rc1-1", "2.0_rc1_1-1")]
    [InlineData("1-2-3", "1_2-3", "1_2_3-1")]
    public void Versions_are_written_as_the_type_allows(string deb, string rpm, string pacman) =>
        Assert.Equal((rpm, pacman), (PackageVersions.ToRpm(deb), PackageVersions.ToPacman(deb)));

    private RecipeContext Context(params string[] options) => new(new BuildInputs
    {
        BuildId = 1,
        Attempt = 1,
        SourceDirectory = _source,
        PackageName = "x",
        Architecture = "x86_64",
        SourceDateEpoch = 1,
        WorkDirectory = _source,
        Dist = new Dist { Name = "d", Type = PackageType.Deb, Root = new("apt", "host", []), BuildOptions = options },
    }, _ => throw new InvalidOperationException("nothing needs to run"));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
