using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

public sealed class InstallAndUpdateTests : IDisposable
{
    private readonly DeviceScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task An_installed_root_verifies_and_has_modes_links_and_tracking()
    {
        Publish10();
        var result = await _scene.Device.InstallAsync(null, ["editors"], Cancel);
        Assert.Equal((DeviceOutcome.Changed, 0u, 10u), (result.Outcome, result.From, result.To));
        Assert.Equal(["editors", "os-core"], result.Bundles);
        Assert.Equal("hello 10", _scene.Text("/usr/bin/hello"));
        Assert.Equal(0x9ed, (int)File.GetUnixFileMode(_scene.InRoot("/usr/bin/su")));
        Assert.Equal("bin/hello", new FileInfo(_scene.InRoot("/usr/greet")).LinkTarget);
        Assert.Equal(2, result.Counts.Packs);
        Assert.Equal(0, result.Counts.Fullfiles);
        var verification = await _scene.Device.VerifyAsync(Cancel);
        Assert.Empty(verification.Differences);
        Assert.True(verification.Checked >= 8);
        Assert.Equal("10", File.ReadAllText(_scene.InRoot("/var/lib/swupd/version")));
        Assert.True(File.Exists(_scene.InRoot("/var/lib/swupd/bundles/editors")));
    }

