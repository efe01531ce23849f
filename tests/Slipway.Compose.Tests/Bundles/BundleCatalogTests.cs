using Slipway.Compose.Bundles;
using Slipway.Content;

namespace Slipway.Compose.Tests.Bundles;

public sealed class BundleCatalogTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();

    public BundleCatalogTests()
    {
        Write("local-bundles/os-core", "base\n");
        Directory.CreateDirectory(_place["upstream/bundles"]);
    }

    public void Dispose() => _place.Dispose();

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_place[path])!);
        File.WriteAllText(_place[path], text);
    }

    private BundleCatalog Catalog() => new(_place["local-bundles"], _place["local-packages"], _place["upstream"]);

    [Fact]
    public void Definitions_are_looked_up_in_the_ancestors_order()
    {
        foreach (var name in new[] { "one", "two", "three", "four" })
            File.AppendAllText(_place["upstream/packages"], name + "\n");
        foreach (var name in new[] { "one", "two", "three" })
            Write($"upstream/bundles/{name}", "from-upstream\n");
        Write("local-packages", "one\ntwo\n");
        Write("local-bundles/one", "from-local\n");
        var catalog = Catalog();
        Assert.Equal(
            [BundleOrigin.Local, BundleOrigin.LocalPackage, BundleOrigin.Upstream, BundleOrigin.UpstreamPackage],
            new[] { "one", "two", "three", "four" }.Select(n => catalog.OriginOf(n)!.Value));
        Assert.Equal(["from-local"], catalog.Find("one", [])!.Packages);
        Assert.Equal(["two"], catalog.Find("two", [])!.Packages);
    }

    [Fact]
    public void A_bundle_that_is_not_defined_is_named_with_file_line_and_the_nearest_names()
    {
        Write("local-bundles/editors", "# [TITLE]: editors\n\ninclude(os-cor)\n");
        var errors = Assert.Throws<ConfigException>(() => Catalog().Close(["editors", "editor"], "mixbundles")).Errors;
        Assert.Contains(errors, e => e.File == "mixbundles" && e.Line == 2 && e.Remedy.Contains("editors", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.File.EndsWith("local-bundles/editors", StringComparison.Ordinal) && e.Line == 3 && e.Remedy.Contains("os-core", StringComparison.Ordinal));
    }

    [Fact]
    public void Cycles_are_allowed()
    {
        Write("local-bundles/a", "include(b)\n");
        Write("local-bundles/b", "include(a)\n");
        Assert.Equal(["os-core", "a", "b"], Catalog().Close(["a"], "mixbundles").Bundles.Select(b => b.Name));
    }

    [Fact]
    public void A_deprecated_bundle_comes_by_name_or_include_and_not_by_an_optional_mention()
    {
        Write("local-bundles/a", "also-add(old)\n");
        Write("local-bundles/old", "# [STATUS]: Deprecated\nold\n");
        Assert.DoesNotContain(Catalog().Close(["a"], "mixbundles").Bundles, b => b.Name == "old");
        Assert.Contains(Catalog().Close(["a", "old"], "mixbundles").Bundles, b => b.Name == "old");
    }

    [Fact]
    public void Editors_backups_and_hidden_files_are_no_bundles()
    {
        Write("local-bundles/editors~", "x y z\n");
        Write("local-bundles/.swp", "x y z\n");
        Assert.Equal(["os-core"], Catalog().Names);
    }

    [Fact]
    public void Strict_validation_asks_for_the_whole_header()
    {
        Write("local-bundles/editors", "# [TITLE]: other\nvim\n");
        Catalog().Validate(["editors"], strict: false);
        var errors = Assert.Throws<ConfigException>(() => Catalog().Validate(["editors"], strict: true)).Errors;
        Assert.Equal(5, errors.Count);
    }
}
