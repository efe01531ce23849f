using Slipway.Compose.Bundles;
using Slipway.Content;

namespace Slipway.Compose.Tests.Bundles;

public sealed class BundleParserTests
{
    private readonly List<ConfigError> _errors = [];

    private BundleDefinition Parse(string text, string name = "b") => BundleParser.Parse(name, "bundles/" + name, text, _errors);

    [Fact]
    public void Whole_syntax_is_read()
    {
        var bundle = Parse("""
            # [TITLE]: b
            # [DESCRIPTION]: What it is
            # [STATUS]: Experimental
            # [CAPABILITIES]: Does things
            # [MAINTAINER]: Someone <a@b.example>
            # a comment
            include(os-core)
            include(os-core)
            also-add(extra)
            also-add(os-core)
            content(/data/tree///)
            un-export(/usr/bin/inner)

            zlib   # why it is here
            bash
            bash
            libstdc++6
            """);
        Assert.Empty(_errors);
        Assert.True(bundle.Header.IsExperimental);
        Assert.Equal("Someone <a@b.example>", bundle.Header.Maintainer);
        Assert.Equal(["os-core"], bundle.Includes);
        Assert.Equal(["extra"], bundle.AlsoAdd);
        Assert.Equal(["bash", "libstdc++6", "zlib"], bundle.Packages);
        Assert.Equal(["/data/tree"], bundle.ContentDirectories);
        Assert.Equal(["/usr/bin/inner"], bundle.UnExported);
    }

    [Fact]
    public void Lines_may_end_as_on_windows() => Assert.Equal(["a", "b"], Parse("# [TITLE]: b\r\na\r\nb\r\n").Packages);

    [Theory]
    [InlineData("pack age", "neither a package name")]
    [InlineData("../../etc/passwd", "neither a package name")]
    [InlineData("-rf --no-preserve-root", "neither a package name")]
    [InlineData(".hidden", "neither a package name")]
    [InlineData("$(reboot)", "neither a package name")]
    [InlineData("include(../x)", "not a bundle name")]
    [InlineData("include()", "not a bundle name")]
    [InlineData("include(full)", "not a bundle name")]
    [InlineData("also-add(MoM)", "not a bundle name")]
    [InlineData("content(relative)", "not an absolute path")]
    [InlineData("content(/a/../../etc)", "not an absolute path")]
    [InlineData("content(/)", "not an absolute path")]
    [InlineData("un-export(/usr//bin)", "not an absolute path")]
    [InlineData("delete(everything)", "the directive 'delete' is unknown")]
    [InlineData("# [COLOUR]: red", "the header field COLOUR is unknown")]
    [InlineData("# [TITLE]: b", "given twice")]
    public void Bad_line_is_an_error_with_its_number(string line, string message)
    {
        Parse("# [TITLE]: b\nbash\n" + line + "\n");
        var error = Assert.Single(_errors);
        Assert.Equal(3, error.Line);
        Assert.Equal("bundles/b", error.File);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void All_errors_of_a_file_are_reported_and_control_bytes_are_not_echoed()
    {
        Parse("ok\n\e[2Jbad line\ninclude(a b)\n");
        Assert.Equal([2, 3], _errors.Select(e => e.Line));
        Assert.DoesNotContain('\e', _errors[0].Message);
    }

    [Fact]
    public void Name_longer_than_a_file_name_is_refused()
    {
        Parse(new string('a', 256));
        Assert.Single(_errors);
    }

    [Theory]
    [InlineData("MoM")]
    [InlineData("full")]
    [InlineData("a/b")]
    public void File_name_that_is_no_bundle_name_is_refused(string name)
    {
        Parse("bash", name);
        Assert.Contains(_errors, e => e.Message.Contains("not a bundle name", StringComparison.Ordinal));
    }

    [Fact]
    public void Packages_list_names_bundles_of_one_package()
    {
        var bundles = BundleParser.ParsePackagesList("packages", "# list\nvim\nnano # small\n\nbad name\n", _errors);
        Assert.Equal(["nano", "vim"], bundles.Select(b => b.Name));
        Assert.All(bundles, b => Assert.True(b.IsSinglePackage));
        Assert.Equal(5, Assert.Single(_errors).Line);
    }

    [Fact]
    public void Strict_check_wants_all_fields_and_the_right_title()
    {
        BundleParser.CheckStrictly(Parse("# [TITLE]: other\n# [DESCRIPTION]: d\nbash\n"), _errors);
        Assert.Equal(4, _errors.Count);
        Assert.Contains(_errors, e => e.Message.Contains("the title 'other' is not the bundle's name 'b'", StringComparison.Ordinal));
    }
}
