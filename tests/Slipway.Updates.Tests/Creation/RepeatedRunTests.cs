using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

public sealed class RepeatedRunTests : IDisposable
{
    private readonly TestRelease _os = Filled();

    public void Dispose() => _os.Dispose();

    [Fact]
    public void The_same_input_gives_the_same_bytes_on_any_number_of_cores()
    {
        using var other = Filled();
        BuildBoth(_os, jobs: 1);
        BuildBoth(other, jobs: 4);
        Assert.Equal(Snapshot(_os), Snapshot(other));
    }

    [Fact]
    public void The_same_run_again_writes_nothing()
    {
        BuildBoth(_os, jobs: 2);
        var before = Times(_os);
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(before, Times(_os));
        Assert.Equal((0, 0, 0), (report.Fullfiles.Made, report.ZeroPacks.Made, report.DeltaPacks.Made));
    }

    [Fact]
    public void Without_a_timestamp_an_equal_run_keeps_the_one_it_had()
    {
        _os.Build(10, change: o => o with { Timestamp = null, Clock = new StoppedClock(5000) });
        var before = Times(_os);
        _os.Build(10, change: o => o with { Timestamp = null, Clock = new StoppedClock(6000) });
        Assert.Equal(before, Times(_os));
        Assert.Equal(5000, _os.Read(10, "MoM").Timestamp);
        _os.File("/usr/share/x", "changed", bundle: "b");
        _os.Build(10, change: o => o with { Timestamp = null, Clock = new StoppedClock(7000) });
        Assert.Equal(7000, _os.Read(10, "MoM").Timestamp);
    }

    [Fact]
    public void A_version_made_again_from_other_input_is_as_if_made_once()
    {
        _os.File("/usr/share/x", "wrong", bundle: "b");
        _os.Bundle("c");
        _os.Build(10);
        _os.RemoveBundle("c");
        _os.File("/usr/share/x", "right", bundle: "b");
        _os.Build(10);
        using var once = Filled();
        once.File("/usr/share/x", "right", bundle: "b");
        once.Build(10);
        var extra = Snapshot(_os).Except(Snapshot(once)).Where(l => !l.StartsWith("10/files/", StringComparison.Ordinal));
        Assert.Empty(extra);
        Assert.Empty(Snapshot(once).Except(Snapshot(_os)));
    }

