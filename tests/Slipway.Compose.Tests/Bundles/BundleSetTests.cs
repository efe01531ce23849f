using Slipway.Compose.Bundles;
using Slipway.Content;

namespace Slipway.Compose.Tests.Bundles;

public sealed class BundleSetTests
{
    private readonly List<ConfigError> _errors = [];

    private BundleSet Close(string[] wanted, params (string Name, string Text)[] known) => BundleSet.Close(
        wanted, known.ToDictionary(k => k.Name, k => BundleParser.Parse(k.Name, "bundles/" + k.Name, k.Text, _errors)), "stream.yml", _errors);

    [Fact]
    public void What_is_included_or_added_comes_along_and_os_core_always()
    {
        var set = Close(["a"], ("os-core", "base"), ("a", "include(b)\nalso-add(c)\npa"), ("b", "pb"), ("c", "pc"), ("d", "pd"));
        Assert.Empty(_errors);
        Assert.Equal(["os-core", "a", "b", "c"], set.Bundles.Select(b => b.Name));
        Assert.Equal(["pa", "pb"], set.AllPackages("a"));
        Assert.Equal(["os-core", "b"], set.IncludedWith("a").Select(b => b.Name));
    }

    [Fact]
    public void Cycle_is_allowed_and_each_has_the_packages_of_both()
    {
        var set = Close(["a"], ("os-core", "base"), ("a", "include(b)\npa"), ("b", "include(a)\npb"));
        Assert.Empty(_errors);
        Assert.Equal(["pa", "pb"], set.AllPackages("a"));
        Assert.Equal(["pa", "pb"], set.AllPackages("b"));
        Assert.DoesNotContain("a", set.IncludedWith("a").Select(b => b.Name));
    }

    [Fact]
    public void Missing_bundle_is_an_error_that_offers_near_names()
    {
        Close(["editors"], ("os-core", ""), ("editors", "include(os-coer)"));
        var error = Assert.Single(_errors);
        Assert.Equal("bundles/editors", error.File);
        Assert.Contains("os-core", error.Remedy, StringComparison.Ordinal);
    }
}
