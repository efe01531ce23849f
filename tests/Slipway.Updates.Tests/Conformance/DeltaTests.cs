using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern deltas of files and manifests (cases 40 to 42).</summary>
public sealed class DeltaTests : IDisposable
{
    private readonly TestRelease _os = new();

    public DeltaTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "40")]
    public void A_file_of_199_bytes_gets_no_delta_and_one_of_200_does()
    {
        _os.File("/usr/share/short", Some.Text(199, 1), bundle: "b");
        _os.File("/usr/share/long", Some.Text(200, 2), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/short", [.. Some.Text(199, 1).Reverse()], bundle: "b");
        _os.File("/usr/share/long", [.. Some.Text(200, 2).Reverse()], bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal("/usr/share/long", Assert.Single(report.DeltaCandidates).Pair.To.Name.ToString());
    }

    [Fact]
    [Trait("case", "40")]
    public void Two_files_that_become_one_give_two_deltas()
    {
        _os.File("/usr/share/x", Some.Text(5000, 1), bundle: "b");
        _os.File("/usr/share/y", Some.Text(5000, 2), bundle: "b");
        _os.Build(10);
        byte[] joined = [.. Some.Text(5000, 1), .. Some.Text(5000, 2)];
        _os.File("/usr/share/x", joined, bundle: "b");
        _os.File("/usr/share/y", joined, bundle: "b");
        _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(2, Directory.GetFiles(_os.Published("20/delta")).Length);
    }

    [Fact]
    [Trait("case", "40")]
    public void A_renamed_library_is_compared_with_its_old_version()
    {
        var library = Some.Noise(20_000, 3);
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
    [Trait("case", "40")]
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
    [Trait("case", "40")]
    public void A_delta_that_is_not_smaller_than_the_full_file_is_dropped()
    {
        _os.File("/usr/share/x", Some.Noise(5000, 1), bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", Some.Noise(5000, 2), bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.NotEqual(DeltaOutcome.Made, Assert.Single(report.DeltaCandidates).Outcome);
        Assert.Empty(Directory.GetFiles(_os.Published("20/delta")));
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name == "staged/" + SwupdHash.OfFile(420, 0, 0, Some.Noise(5000, 2)));
    }

    [Fact]
    [Trait("case", "42")]
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
        _os.File("/usr/share/x", Some.Text(5000, 1), bundle: "b");
        _os.Build(10, format: 29);
        _os.File("/usr/share/x", Some.Text(5001, 1), bundle: "b");
        var report = _os.Build(20, 10, minVersion: 20, format: 30, deltasFrom: [10]);
        Assert.Empty(report.DeltaCandidates);
        Assert.False(_os.IsPublished("20/pack-b-from-10.tar"));
    }

    [Theory]
    [Trait("case", "41")]
    [InlineData(65_535, 32)]
    [InlineData(65_536, 67)]
    public void A_file_of_65535_bytes_has_the_small_head_and_one_of_65536_the_large(int length, int headBytes)
    {
        var old = Some.Noise(length, 1);
        var target = old.ToArray();
        target[length / 2] ^= 1;
        var delta = DeltaEncoder.Encode(old, target, 420, 0, 0)!;
        Assert.Equal(headBytes, DeltaHeader.Read(delta, "delta").HeaderSize);
        Assert.Equal(target, DeltaDecoder.Apply(delta, old, "delta"));
    }

    [Fact]
    [Trait("case", "41")]
    public void A_difference_of_nothing_but_zeros_is_stored_as_their_count()
    {
        var old = Some.Noise(20_000, 1);
        byte[] target = [.. old, 1, 2];
        var delta = DeltaEncoder.Encode(old, target, 420, 0, 0)!;
        Assert.Equal(BlockEncoding.Zeros, DeltaHeader.Read(delta, "delta").Diff);
        Assert.InRange(delta.Length, 32 + 24, 100);
        Assert.Equal(target, DeltaDecoder.Apply(delta, old, "delta"));
    }
}
