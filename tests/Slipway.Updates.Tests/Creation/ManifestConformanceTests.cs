using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>The cases of the format that concern manifests, one test each.</summary>
public sealed class ManifestConformanceTests : IDisposable
{
    private readonly TestRelease _os = new();

    public ManifestConformanceTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    public void A_fifo_is_skipped_and_in_no_manifest()
    {
        _os.Fifo("/usr/pipe", "b");
        var warnings = new List<string>();
        _os.Build(10, change: o => o with { Warn = warnings.Add });
        Assert.Null(_os.Row(10, "b", "/usr/pipe"));
        Assert.Null(_os.Row(10, "full", "/usr/pipe"));
        Assert.Contains(warnings, w => w.Contains("/usr/pipe", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_mode_alone_gives_a_new_version_and_a_full_file()
    {
        _os.File("/usr/bin/su", "x", bundle: "b");
        _os.Build(10);
        _os.File("/usr/bin/su", "x", mode: 2541, bundle: "b");
        _os.Build(20, 10);
        Assert.Equal("F..x 20", _os.Row(20, "b", "/usr/bin/su"));
        Assert.True(_os.IsPublished($"20/files/{SwupdHash.OfFile(2541, 0, 0, "x"u8)}.tar"));
    }

    [Fact]
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
    public void A_minimum_version_lifts_present_records_only_and_is_inherited_without_lifting_again()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(10);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10);
        _os.Build(30, 20, minVersion: 30);
        Assert.Equal("F... 30", _os.Row(30, "b", "/usr/share/y"));
        Assert.Equal(".d.. 20", _os.Row(30, "b", "/usr/share/x"));
        Assert.Equal(30u, _os.Read(30, "MoM").MinVersion);
        Assert.Equal(0u, _os.Read(30, "b").MinVersion);
        _os.File("/usr/share/z", "1", bundle: "b");
        _os.Build(40, 30);
        Assert.Equal(30u, _os.Read(40, "MoM").MinVersion);
        Assert.Equal("F... 30", _os.Row(40, "b", "/usr/share/y"));
    }

    [Fact]
    public void A_change_of_format_forgets_old_deletions()
    {
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Build(10, format: 29);
        _os.Remove("/usr/share/x", "b");
        _os.Build(20, 10, format: 29);
        _os.Build(30, 20, minVersion: 30, format: 30);
        Assert.Null(_os.Row(30, "b", "/usr/share/x"));
    }

    [Fact]
    public void A_minimum_version_above_the_version_is_refused() =>
        Assert.Throws<SlipwayException>(() => _os.Build(10, minVersion: 11));

    [Fact]
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
    public void Contentsize_counts_files_and_link_targets_and_nothing_included()
    {
        _os.File("/usr/share/four", "4444", bundle: "b");
        _os.Link("/usr/share/link", "12345678901", bundle: "b");
        _os.File("/usr/share/core", "not counted", bundle: "os-core");
        _os.File("/usr/share/core", "not counted", bundle: "b");
        _os.Build(10);
        Assert.Equal(15ul, _os.Read(10, "b").ContentSize);
    }

    [Theory]
    [InlineData(26, "M... 10")]
    [InlineData(27, "Me.. 10")]
    [InlineData(30, "Me.. 10")]
    public void An_experimental_bundle_is_marked_from_format_27_on(int format, string row)
    {
        _os["b"].Status = "Experimental";
        _os.Build(10, format: format);
        Assert.Equal(row, _os.Row(10, "MoM", "b"));
        _os["b"].Status = "";
        _os.File("/usr/lib/os-release", "20");
        _os.Build(20, 10, format: format);
        Assert.Equal(row, _os.Row(20, "MoM", "b"));
    }

    [Fact]
    public void Names_with_characters_that_shells_take_are_skipped_and_odd_ones_kept()
    {
        foreach (var c in ";&|*`<>\\\"'\a") _os.File($"/usr/share/x{c}y", "1", bundle: "b");
        foreach (var name in (string[])["a b", "é", "x=y", "-", "#"]) _os.File($"/usr/share/{name}", "1", bundle: "b");
        _os.Build(10);
        var names = _os.Read(10, "b").Records.Select(r => r.Name.ToString()).ToList();
        Assert.DoesNotContain(names, n => n.StartsWith("/usr/share/x", StringComparison.Ordinal) && n != "/usr/share/x=y");
        foreach (var name in (string[])["a b", "é", "x=y", "-", "#"]) Assert.Contains($"/usr/share/{name}", names);
    }

    [Fact]
    public void A_line_end_in_a_path_cannot_break_the_manifest()
    {
        _os.File("/usr/share/d\nF/x", "1", bundle: "b");
        _os.File("/usr/share/t\tx", "1", bundle: "b");
        _os.Build(10);
        Assert.DoesNotContain(_os.Read(10, "full").Records, r => r.Name.Span.ContainsAny((byte)'\n', (byte)'\t'));
    }

    [Fact]
    public void Debug_files_are_dropped_and_their_directory_stays()
    {
        _os.File("/usr/lib/debug/x", "1", bundle: "b");
        _os.File("/usr/lib/debugX", "1", bundle: "b");
        _os.File("/usr/src/debug/x", "1", bundle: "b");
        _os.Build(10);
        Assert.Equal("D... 10", _os.Row(10, "b", "/usr/lib/debug"));
        Assert.Null(_os.Row(10, "b", "/usr/lib/debug/x"));
        Assert.Null(_os.Row(10, "b", "/usr/lib/debugX"));
        Assert.Null(_os.Row(10, "full", "/usr/src/debug/x"));
        Assert.Equal(3ul, _os.Read(10, "b").ContentSize);
    }

    [Fact]
    public void A_listed_file_that_is_not_there_is_skipped()
    {
        _os["b"].Files["/usr/share/missing"] = false;
        _os.Build(10);
        Assert.Null(_os.Row(10, "b", "/usr/share/missing"));
    }

    [Fact]
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
    public void Variants_get_the_letters_of_those_that_exist()
    {
        foreach (var root in (string[])["", "/V3", "/V4", "/VA"]) _os.File(root + "/usr/bin/all", "a" + root, bundle: "b");
        foreach (var root in (string[])["", "/V3", "/V4"]) _os.File(root + "/usr/bin/two", "t" + root, bundle: "b");
        foreach (var root in (string[])["", "/V3"]) _os.File(root + "/usr/bin/one", "o" + root, bundle: "b");
        _os.Build(10);
        Assert.Equal("F.lx 10 F.nx 10 F.px 10 F.ux 10", _os.Row(10, "b", "/usr/bin/all"));
        Assert.Equal("F.dx 10 F.fx 10 F.hx 10", _os.Row(10, "b", "/usr/bin/two"));
        Assert.Equal("F.ax 10 F.ex 10", _os.Row(10, "b", "/usr/bin/one"));
        Assert.Null(_os.Row(10, "b", "/V3"));
        Assert.True(_os.Read(10, "b").FileCount > _os.Read(10, "b").Records.Count);
    }

    [Fact]
    public void A_variant_without_its_base_is_refused()
    {
        _os.File("/V3/usr/bin/x", "1", bundle: "b");
        var error = Assert.Throws<SlipwayException>(() => _os.Build(10));
        Assert.Contains("/V3/usr/bin/x", error.Message, StringComparison.Ordinal);
        Assert.False(_os.IsPublished("10/Manifest.MoM"));
    }

    [Fact]
    public void A_removed_variant_leaves_no_line_and_lifts_the_others()
    {
        foreach (var root in (string[])["", "/V3", "/V4"]) _os.File(root + "/usr/bin/x", "t" + root, bundle: "b");
        _os.Build(10);
        _os.Remove("/V3/usr/bin/x", "b");
        _os.Build(20, 10);
        Assert.Equal("F.cx 20 F.gx 20", _os.Row(20, "b", "/usr/bin/x"));
    }

    [Fact]
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
    public void Types_may_change()
    {
        _os.Directory("/usr/share/x", bundle: "b");
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Link("/usr/share/y", "x", bundle: "b");
        _os.Build(20, 10);
        Assert.Equal("F... 20", _os.Row(20, "b", "/usr/share/x"));
        Assert.Equal("L... 20", _os.Row(20, "b", "/usr/share/y"));
    }

    [Fact]
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
