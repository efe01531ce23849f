using System.Text;
using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Inspection;

/// <summary>What is published, read again without a device.</summary>
public sealed class InspectionTests : IDisposable
{
    private readonly TestRelease _os = new();
    private readonly TemporaryDirectory _target = new();

    public InspectionTests()
    {
        _os.Bundle("b");
        _os.File("/usr/share/text", "old", bundle: "b");
        _os.File("/usr/share/gone", "gone", bundle: "b");
        _os.Link("/usr/share/link", "text", "b");
        _os.Build(10);
        _os.File("/usr/share/text", "new", mode: 2541, uid: 3, bundle: "b");
        _os.Remove("/usr/share/gone", "b");
        _os.File("/usr/share/added", "added", bundle: "b");
        _os.Build(20, 10, deltasFrom: [10], change: o => o with { Sign = content => DeviceScene.Signer.Sign(content.Span, DeviceScene.Noon) });
    }

    public void Dispose()
    {
        _os.Dispose();
        _target.Dispose();
    }

    [Fact]
    public void A_sound_version_has_no_problems_and_its_signature_is_checked()
    {
        var found = Verify(TrustRoots.Of(DeviceScene.Signer.Signer));
        Assert.Empty(found.Problems);
        Assert.Equal((2, 3), (found.Manifests, found.Packs));
        var stranger = SigningCertificate.Create("Other", DeviceScene.Noon, keyBits: 2048);
        Assert.Contains(Verify(TrustRoots.Of(stranger.Signer)).Problems, p => p.StartsWith("20/Manifest.MoM.sig", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("20/Manifest.b")]
    [InlineData("20/Manifest.b.tar")]
    [InlineData("20/Manifest.MoM.tar")]
    [InlineData("20/pack-b-from-0.tar")]
    [InlineData("20/pack-b-from-10.tar")]
    [InlineData("20/Manifest-b-delta-from-10")]
    public void A_damaged_file_is_named(string file)
    {
        var bytes = File.ReadAllBytes(_os.Published(file));
        bytes[bytes.Length / 2] ^= 0x11;
        File.Delete(_os.Published(file));
        File.WriteAllBytes(_os.Published(file), bytes);
        Assert.Contains(Verify(null).Problems, p => p.StartsWith(file, StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_full_file_of_an_older_version_is_named_with_its_path()
    {
        var hash = SwupdHash.OfLink(0, 0, "text"u8);
        File.Delete(_os.Published($"10/files/{hash}.tar"));
        Assert.Contains(Verify(null).Problems, p => p.StartsWith($"10/files/{hash}.tar", StringComparison.Ordinal) && p.Contains("/usr/share/link", StringComparison.Ordinal));
    }

    [Fact]
    public void A_difference_names_added_changed_and_removed_paths_of_changed_bundles()
    {
        var difference = Assert.Single(ContentDifference.Between(Open(10), Open(20)));
        Assert.Equal(("b", 10u, 20u), (difference.Bundle, difference.From, difference.To));
        Assert.Equal(
            ["/usr/share/added Added", "/usr/share/gone Removed", "/usr/share/text Changed"],
            difference.Paths.Select(p => $"{p.Path} {p.Change}"));
        Assert.Empty(ContentDifference.Between(Open(20), Open(20)));
    }

    [Fact]
    public void The_content_of_a_path_is_that_of_the_version()
    {
        Assert.Equal("old", Text(Open(10)));
        Assert.Equal("new", Text(Open(20)));
        Assert.Null(Open(20).Find(BytePath.From("/usr/share/gone")));

        static string Text(PublishedVersion version)
        {
            using var content = new MemoryStream();
            version.CopyContent(version.Find(BytePath.From("/usr/share/text"))!, content);
            return Encoding.UTF8.GetString(content.ToArray());
        }
    }

    [Fact]
    public void Extracting_a_bundle_lays_out_its_files_and_those_it_includes()
    {
        var target = _target["tree"];
        ContentExtract.Write(Open(20), ["b"], target);
        using var tree = RootedTree.Open(target);
        var stat = tree.Stat(BytePath.From("usr/share/text"))!.Value;
        Assert.Equal((2541, 3u), (stat.Permissions, stat.Uid));
        Assert.Equal("text", tree.ReadLink(BytePath.From("usr/share/link")).ToString());
        Assert.True(tree.Exists(BytePath.From("usr/lib/os-release")));
        Assert.False(tree.Exists(BytePath.From("usr/share/gone")));
        Assert.Throws<SlipwayException>(() => ContentExtract.Write(Open(20), [], target));
    }

    private ContentSoundness Verify(TrustRoots? roots) => ContentVerification.Check(Open(20), roots, DeviceScene.Noon, jobs: 2);

    private PublishedVersion Open(uint version) => PublishedVersion.Open(_os.State, version);
}
