using System.Text;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern versions of records from release to release (cases 12 to 16, 32, 34).</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly TestRelease _os = new();

    public HistoryTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "12")]
    public void The_first_build_has_previous_0_and_every_version_is_its_own()
    {
        _os.Build(10);
        foreach (var name in (string[])["MoM", "full", "os-core", "b"])
        {
            Assert.Equal(0u, _os.Read(10, name).Previous);
            Assert.All(_os.Read(10, name).Records, r => Assert.Equal(10u, r.Version));
        }
    }

    [Fact]
    [Trait("case", "13")]
    public void An_unchanged_bundle_is_not_written_and_keeps_its_row_and_a_later_change_refers_to_it()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        _os.File("/usr/lib/os-release", "20");
        _os.Build(20, 10);
        Assert.False(_os.IsPublished("20/Manifest.b"));
        Assert.Equal("M... 10", _os.Row(20, "MoM", "b"));
        _os.File("/usr/share/x", "2");
        _os.Build(30, 20);
        Assert.Equal(10u, _os.Read(30, "b").Previous);
        Assert.Equal("M... 30", _os.Row(30, "MoM", "b"));
        Assert.Equal(20u, _os.Read(30, "full").Previous);
    }

    [Fact]
    [Trait("case", "14")]
    [Trait("case", "15")]
    public void A_removed_file_stays_as_deleted_and_comes_back_with_the_version_of_its_return()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10);
        Assert.Equal(".d.. 20", _os.Row(20, "b", "/usr/share/x"));
        Assert.True(_os.Read(20, "b").Records.Single(r => r.Status == RecordStatus.Deleted).Hash.IsZero);
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(30, 20);
        Assert.Equal(".d.. 20", _os.Row(30, "b", "/usr/share/x"));
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(40, 30);
        Assert.Equal("F... 40", _os.Row(40, "b", "/usr/share/x"));
    }

    [Fact]
    public void A_deleted_record_keeps_the_export_mark()
    {
        _os.File("/usr/bin/x", "1", bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/bin/x", "b");
        _os.Build(20, 10);
        Assert.Equal(".d.x 20", _os.Row(20, "b", "/usr/bin/x"));
        Assert.Equal(".d.. 20", _os.Row(20, "full", "/usr/bin/x"));
    }

    [Fact]
    [Trait("case", "16")]
    public void A_removed_kernel_file_is_ghosted_once_and_its_directory_is_not()
    {
        foreach (var path in (string[])["/boot/k", "/usr/lib/modules/1/m", "/usr/lib/kernel/x"]) _os.File(path, "k", bundle: "b");
        _os.Build(10);
        foreach (var path in (string[])["/boot/k", "/usr/lib/modules/1/m", "/usr/lib/kernel/x", "/usr/lib/kernel"]) _os.Remove(path, "b");
        _os.Build(20, 10);
        Assert.Equal(".g.. 20", _os.Row(20, "b", "/boot/k"));
        Assert.Equal(".g.. 20", _os.Row(20, "b", "/usr/lib/modules/1/m"));
        Assert.Equal(".g.. 20", _os.Row(20, "b", "/usr/lib/kernel/x"));
        Assert.Equal(".d.. 20", _os.Row(20, "b", "/usr/lib/kernel"));
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(30, 20);
        Assert.Null(_os.Row(30, "b", "/boot/k"));
        Assert.Equal(".d.. 20", _os.Row(30, "b", "/usr/lib/kernel"));
    }

    [Fact]
    [Trait("case", "32")]
    public void Taking_the_export_away_gives_a_new_version_without_the_mark()
    {
        _os.File("/usr/bin/x", "1", bundle: "b");
        _os.Build(10);
        Assert.Equal("F..x 10", _os.Row(10, "b", "/usr/bin/x"));
        _os["b"].Files["/usr/bin/x"] = false;
        _os.Build(20, 10);
        Assert.Equal("F... 20", _os.Row(20, "b", "/usr/bin/x"));
        Assert.Equal("F... 20", _os.Row(20, "full", "/usr/bin/x"));
    }

    [Fact]
    [Trait("case", "34")]
    public void The_full_manifest_is_lifted_when_a_second_bundle_gains_an_old_file()
    {
        _os.Bundle("c");
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", "1", bundle: "c");
        _os.Build(20, 10);
        Assert.Equal("F... 20", _os.Row(20, "full", "/usr/share/x"));
        Assert.True(_os.IsPublished($"20/files/{SwupdHash.OfFile(420, 0, 0, "1"u8)}.tar"));
    }

    [Fact]
    public void Rows_are_ordered_by_version_then_name_as_bytes()
    {
        foreach (var name in (string[])["B", "a", "\U0001F600", "\uFFFD", "é"]) _os.File("/usr/share/" + name, "1", bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/0", "1", bundle: "b");
        _os.Build(20, 10);
        var rows = _os.Read(20, "b").Records.Select(r => (r.Version, Bytes: Convert.ToHexString(r.Name.Span))).ToList();
        Assert.Equal(rows.OrderBy(r => r.Version).ThenBy(r => r.Bytes, StringComparer.Ordinal), rows);
        Assert.Equal("/usr/share/0", Encoding.UTF8.GetString(Convert.FromHexString(rows[^1].Bytes)));
    }
}
