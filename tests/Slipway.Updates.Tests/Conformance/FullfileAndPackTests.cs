using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern full files and packs (cases 38, 39).</summary>
public sealed class FullfileAndPackTests : IDisposable
{
    private readonly TestRelease _os = new();

    public FullfileAndPackTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "38")]
    public void An_incompressible_file_is_no_larger_than_a_plain_tar_and_directories_and_links_are_gzip()
    {
        var noise = Some.Noise(9000, 1);
        _os.File("/usr/share/noise", noise, bundle: "b");
        _os.Link("/usr/share/link", "noise", "b");
        _os.Build(10);
        var plain = 512 + 9216 + 1024;
        Assert.InRange(new FileInfo(_os.Published($"10/files/{SwupdHash.OfFile(420, 0, 0, noise)}.tar")).Length, 9000, plain);
        Assert.Equal(Compression.Gzip, KindOf(SwupdHash.OfLink(0, 0, "noise"u8)));
        Assert.Equal(Compression.Gzip, KindOf(SwupdHash.OfDirectory(493, 0, 0)));

        Compression KindOf(SwupdHash hash) => Compressor.Detect(File.ReadAllBytes(_os.Published($"10/files/{hash}.tar")));
    }

    [Fact]
    [Trait("case", "38")]
    public void A_full_file_has_one_member_named_by_its_hash_without_owner_names_or_time()
    {
        _os.File("/usr/share/x", "content", mode: 2541, uid: 7, gid: 8, bundle: "b");
        _os.Build(10);
        var hash = SwupdHash.OfFile(2541, 7, 8, "content"u8);
        using var tar = new TarReader(Compressor.DecompressDetected(File.OpenRead(_os.Published($"10/files/{hash}.tar"))));
        var entry = tar.Next()!;
        Assert.Equal(hash.ToString(), entry.Name.ToString());
        Assert.Equal((2541, 7u, 8u, 0L), (entry.Mode, entry.Uid, entry.Gid, entry.ModifiedUnix));
        Assert.Null(tar.Next());
    }

    [Fact]
    [Trait("case", "38")]
    [Trait("case", "39")]
    public void Two_names_of_one_hash_give_one_full_file_and_one_pack_member()
    {
        _os.File("/usr/share/x", "same", bundle: "b");
        _os.File("/usr/share/y", "same", bundle: "b");
        _os.Build(10);
        var hash = SwupdHash.OfFile(420, 0, 0, "same"u8).ToString();
        Assert.Single(Directory.GetFiles(_os.Published("10/files")), f => f.Contains(hash, StringComparison.Ordinal));
        Assert.Single(PackReader.Read(_os.Published("10/pack-b-from-0.tar")), m => m.Name == "staged/" + hash);
    }

    [Fact]
    [Trait("case", "39")]
    public void A_delta_pack_holds_deltas_first_and_is_zstd()
    {
        _os.File("/usr/share/x", Some.Text(5000, 1), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", [.. Some.Text(5000, 1), .. "more"u8], bundle: "b");
        _os.File("/usr/share/new", "new", bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        var pack = _os.Published("20/pack-b-from-10.tar");
        var names = PackReader.Read(pack).Select(m => m.Name).ToList();
        Assert.Equal(["delta/", "staged/"], names.Take(2));
        Assert.StartsWith("delta/10-20-", names[2], StringComparison.Ordinal);
        Assert.Equal("staged/" + SwupdHash.OfFile(420, 0, 0, "new"u8), names[3]);
        Assert.Equal(4, names.Count);
        Assert.Equal(Compression.Zstd, Compressor.Detect(File.ReadAllBytes(pack)));
    }

    [Fact]
    [Trait("case", "39")]
    public void A_pack_without_anything_in_it_is_not_written()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10, deltasFrom: [10]);
        Assert.True(_os.IsPublished("20/Manifest.b"));
        Assert.False(_os.IsPublished("20/pack-b-from-10.tar"));
    }

    [Fact]
    [Trait("case", "39")]
    public void A_base_with_variants_stays_out_of_delta_packs_and_is_in_the_zero_pack()
    {
        foreach (var root in (string[])["", "/V3"]) _os.File(root + "/usr/bin/x", "1" + root, bundle: "b");
        _os.Build(10);
        foreach (var root in (string[])["", "/V3"]) _os.File(root + "/usr/bin/x", "2" + root, bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        var basis = "staged/" + SwupdHash.OfFile(420, 0, 0, "2"u8);
        Assert.DoesNotContain(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name == basis);
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-0.tar")), m => m.Name == basis);
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name == "staged/" + SwupdHash.OfFile(420, 0, 0, "2/V3"u8));
    }

    [Fact]
    [Trait("case", "39")]
    public void A_bundle_new_to_a_device_gets_a_zero_pack_only()
    {
        _os.Build(10);
        _os.Bundle("c");
        _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(["pack-c-from-0.tar"], Directory.GetFiles(_os.Published("20"), "pack-c-*").Select(f => Path.GetFileName(f)!));
    }

    [Theory]
    [InlineData(ContentProfile.Default, Compression.Xz)]
    [InlineData(ContentProfile.Small, Compression.Zstd)]
    public void Packs_have_the_compressor_that_was_asked_for(ContentProfile profile, Compression compression)
    {
        _os.File("/usr/share/x", Some.Text(5000, 1), bundle: "b");
        Build(10, 0);
        _os.File("/usr/share/x", [.. Some.Text(5000, 1), .. "more"u8], bundle: "b");
        Build(20, 10);
        foreach (var pack in (string[])["10/pack-b-from-0.tar", "20/pack-b-from-0.tar", "20/pack-b-from-10.tar"])
            Assert.Equal(compression, Compressor.Detect(File.ReadAllBytes(_os.Published(pack))));
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name.StartsWith("delta/10", StringComparison.Ordinal));
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-0.tar")), m => m.Content.Length == 5004);

        void Build(uint version, uint previous) => _os.Build(
            version, previous, deltasFrom: previous == 0 ? [] : [previous], change: o => o with { Profile = profile, PackCompression = compression });
    }

    [Fact]
    public void Packs_of_another_compressor_are_refused() =>
        Assert.Throws<SlipwayException>(() => _os.Build(10, change: o => o with { PackCompression = Compression.Bzip2 }));
}