    [Fact]
    public async Task An_update_brings_new_files_deletes_old_ones_and_keeps_the_devices_own()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, ["editors"], Cancel);
        File.WriteAllText(_scene.InRoot("/usr/share/doc/mine"), "mine");
        Publish20();
        var result = await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal((DeviceOutcome.Changed, 10u, 20u), (result.Outcome, result.From, result.To));
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
        Assert.False(File.Exists(_scene.InRoot("/usr/share/doc/old")));
        Assert.Equal("mine", _scene.Text("/usr/share/doc/mine"));
        Assert.Equal("new", _scene.Text("/usr/lib/new"));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        Assert.Equal(DeviceOutcome.UpToDate, (await _scene.Device.UpdateAsync(null, Cancel)).Outcome);
    }

    [Fact]
    public async Task Type_changes_of_every_kind_end_as_published_and_keep_what_was_in_a_replaced_directory()
    {
        _scene.Content.Publish(10, Core(("/a/dir", TestNode.Directory()), ("/a/dir/file", TestNode.File("x")), ("/a/file", TestNode.File("f")), ("/a/link", TestNode.Link("file")), ("/a/full", TestNode.Directory()), ("/a/tolink", TestNode.File("t"))));
        await _scene.Device.InstallAsync(null, [], Cancel);
        File.WriteAllText(_scene.InRoot("/a/full/own"), "own");
        _scene.Content.Publish(20, Core(("/a/dir", TestNode.File("now a file")), ("/a/file", TestNode.Directory(0x1c0)), ("/a/file/in", TestNode.File("in")), ("/a/link", TestNode.Directory()), ("/a/full", TestNode.Link("file")), ("/a/tolink", TestNode.Link("dir"))));
        var result = await _scene.Device.UpdateAsync(null, Cancel);
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        Assert.Equal("now a file", _scene.Text("/a/dir"));
        Assert.Equal("in", _scene.Text("/a/file/in"));
        var kept = Assert.Single(Directory.GetDirectories(_scene.InRoot("/a"), "full.replaced-*"));
        Assert.Equal("own", File.ReadAllText(Path.Combine(kept, "own")));
        Assert.Contains(result.Warnings, warning => warning.Contains("full.replaced-", StringComparison.Ordinal));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task Ghosted_and_boot_files_stay_and_state_is_never_touched()
    {
        _scene.Content.Publish(10, Core(("/usr/lib/kernel/old", TestNode.File("k10")), ("/usr/lib/modules/1/m", TestNode.File("m")), ("/var/lib/thing", TestNode.File("state")), ("/home/user", TestNode.Directory())));
        await _scene.Device.InstallAsync(null, [], Cancel);
        Assert.False(File.Exists(_scene.InRoot("/var/lib/thing")));
        Assert.False(Directory.Exists(_scene.InRoot("/home/user")));
        _scene.Content.Publish(20, Core(("/usr/lib/kernel/old", TestNode.Ghost()), ("/usr/lib/kernel/new", TestNode.File("k20"))));
        await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal("k10", _scene.Text("/usr/lib/kernel/old"));
        Assert.Equal("k20", _scene.Text("/usr/lib/kernel/new"));
        Assert.Equal("m", _scene.Text("/usr/lib/modules/1/m"));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task Bundles_are_added_with_what_they_include_and_removed_unless_needed()
    {
        _scene.Content.Publish(10, Core(("/usr/bin/sh", TestNode.File("sh"))),
            new TestBundle("editors", new() { ["/usr/bin/vi"] = TestNode.File("vi") }, ["libs"]),
            new TestBundle("libs", new() { ["/usr/lib/libe"] = TestNode.File("libe") }));
        await _scene.Device.InstallAsync(null, [], Cancel);
        var added = await _scene.Device.BundleAddAsync(["editors"], Cancel);
        Assert.Equal(["editors", "libs", "os-core"], added.Bundles);
        Assert.Equal("libe", _scene.Text("/usr/lib/libe"));
        Assert.Equal(DeviceOutcome.UpToDate, (await _scene.Device.BundleAddAsync(["editors"], Cancel)).Outcome);
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.BundleRemoveAsync(["libs"], Cancel));
        Assert.Contains("editors needs it", refused.Message);
        await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.BundleRemoveAsync(["os-core"], Cancel));
        await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.BundleAddAsync(["nothing"], Cancel));
        var removed = await _scene.Device.BundleRemoveAsync(["libs", "editors"], Cancel);
        Assert.Equal(["os-core"], removed.Bundles);
        Assert.False(File.Exists(_scene.InRoot("/usr/bin/vi")));
        Assert.False(Directory.Exists(_scene.InRoot("/usr/lib")));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        var list = await _scene.Device.BundleListAsync(all: true, Cancel);
        Assert.Equal([("editors", false), ("libs", false), ("os-core", true)], list.Select(bundle => (bundle.Name, bundle.Installed)));
    }

    [Fact]
    public async Task Verify_names_every_kind_of_difference_and_repair_mends_them()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, [], Cancel);
        Publish20();
        await _scene.Device.UpdateAsync(null, Cancel);
        File.WriteAllText(_scene.InRoot("/usr/bin/hello"), "edited");
        File.SetUnixFileMode(_scene.InRoot("/usr/bin/su"), (UnixFileMode)0x1ed);
        File.Delete(_scene.InRoot("/usr/lib/new"));
        File.Delete(_scene.InRoot("/usr/greet"));
        Directory.CreateDirectory(_scene.InRoot("/usr/greet"));
        File.WriteAllText(_scene.InRoot("/usr/share/doc/old"), "back again");
        var found = await _scene.Device.VerifyAsync(Cancel);
        Assert.Equal(
            [("/usr/bin/hello", RootDifferenceKind.Content), ("/usr/bin/su", RootDifferenceKind.Content), ("/usr/greet", RootDifferenceKind.Type), ("/usr/lib/new", RootDifferenceKind.Missing), ("/usr/share/doc/old", RootDifferenceKind.Surplus)],
            found.Differences.Select(difference => (difference.Path.ToString(), difference.Kind)));
        var repaired = await _scene.Device.RepairAsync(Cancel);
        Assert.Equal(4, repaired.Counts.Fullfiles);
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
    }

    [Fact]
    public async Task A_bundle_that_left_the_release_leaves_the_device()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, ["editors"], Cancel);
        _scene.Content.Publish(20, Core(("/usr/bin/hello", TestNode.File("hello 20"))));
        var result = await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal(["os-core"], result.Bundles);
        Assert.False(File.Exists(_scene.InRoot("/usr/bin/vi")));
        Assert.Contains(result.Warnings, warning => warning.Contains("editors", StringComparison.Ordinal));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task Missing_packs_are_made_up_for_by_fullfiles()
    {
        Publish10();
        foreach (var pack in Directory.GetFiles(Path.Combine(_scene.Content.Directory, "10"), "pack-*"))
        {
            File.Delete(pack);
        }
        var result = await _scene.Device.InstallAsync(10, ["editors"], Cancel);
        Assert.Equal(0, result.Counts.Packs);
        Assert.True(result.Counts.Fullfiles > 4);
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task Search_finds_files_of_all_bundles_and_check_sees_what_is_newer()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, [], Cancel);
        Assert.Equal([("editors", "/usr/bin/vi")], (await _scene.Device.SearchAsync("bin/vi", Cancel)).Select(found => (found.Bundle, found.Path.ToString())));
        Assert.False((await _scene.Device.CheckAsync(Cancel)).UpdateAvailable);
        Publish20();
        Assert.Equal(new DeviceCheck(10, 20, 20), await _scene.Device.CheckAsync(Cancel));
        Assert.Equal(10u, _scene.Device.Describe().Version);
    }

    [Fact]
    public async Task A_device_never_goes_to_a_lower_version()
    {
        Publish10();
        Publish20();
        await _scene.Device.InstallAsync(null, [], Cancel);
        _scene.Content.Point(10);
        Assert.Equal(DeviceOutcome.UpToDate, (await _scene.Device.UpdateAsync(null, Cancel)).Outcome);
        await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.UpdateAsync(10, Cancel));
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
    }

    [Fact]
    public async Task A_second_process_on_the_same_device_is_told_so()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, [], Cancel);
        using var held = new FileStream(_scene.InRoot("/var/lib/swupd/swupd_lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var error = await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.UpdateAsync(null, Cancel));
        Assert.Equal(FailureKind.Blocked, error.Kind);
    }

    internal static TestBundle Core(params (string Path, TestNode Node)[] nodes) => new("os-core", nodes.ToDictionary(node => node.Path, node => node.Node));

    private void Publish10() => _scene.Content.Publish(10,
        Core(("/usr/bin/hello", TestNode.File("hello 10", 0x1ed)), ("/usr/bin/su", TestNode.File("su", 0x9ed)), ("/usr/greet", TestNode.Link("bin/hello")), ("/usr/share/doc/old", TestNode.File("old")), ("/usr/share/doc/copy", TestNode.File("old"))),
        new TestBundle("editors", new() { ["/usr/bin/vi"] = TestNode.File("vi") }));

    private void Publish20() => _scene.Content.Publish(20,
        Core(("/usr/bin/hello", TestNode.File("hello 20", 0x1ed)), ("/usr/bin/su", TestNode.File("su", 0x9ed)), ("/usr/greet", TestNode.Link("bin/hello")), ("/usr/lib/new", TestNode.File("new")), ("/usr/share/doc/copy", TestNode.File("old"))),
        new TestBundle("editors", new() { ["/usr/bin/vi"] = TestNode.File("vi") }));

    private void AssertNoLeftovers()
    {
        using var tree = RootedTree.Open(_scene.Root);
        Assert.DoesNotContain(tree.Walk(), entry => entry.Path.Name.StartsWith(".slipway-"));
    }
}
