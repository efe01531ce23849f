using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern builds of a file for several processors (case 33).</summary>
public sealed class VariantTests : IDisposable
{
    private readonly TestRelease _os = new();

    public VariantTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "33")]
    public void Variants_get_the_letters_of_those_that_exist()
    {
        foreach (var root in (string[])["", "/V3", "/V4", "/VA"]) _os.File(root + "/usr/bin/all", "a" + root, bundle: "b");
        foreach (var root in (string[])["", "/V3", "/V4"]) _os.File(root + "/usr/bin/two", "t" + root, bundle: "b");
        foreach (var root in (string[])["", "/V3"]) _os.File(root + "/usr/bin/one", "o" + root, bundle: "b");
        _os.Build(10);
        Assert.Equal("F.lx 10 F.nx 10 F.px 10 F.ux 10", _os.Row(10, "b", "/usr/bin/all"));
        Assert.Equal("F.dx 10 F.fx 10 F.hx 10", _os.Row(10, "b", "/usr/bin/two"));
        Assert.Equal("F.ax 10 F.ex 10", _os.Row(10, "b", "/usr/bin/one"));
        Assert.Null(_os.Row(10, "b", "/V3"));
        Assert.True(_os.Read(10, "b").FileCount > _os.Read(10, "b").Records.Count);
    }

    [Fact]
    [Trait("case", "33")]
    public void A_variant_without_its_base_is_refused()
    {
        _os.File("/V3/usr/bin/x", "1", bundle: "b");
        var error = Assert.Throws<SlipwayException>(() => _os.Build(10));
        Assert.Contains("/V3/usr/bin/x", error.Message, StringComparison.Ordinal);
        Assert.False(_os.IsPublished("10/Manifest.MoM"));
    }

    [Fact]
    [Trait("case", "33")]
    public void A_removed_variant_leaves_no_line_and_lifts_the_others()
    {
        foreach (var root in (string[])["", "/V3", "/V4"]) _os.File(root + "/usr/bin/x", "t" + root, bundle: "b");
        _os.Build(10);
        _os.Remove("/V3/usr/bin/x", "b");
        _os.Build(20, 10);
        Assert.Equal("F.cx 20 F.gx 20", _os.Row(20, "b", "/usr/bin/x"));
    }
}
