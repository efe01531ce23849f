using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern the list of bundles and where they come from (cases 36, 37).</summary>
public sealed class BundleListTests : IDisposable
{
    private readonly TestRelease _os = new();

    public BundleListTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "36")]
    public void The_MoM_names_each_manifest_by_the_hash_that_its_tar_restores()
    {
        _os.Build(10);
        var row = _os.Read(10, "MoM").Records.Single(r => r.Name.ToString() == "b");
        using var stream = Compressor.DecompressDetected(File.OpenRead(_os.Published("10/Manifest.b.tar")));
        using var tar = new TarReader(stream);
        var entry = tar.Next()!;
        Assert.Equal("Manifest.b", entry.Name.ToString());
        Assert.Equal(row.Hash, SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, entry.Size, tar.Content));
        Assert.Null(tar.Next());
    }

    [Fact]
    [Trait("case", "37")]
    public void A_bundle_that_is_no_group_any_more_vanishes_from_the_MoM()
    {
        _os.Build(10);
        _os.RemoveBundle("b");
        _os.Build(20, 10);
        Assert.Null(_os.Row(20, "MoM", "b"));
    }

    [Fact]
    public void A_bundle_that_is_a_group_again_begins_without_a_past()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        _os.RemoveBundle("b");
        _os.Build(20, 10);
        _os.Bundle("b");
        _os.Build(30, 20);
        Assert.Equal(0u, _os.Read(30, "b").Previous);
    }

    [Fact]
    public void Extra_files_are_taken_from_the_version_before_the_state_directory()
    {
        _os.File("/usr/share/extra", "1");
        _os.File("/usr/share/other", "1");
        File.WriteAllText(Path.Combine(_os.State, "b-extra-files"), "/usr/share/other\n");
        _os.Compose(10);
        File.WriteAllText(Path.Combine(_os.State, "image/10/b-extra-files"), "/usr/share/extra\n");
        _os.Build(10);
        Assert.Equal("F... 10", _os.Row(10, "b", "/usr/share/extra"));
        Assert.Null(_os.Row(10, "b", "/usr/share/other"));
        _os.Build(20, 10);
        Assert.Equal("F... 20", _os.Row(20, "b", "/usr/share/other"));
    }

    [Fact]
    public void The_old_index_bundle_is_emptied_down_to_its_tracking_file_and_then_carried()
    {
        _os.Bundle("os-core-update-index");
        _os.File("/usr/share/clear/index", "1", bundle: "os-core-update-index");
        _os.Build(10);
        var groups = (string[])["os-core", "b"];
        _os.Build(20, 10, change: o => o with { Bundles = groups });
        Assert.Equal(".d.. 20", _os.Row(20, "os-core-update-index", "/usr/share/clear/index"));
        Assert.Equal("F... 10", _os.Row(20, "os-core-update-index", "/usr/share/clear/bundles/os-core-update-index"));
        _os.Build(30, 20, change: o => o with { Bundles = groups });
        Assert.Equal("M... 20", _os.Row(30, "MoM", "os-core-update-index"));
        _os.Build(40, 30, minVersion: 40, change: o => o with { Bundles = groups });
        Assert.Equal(".d.. 40", _os.Row(40, "os-core-update-index", "/usr/share/clear/index"));
    }

    [Fact]
    public void A_bundle_without_bundle_info_is_its_own_chroot()
    {
        _os.Compose(10);
        File.Delete(Path.Combine(_os.State, "image/10/b-info"));
        var chroot = Directory.CreateDirectory(Path.Combine(_os.State, "image/10/b/usr/own")).FullName;
        File.WriteAllText(Path.Combine(chroot, "x"), "from the chroot");
        Directory.CreateDirectory(Path.Combine(_os.State, "image/10/noship"));
        File.WriteAllText(Path.Combine(_os.State, "image/10/noship/b-includes"), "os-core\n");
        ContentCreation.Create(new CreateOptions { StateDirectory = _os.State, Version = 10, Format = 30, Timestamp = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal("F... 10", _os.Row(10, "b", "/usr/own/x"));
        Assert.Equal("F... 10", _os.Row(10, "full", "/usr/own/x"));
        Assert.Contains(PackReader.Read(_os.Published("10/pack-b-from-0.tar")), m => m.Content.AsSpan().SequenceEqual("from the chroot"u8));
    }
}
