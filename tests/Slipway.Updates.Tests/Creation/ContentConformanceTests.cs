using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>The cases of the format that concern full files, packs and deltas, one test each.</summary>
public sealed class ContentConformanceTests : IDisposable
{
    private readonly TestRelease _os = new();

    public ContentConformanceTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    public void An_incompressible_file_is_no_larger_than_a_plain_tar_and_directories_and_links_are_gzip()
    {
        var noise = Noise(9000, 1);
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
    public void A_delta_pack_holds_deltas_first_and_is_zstd()
    {
        _os.File("/usr/share/x", Text(5000, 1), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", [.. Text(5000, 1), .. "more"u8], bundle: "b");
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
    public void A_bundle_new_to_a_device_gets_a_zero_pack_only()
    {
        _os.Build(10);
        _os.Bundle("c");
        _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(["pack-c-from-0.tar"], Directory.GetFiles(_os.Published("20"), "pack-c-*").Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public void A_file_of_199_bytes_gets_no_delta_and_one_of_200_does()
    {
        _os.File("/usr/share/short", Text(199, 1), bundle: "b");
        _os.File("/usr/share/long", Text(200, 2), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/short", [.. Text(199, 1).Reverse()], bundle: "b");
        _os.File("/usr/share/long", [.. Text(200, 2).Reverse()], bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal("/usr/share/long", Assert.Single(report.DeltaCandidates).Pair.To.Name.ToString());
    }

    [Fact]
    public void Two_files_that_become_one_give_two_deltas()
    {
        _os.File("/usr/share/x", Text(5000, 1), bundle: "b");
        _os.File("/usr/share/y", Text(5000, 2), bundle: "b");
        _os.Build(10);
        byte[] joined = [.. Text(5000, 1), .. Text(5000, 2)];
        _os.File("/usr/share/x", joined, bundle: "b");
        _os.File("/usr/share/y", joined, bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(2, Directory.GetFiles(_os.Published("20/delta")).Length);
    }

    [Fact]
    public void A_renamed_library_is_compared_with_its_old_version()
    {
        var library = Noise(20_000, 3);
        _os.File("/usr/lib/libz.so.1.2", library, bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/lib/libz.so.1.2", "b");
        library[10] ^= 1;
        _os.File("/usr/lib/libz.so.1.3", library, bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        var delta = Assert.Single(Directory.GetFiles(_os.Published("20/delta")));
        Assert.True(new FileInfo(delta).Length < 200);
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name == "delta/" + Path.GetFileName(delta));
    }

    [Fact]
    public void Directories_and_links_get_no_delta()
    {
        _os.Directory("/usr/share/d", bundle: "b");
        _os.Link("/usr/share/l", new string('x', 300), "b");
        _os.Build(10);
        _os.Directory("/usr/share/d", 448, bundle: "b");
        _os.Link("/usr/share/l", new string('x', 301), "b");
        Assert.Empty(_os.Build(20, 10, deltasFrom: [10]).DeltaCandidates);
    }

    [Fact]
    public void A_delta_that_is_not_smaller_than_the_full_file_is_dropped()
    {
        _os.File("/usr/share/x", Noise(5000, 1), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", Noise(5000, 2), bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.NotEqual(DeltaOutcome.Made, Assert.Single(report.DeltaCandidates).Outcome);
        Assert.Empty(Directory.GetFiles(_os.Published("20/delta")));
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name == "staged/" + SwupdHash.OfFile(420, 0, 0, Noise(5000, 2)));
    }

    [Fact]
    public void A_manifest_delta_gives_the_manifest_that_the_MoM_names()
    {
        for (var i = 0; i < 40; i++) _os.File($"/usr/share/{i}", $"{i}", bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/7", "seven", bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        var made = DeltaDecoder.Apply(
            File.ReadAllBytes(_os.Published("20/Manifest-b-delta-from-10")), File.ReadAllBytes(_os.Published("10/Manifest.b")), "m");
        Assert.Equal(_os.Read(20, "MoM").Records.Single(r => r.Name.ToString() == "b").Hash, SwupdHash.OfManifest(made));
        Assert.False(_os.IsPublished("20/Manifest-MoM-delta-from-10"));
    }

    [Fact]
    public void A_change_of_format_has_no_deltas()
    {
        _os.File("/usr/share/x", Text(5000, 1), bundle: "b");
        _os.Build(10, format: 29);
        _os.File("/usr/share/x", Text(5001, 1), bundle: "b");
        var report = _os.Build(20, 10, minVersion: 20, format: 30, deltasFrom: [10]);
        Assert.Empty(report.DeltaCandidates);
        Assert.False(_os.IsPublished("20/pack-b-from-10.tar"));
    }

    [Fact]
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

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Text(int length, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)('a' + random.Next(26));
        return bytes;
    }
}
