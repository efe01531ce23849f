using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Content;

namespace Slipway.Compose.Tests.Bundles;

/// <summary>Definitions that nobody means well with: each ends in errors with a line of the file, or in a definition that holds names only.</summary>
public sealed class HostileBundleTests
{
    private static (BundleDefinition Bundle, List<ConfigError> Errors) Parse(string text, string name = "b")
    {
        var errors = new List<ConfigError>();
        return (BundleParser.Parse(name, "bundles/b", text, errors), errors);
    }

    [Theory]
    [InlineData("include(../../etc/passwd)")]
    [InlineData("include(MoM)")]
    [InlineData("include(full)")]
    [InlineData("include()")]
    [InlineData("include(a)b")]
    [InlineData("also-add(.hidden)")]
    [InlineData("content(relative/path)")]
    [InlineData("content(/a/../../etc)")]
    [InlineData("content(/a//b)")]
    [InlineData("content(/)")]
    [InlineData("un-export(/usr/bin/../sbin)")]
    [InlineData("un-export(/usr/bin/\0x)")]
    [InlineData("exec(rm)")]
    [InlineData("package; rm -rf /")]
    [InlineData("--installroot=/")]
    [InlineData("$(reboot)")]
    [InlineData("package = 1.0")]
    [InlineData("päckage")]
    [InlineData("# [UNKNOWN]: x")]
    [InlineData("# [TITLE]: a\n# [TITLE]: b")]
    public void A_line_that_is_no_name_and_no_directive_is_refused(string line)
    {
        var (_, errors) = Parse("\n" + line + "\n");
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.InRange(e.Line, 1, 4));
        Assert.All(errors, e => Assert.DoesNotContain(e.Message, char.IsControl));
    }

    [Theory, InlineData("MoM"), InlineData("full"), InlineData(".."), InlineData("a/b"), InlineData(""), InlineData("a b")]
    public void A_name_that_cannot_be_a_bundles_is_refused(string name) => Assert.NotEmpty(Parse("x", name).Errors);

    [Fact]
    public void Endless_lines_names_and_files_are_bounded()
    {
        Assert.NotEmpty(Parse(new string('a', 300)).Errors);
        Assert.NotEmpty(Parse("content(/" + new string('a', 5000) + ")").Errors);
        Assert.NotEmpty(Parse(new string('\n', 200_000)).Errors);
    }

    [Fact]
    public void Any_cut_and_any_changed_byte_of_a_definition_is_answered()
    {
        var text = "# [TITLE]: b\n# [STATUS]: Experimental\n# [MAINTAINER]: M <m@example.org>\ninclude(os-core)\nalso-add(x)\ncontent(/srv/files)\nun-export(/usr/bin/x)\nvim # comment\nlibstdc++6\n";
        var random = new Random(7);
        for (var i = 0; i < 4000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var (bundle, errors) = Parse(Encoding.UTF8.GetString(bytes.AsSpan(0, random.Next(bytes.Length))));
            Assert.All(bundle.Packages, p => Assert.True(BundleDefinition.IsName(p)));
            Assert.All(bundle.Includes.Concat(bundle.AlsoAdd), p => Assert.True(BundleDefinition.IsBundleName(p)));
            Assert.All(bundle.ContentDirectories.Concat(bundle.UnExported), p => Assert.StartsWith("/", p, StringComparison.Ordinal));
            Assert.All(errors, e => Assert.True(e.Line >= 1));
        }
    }
}
