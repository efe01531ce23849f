using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>Cost follows the change: what a run reads and works out, counted.</summary>
public sealed class IncrementalTests : IDisposable
{
    private readonly TestRelease _os = new();

    public IncrementalTests()
    {
        foreach (var bundle in (string[])["b", "c", "d"])
        {
            _os.Bundle(bundle);
            _os.File($"/usr/share/{bundle}", bundle, bundle: bundle);
        }
        _os["c"].Includes.Add("b");
    }

    public void Dispose() => _os.Dispose();

    [Fact]
    public void A_new_tree_whose_files_have_known_digests_is_not_read()
    {
        Assert.Equal(5, BuildWithRecords(10).FilesHashed); // four empty ones are one content
        _os.File("/usr/share/new", "new", bundle: "b");
        var report = BuildWithRecords(20, 10);
        Assert.Equal((1, 8), (report.FilesHashed, report.FilesRecorded));
        // Content that was away for a version is known as well.
        _os.Remove("/usr/share/new", "b");
        BuildWithRecords(30, 20);
        _os.File("/usr/share/new", "new", bundle: "c");
        Assert.Equal(0, BuildWithRecords(40, 30, minVersion: 40, format: 31).FilesHashed);
    }

    [Fact]
    public void A_tree_that_comes_with_hashes_is_never_read()
    {
        _os.Compose(10);
        WriteRecords(10, (path, entry, content) => new NodeRecord(path, SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, content), null, (uint)entry.Mode, entry.Uid, entry.Gid, content.Length));
        var report = _os.Build(10, change: o => o with { Fullfiles = false, Packs = false });
        Assert.Equal((0, 8), (report.FilesHashed, report.FilesRecorded));
    }

    [Fact]
    public void Records_change_nothing_in_what_is_made()
    {
        _os.File("/usr/share/odd", "odd", mode: 2541, uid: 3, gid: 4, bundle: "b");
        BuildWithRecords(10);
        var with = File.ReadAllText(_os.Published("10/Manifest.full"));
        using var without = new TemporaryDirectory();
        File.Delete(Path.Combine(_os.State, "image/10", NodeRecords.FileName));
        Directory.Delete(Path.Combine(_os.State, "cache"), recursive: true);
        Directory.Move(_os.Published(""), without["www"]);
        _os.Build(10);
        Assert.Equal(with, File.ReadAllText(_os.Published("10/Manifest.full")));
    }

    [Fact]
    public void A_record_that_does_not_fit_its_file_is_not_used()
    {
        _os.Compose(10);
        WriteRecords(10, (path, entry, content) => new NodeRecord(path, SwupdHash.Zero, null, (uint)entry.Mode ^ 1, entry.Uid, entry.Gid, content.Length));
        Assert.Equal(0, _os.Build(10).FilesRecorded);
    }

    [Fact]
    public void A_record_with_another_contents_digest_is_refused()
    {
        _os.Compose(10);
        WriteRecords(10, (path, entry, content) => new NodeRecord(path, null, Digest.Of("another"u8), (uint)entry.Mode, entry.Uid, entry.Gid, content.Length));
        var error = Assert.Throws<SlipwayException>(() => _os.Build(10));
        Assert.Contains(NodeRecords.FileName, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slipway-records 2\n")]
    [InlineData("slipway-records 1\nsha256:00 644 0 0 1 /x\n")]
    [InlineData("slipway-records 1\nmd5:0000000000000000000000000000000000000000000000000000000000000000 644 0 0 1 /x\n")]
    [InlineData("slipway-records 1\nswupd:0000000000000000000000000000000000000000000000000000000000000000 944 0 0 1 /x\n")]
    [InlineData("slipway-records 1\nswupd:0000000000000000000000000000000000000000000000000000000000000000 644 0 0 -1 /x\n")]
    [InlineData("slipway-records 1\nswupd:0000000000000000000000000000000000000000000000000000000000000000 644 0 0 1 x\n")]
    [InlineData("slipway-records 1\nswupd:0000000000000000000000000000000000000000000000000000000000000000 644 0 0 1 /x")]
    public void Broken_records_are_refused_with_their_line(string text)
    {
        _os.Compose(10);
        File.WriteAllText(Path.Combine(_os.State, "image/10", NodeRecords.FileName), text);
        Assert.Contains("line ", Assert.Throws<SlipwayException>(() => _os.Build(10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_with_the_same_input_is_not_computed_again()
    {
        Assert.Equal(4, _os.Build(10).BundlesComputed);
        _os.File("/usr/share/d", "changed");
        var lines = new List<string>();
        var report = _os.Build(20, 10, change: o => o with { Explain = lines.Add });
        Assert.Equal(1, report.BundlesComputed);
        Assert.Equal(["d"], report.ChangedBundles);
        Assert.Contains(lines, l => l.StartsWith("bundle b: unchanged since version 10; same input", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("bundle d: computed", StringComparison.Ordinal));
        Assert.Equal(0, _os.Build(30, 20).BundlesComputed);
    }

    [Fact]
    public void A_changed_list_of_an_included_bundle_computes_those_that_include_it()
    {
        _os.Build(10);
        _os["b"].Files["/usr/share/c"] = false;
        var report = _os.Build(20, 10);
        Assert.Equal(2, report.BundlesComputed);
        Assert.Equal(".d.. 20", _os.Row(20, "c", "/usr/share/c"));
    }

    [Fact]
    public void A_minimum_version_above_a_bundles_oldest_file_computes_it()
    {
        _os.Build(10);
        _os.File("/usr/share/d", "changed");
        _os.Build(20, 10);
        Assert.Equal(0, _os.Build(30, 20, minVersion: 10).BundlesComputed);
        Assert.Equal(4, _os.Build(40, 30, minVersion: 20).BundlesComputed);
        Assert.Equal("F... 20", _os.Row(20, "d", "/usr/share/d"));
        Assert.Equal("F... 40", _os.Row(40, "b", "/usr/share/b"));
    }

    [Fact]
    public void Nothing_is_compressed_or_compared_again_for_a_new_minimum_version_or_format()
    {
        _os.File("/usr/share/big", new string('x', 3000) + "1", bundle: "b");
        BuildWithRecords(10);
        _os.File("/usr/share/big", new string('x', 3000) + "2", bundle: "b");
        Assert.Equal(1, BuildWithRecords(20, 10, deltasFrom: 10).Deltas.Made);
        var report = BuildWithRecords(30, 20, minVersion: 30, deltasFrom: 10);
        Assert.Equal((0, 0, 0, 0), (report.FilesHashed, report.Fullfiles.Made, report.PackGroups.Made, report.Deltas.Made));
        report = BuildWithRecords(40, 30, minVersion: 40, format: 31);
        Assert.Equal((0, 0, 0), (report.FilesHashed, report.Fullfiles.Made, report.PackGroups.Made));
    }

    private CreateReport BuildWithRecords(uint version, uint previous = 0, uint minVersion = 0, int format = 30, params uint[] deltasFrom)
    {
        _os.Compose(version);
        WriteRecords(version, (path, entry, content) => new NodeRecord(path, null, Digest.Of(content), (uint)entry.Mode, entry.Uid, entry.Gid, content.Length));
        return _os.Build(version, previous, minVersion, format, deltasFrom, o => o with { Jobs = 1 });
    }

    private void WriteRecords(uint version, Func<BytePath, TarEntry, byte[], NodeRecord> record) =>
        File.WriteAllBytes(Path.Combine(_os.State, $"image/{version}", NodeRecords.FileName), NodeRecords.ToBytes(
            _os.Nodes.Where(n => n.Value.Entry.Type == NodeType.Regular).Select(n => record(BytePath.From(n.Key), n.Value.Entry, n.Value.Content))));
}
