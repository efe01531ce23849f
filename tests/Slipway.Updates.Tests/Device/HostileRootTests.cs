using Slipway.Content;

namespace Slipway.Updates.Tests;

public sealed class HostileRootTests : IDisposable
{
    private readonly DeviceScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_link_in_place_of_a_directory_leads_no_write_and_no_delete_out_of_the_root()
    {
        Directory.CreateDirectory(_scene.At("outside"));
        File.WriteAllText(_scene.At("outside/old"), "precious");
        await InstallAsync();
        Directory.Delete(_scene.InRoot("/usr/share/doc"), true);
        File.CreateSymbolicLink(_scene.InRoot("/usr/share/doc"), _scene.At("outside"));
        Publish20();
        await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal(["precious"], Directory.GetFiles(_scene.At("outside")).Select(File.ReadAllText));
        Assert.Equal("new", _scene.Text("/usr/share/doc/new"));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task A_link_inside_the_root_does_not_send_a_delete_to_another_place()
    {
        await InstallAsync();
        Directory.Delete(_scene.InRoot("/usr/share/gone"), true);
        Directory.CreateDirectory(_scene.InRoot("/srv"));
        File.WriteAllText(_scene.InRoot("/srv/file"), "mine");
        File.CreateSymbolicLink(_scene.InRoot("/usr/share/gone"), "/srv");
        Publish20();
        await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal("mine", _scene.Text("/srv/file"));
    }

    [Fact]
    public async Task A_link_in_place_of_a_file_is_replaced_and_not_written_through()
    {
        File.WriteAllText(_scene.At("target"), "precious");
        await InstallAsync();
        File.Delete(_scene.InRoot("/usr/bin/hello"));
        File.CreateSymbolicLink(_scene.InRoot("/usr/bin/hello"), _scene.At("target"));
        Publish20();
        await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal("precious", File.ReadAllText(_scene.At("target")));
        Assert.Null(new FileInfo(_scene.InRoot("/usr/bin/hello")).LinkTarget);
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
    }

    [Fact]
    public async Task A_state_directory_behind_a_link_is_refused()
    {
        Directory.CreateDirectory(_scene.At("outside"));
        Directory.CreateDirectory(_scene.Root);
        File.CreateSymbolicLink(_scene.InRoot("/var"), _scene.At("outside"));
        Publish10();
        var error = await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.InstallAsync(null, [], Cancel));
        Assert.Contains("symbolic link", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_scene.At("outside")));
    }

    [Fact]
    public async Task A_state_directory_elsewhere_works_as_well()
    {
        Publish10();
        var device = new Updates.Device.Device(_scene.Options with { StateDirectory = _scene.At("state") });
        await device.InstallAsync(null, [], Cancel);
        Publish20();
        Assert.Equal(20u, (await device.UpdateAsync(null, Cancel)).To);
        Assert.True((await device.VerifyAsync(Cancel)).Good);
        Assert.True(File.Exists(_scene.At("state/version")));
    }

    [Fact]
    public async Task A_file_its_owner_edited_is_replaced_whole_when_a_delta_cannot_start_from_it()
    {
        await InstallAsync();
        File.WriteAllText(_scene.InRoot("/usr/bin/hello"), "edited");
        var (old, target) = (TestNode.File("hello 10"), TestNode.File("hello 20"));
        _scene.Content.Deltas[(10, "os-core")] = new() { [TestDelta.Name(old, target)] = TestDelta.Make(old.Content, target.Content) };
        Publish20();
        var result = await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal((0, 1), (result.Counts.Deltas, result.Counts.Fullfiles));
        Assert.Equal("hello 20", _scene.Text("/usr/bin/hello"));
    }

    private async Task InstallAsync()
    {
        Publish10();
        await _scene.Device.InstallAsync(null, [], Cancel);
    }

    private void Publish10() => _scene.Content.Publish(10, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File("hello 10")), ("/usr/share/doc/old", TestNode.File("old")), ("/usr/share/gone/file", TestNode.File("f"))));

    private void Publish20() => _scene.Content.Publish(20, InstallAndUpdateTests.Core(("/usr/bin/hello", TestNode.File("hello 20")), ("/usr/share/doc/new", TestNode.File("new"))));
}