    [Fact]
    public void Content_that_returns_in_a_later_version_is_not_compressed_again()
    {
        _os.Build(10);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10);
        _os.File("/usr/share/x", "x", bundle: "b");
        var report = _os.Build(30, 20, minVersion: 30);
        Assert.Equal(0, report.Fullfiles.Made);
        Assert.True(report.Fullfiles.Reused > 10);
    }

    [Fact]
    public void A_pair_of_contents_is_compared_once_in_whatever_versions()
    {
        _os.Build(10);
        _os.File("/usr/share/big", Big(2), bundle: "b");
        Assert.Equal(1, _os.Build(20, 10, deltasFrom: [10]).Deltas.Made);
        _os.File("/usr/lib/os-release", "30");
        var report = _os.Build(30, 20, deltasFrom: [20, 10]);
        Assert.Equal(0, report.Deltas.Made);
        Assert.Equal(1, report.Deltas.Reused);
    }

    [Fact]
    public void Only_files_that_stat_says_changed_are_read_again()
    {
        using var tree = new TemporaryDirectory();
        Directory.CreateDirectory(tree["image/10/full/usr/share/clear/bundles"]);
        foreach (var name in (string[])["a", "b", "c"]) File.WriteAllText(tree[$"image/10/full/usr/{name}"], name);
        File.WriteAllText(tree["image/10/os-core-info"], """{"Files":{"/usr":false,"/usr/a":false,"/usr/b":false}}""");
        File.WriteAllText(tree["groups.ini"], "[os-core]\n");
        Thread.Sleep(100);
        var options = new CreateOptions { StateDirectory = tree.Path, Version = 10, Format = 30, Timestamp = 1 };
        Assert.Equal(3, ContentCreation.Create(options, TestContext.Current.CancellationToken).FilesHashed);
        Assert.Equal(0, ContentCreation.Create(options, TestContext.Current.CancellationToken).FilesHashed);
        Thread.Sleep(100);
        File.WriteAllText(tree["image/10/full/usr/b"], "B");
        var report = ContentCreation.Create(options, TestContext.Current.CancellationToken);
        Assert.Equal(1, report.FilesHashed);
        var changed = SwupdHash.OfFile((uint)File.GetUnixFileMode(tree["image/10/full/usr/b"]), 0, 0, "B"u8);
        Assert.Contains(report.MoM.Records, r => r.Name.ToString() == "os-core");
        Assert.Contains(Manifest.Parse(File.ReadAllBytes(tree["www/10/Manifest.full"]), "full").Records, r => r.Hash == changed);
    }

    [Fact]
    public void Leftovers_of_a_killed_run_are_not_trusted()
    {
        _os.Build(10);
        var whole = Snapshot(_os);
        File.Delete(_os.Published("10/Manifest.MoM"));
        File.Delete(_os.Published("10/Manifest.b"));
        File.Delete(_os.Published("10/pack-b-from-0.tar"));
        File.WriteAllText(_os.Published("10/.pack-b-from-0.tar.1-1-x"), "half");
        Directory.CreateDirectory(Path.Combine(_os.State, "cache/incoming"));
        File.WriteAllText(Path.Combine(_os.State, "cache/incoming/1"), "half");
        _os.Build(10);
        Assert.Equal(whole, Snapshot(_os));
        Assert.Empty(Directory.GetFiles(Path.Combine(_os.State, "cache/incoming")));
        Assert.DoesNotContain(Directory.GetFiles(_os.Published("10")), f => Path.GetFileName(f)[0] == '.');
    }

    [Fact]
    public void A_second_run_at_the_same_time_is_refused()
    {
        using var first = new ContentCache(_os.State, new CodecRules(ContentProfile.Default));
        var error = Assert.Throws<SlipwayException>(() => _os.Build(10));
        Assert.Equal(FailureKind.Blocked, error.Kind);
    }

    [Fact]
    public void The_small_profile_gives_content_that_is_read_back()
    {
        _os.Build(10, change: o => o with { Profile = ContentProfile.Small });
        _os.File("/usr/share/big", Big(2), bundle: "b");
        _os.Build(20, 10, deltasFrom: [10], change: o => o with { Profile = ContentProfile.Small });
        Assert.Equal(Compression.Xz, Compressor.Detect(File.ReadAllBytes(_os.Published("20/pack-b-from-0.tar"))));
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-0.tar")), m => m.Name == "staged/" + SwupdHash.OfFile(420, 0, 0, Big(2)));
    }

    [Fact]
    public void Deltas_are_made_from_full_files_when_the_old_tree_is_gone()
    {
        _os.Build(10);
        Directory.Delete(Path.Combine(_os.State, "image/10"), recursive: true);
        _os.File("/usr/share/big", Big(2), bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10]);
        Assert.Equal(DeltaOutcome.Made, Assert.Single(report.DeltaCandidates).Outcome);
    }

    [Fact]
    public void Deltas_are_made_from_the_old_tree_when_there_are_no_full_files()
    {
        _os.Build(10, change: o => o with { Fullfiles = false, Packs = false });
        _os.File("/usr/share/big", Big(2), bundle: "b");
        var report = _os.Build(20, 10, deltasFrom: [10], change: o => o with { Fullfiles = false });
        Assert.Equal(DeltaOutcome.Made, Assert.Single(report.DeltaCandidates).Outcome);
        Assert.Contains(PackReader.Read(_os.Published("20/pack-b-from-10.tar")), m => m.Name.StartsWith("delta/10", StringComparison.Ordinal));
    }

    private static void BuildBoth(TestRelease os, int jobs)
    {
        os.Build(10, change: o => o with { Jobs = jobs });
        os.File("/usr/share/big", Big(2), bundle: "b");
        os.File("/usr/share/new", "new", bundle: "b");
        os.Build(20, 10, deltasFrom: [10], change: o => o with { Jobs = jobs });
    }

    private static TestRelease Filled()
    {
        var os = new TestRelease();
        os.Bundle("b");
        os.File("/usr/share/x", "x", bundle: "b");
        os.File("/usr/share/big", Big(1), bundle: "b");
        for (var i = 0; i < 30; i++) os.File($"/usr/share/many/{i}", string.Concat(Enumerable.Repeat($"line {i}\n", 300)), bundle: "b");
        return os;
    }

    private static byte[] Big(byte last)
    {
        var bytes = new byte[300_000];
        new Random(5).NextBytes(bytes.AsSpan(0, 150_000));
        bytes[^1] = last;
        return bytes;
    }

    private static List<string> Snapshot(TestRelease os) =>
        [.. Files(os).Where(f => !Path.GetFileName(f).StartsWith('.')).Select(f => $"{Below(os, f)} {Digest.OfFile(f)}")];

    private static List<(string, DateTime, long)> Times(TestRelease os) =>
        [.. Files(os).Select(f => (Below(os, f), File.GetLastWriteTimeUtc(f), new FileInfo(f).Length))];

    private static IEnumerable<string> Files(TestRelease os) =>
        Directory.EnumerateFiles(os.Published(""), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static string Below(TestRelease os, string file) => Path.GetRelativePath(os.Published(""), file);

    private sealed class StoppedClock(long seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(seconds);
    }
}
