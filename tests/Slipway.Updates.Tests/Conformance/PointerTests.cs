using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern pointers and signatures beside content (case 43).</summary>
public sealed class PointerTests : IDisposable
{
    private readonly TestRelease _os = new();

    public PointerTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "43")]
    public void Pointers_format_and_signatures_are_written_where_devices_look()
    {
        _os.Build(10, change: o => o with { Sign = text => [.. "signed:"u8, .. text.Span] });
        Assert.Equal("10", File.ReadAllText(_os.Published("version/latest_version")));
        Assert.Equal("10", File.ReadAllText(_os.Published("version/format30/latest")));
        Assert.Equal("signed:10", File.ReadAllText(_os.Published("version/format30/latest.sig")));
        Assert.Equal("30", File.ReadAllText(_os.Published("10/format")));
        Assert.StartsWith("signed:MANIFEST\t30\n", File.ReadAllText(_os.Published("10/Manifest.MoM.sig")), StringComparison.Ordinal);
        using var tar = new TarReader(Compressor.DecompressDetected(File.OpenRead(_os.Published("10/Manifest.MoM.tar"))));
        Assert.Equal("Manifest.MoM", tar.Next()!.Name.ToString());
        Assert.Equal("Manifest.MoM.sig", tar.Next()!.Name.ToString());
    }

    [Fact]
    public void Without_pointers_the_version_directory_is_left_alone()
    {
        _os.Build(10);
        _os.Build(20, 10, change: o => o with { WritePointers = false });
        Assert.Equal("10", File.ReadAllText(_os.Published("version/latest_version")));
        VersionPointers.Write(_os.Published(""), 20, 30, sign: null);
        Assert.Equal("20", File.ReadAllText(_os.Published("version/latest_version")));
    }

    [Fact]
    public void A_version_made_again_does_not_lead_devices_back()
    {
        _os.Build(10);
        _os.Build(20, 10);
        var warnings = new List<string>();
        _os.Build(10, change: o => o with { Warn = warnings.Add });
        Assert.Equal("20", File.ReadAllText(_os.Published("version/latest_version")));
        Assert.Equal("20", File.ReadAllText(_os.Published("version/format30/latest")));
        Assert.Contains(warnings, w => w.Contains("stays at version 20", StringComparison.Ordinal));
    }
}
