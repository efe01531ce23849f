using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern includes and what they subtract (cases 20 to 26).</summary>
public sealed class IncludeTests : IDisposable
{
    private readonly TestRelease _os = new();

    public IncludeTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "20")]
    public void A_changed_include_alone_rewrites_the_manifest_and_no_version_in_it()
    {
        _os.Bundle("c");
        _os.Build(10);
        _os["b"].Includes.Add("c");
        _os.Build(20, 10);
        Assert.Equal(["os-core", "c"], _os.Read(20, "b").Includes);
        Assert.All(_os.Read(20, "b").Records, r => Assert.Equal(10u, r.Version));
    }

    [Fact]
    [Trait("case", "21")]
    public void Equal_and_unknown_includes_and_os_core_are_left_out_once_said()
    {
        _os.Bundle("c");
        _os["b"].Includes.AddRange(["c", "os-core", "nowhere", "c"]);
        _os["b"].AlsoAdd.AddRange(["c", "c", "nowhere"]);
        _os.Build(10);
        Assert.Equal(["os-core", "c"], _os.Read(10, "b").Includes);
        Assert.Equal(["c"], _os.Read(10, "b").AlsoAdd);
        Assert.Empty(_os.Read(10, "os-core").Includes);
    }

    [Fact]
    [Trait("case", "22")]
    public void Files_of_included_bundles_are_subtracted_through_every_level()
    {
        _os.Bundle("c").Includes.Add("d");
        _os.Bundle("d");
        _os["b"].Includes.Add("c");
        _os.File("/usr/share/core", "1", bundle: "os-core");
        _os.File("/usr/share/deep", "1", bundle: "d");
        foreach (var bundle in (string[])["b", "c", "d"]) _os.File("/usr/share/core", "1", bundle: bundle);
        foreach (var bundle in (string[])["b", "c"]) _os.File("/usr/share/deep", "1", bundle: bundle);
        _os.Build(10);
        Assert.Null(_os.Row(10, "b", "/usr/share/core"));
        Assert.Null(_os.Row(10, "b", "/usr/share/deep"));
        Assert.Null(_os.Row(10, "c", "/usr/share/deep"));
        Assert.Equal("F... 10", _os.Row(10, "d", "/usr/share/deep"));
        Assert.Equal("F... 10", _os.Row(10, "os-core", "/usr/share/core"));
    }

    [Fact]
    [Trait("case", "23")]
    public void Bundles_that_include_each_other_are_built_and_keep_their_own_files()
    {
        _os.Bundle("c").Includes.Add("b");
        _os["b"].Includes.Add("c");
        _os.File("/usr/share/b", "1", bundle: "b");
        _os.File("/usr/share/c", "1", bundle: "c");
        _os.File("/usr/share/both", "1", bundle: "b");
        _os.File("/usr/share/both", "1", bundle: "c");
        _os.Build(10);
        Assert.Equal("F... 10", _os.Row(10, "b", "/usr/share/b"));
        Assert.Equal("F... 10", _os.Row(10, "c", "/usr/share/c"));
        Assert.Null(_os.Row(10, "b", "/usr/share/both"));
        Assert.Null(_os.Row(10, "c", "/usr/share/both"));
        Assert.Equal("F... 10", _os.Row(10, "full", "/usr/share/both"));
    }

    [Fact]
    [Trait("case", "24")]
    public void A_file_that_leaves_os_core_appears_in_the_bundle_that_also_has_it()
    {
        _os.File("/usr/share/x", "1", bundle: "os-core");
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        Assert.Null(_os.Row(10, "b", "/usr/share/x"));
        _os["os-core"].Files.Remove("/usr/share/x");
        _os.Build(20, 10);
        Assert.Equal(".d.. 20", _os.Row(20, "os-core", "/usr/share/x"));
        Assert.Equal("F... 20", _os.Row(20, "b", "/usr/share/x"));
        Assert.Equal("F... 20", _os.Row(20, "full", "/usr/share/x"));
        _os.Remove("/usr/share/x", "b");
        _os.File("/usr/lib/os-release", "30");
        _os.Build(30, 20);
        Assert.Equal(".d.. 30", _os.Row(30, "b", "/usr/share/x"));
        Assert.Equal(".d.. 20", _os.Row(30, "os-core", "/usr/share/x"));
    }

    [Fact]
    [Trait("case", "25")]
    public void A_directory_in_use_is_repeated_unless_it_is_os_cores()
    {
        _os.Bundle("c").Includes.Add("b");
        _os.Directory("/usr/share/used", bundle: "b");
        _os.Directory("/usr/share/empty", bundle: "b");
        _os.File("/usr/share/used/x", "1", bundle: "c");
        _os.Directory("/usr/share/empty", bundle: "c");
        _os.Build(10);
        Assert.Equal("D... 10", _os.Row(10, "c", "/usr/share/used"));
        Assert.Null(_os.Row(10, "c", "/usr/share/empty"));
        Assert.Null(_os.Row(10, "c", "/usr/share"));
    }

    [Fact]
    [Trait("case", "26")]
    public void Contentsize_counts_files_and_link_targets_and_nothing_included()
    {
        _os.File("/usr/share/four", "4444", bundle: "b");
        _os.Link("/usr/share/link", "12345678901", bundle: "b");
        _os.File("/usr/share/core", "not counted", bundle: "os-core");
        _os.File("/usr/share/core", "not counted", bundle: "b");
        _os.Build(10);
        Assert.Equal(15ul, _os.Read(10, "b").ContentSize);
    }
}
