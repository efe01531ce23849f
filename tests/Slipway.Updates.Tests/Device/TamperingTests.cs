using System.Text;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

public sealed class TamperingTests : IDisposable
{
    private static readonly TestNode Old = TestNode.File(Text('a', 10), 0x1ed);
    private static readonly TestNode Target = TestNode.File(Text('a', 20), 0x1ed);
    private readonly DeviceScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Untouched_content_updates_by_manifest_delta_pack_and_file_delta()
    {
        await PrepareAsync();
        var result = await _scene.Device.UpdateAsync(null, Cancel);
        Assert.Equal(1, result.Counts.Deltas);
        Assert.Equal(0, result.Counts.Fullfiles);
        Assert.Equal(Target.Content, File.ReadAllBytes(_scene.InRoot("/usr/bin/big")));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Theory]
    [InlineData("20/Manifest.MoM.tar", 0.02)]
    [InlineData("20/Manifest.MoM.tar", 0.5)]
    [InlineData("20/Manifest.MoM.tar", 0.99)]
    [InlineData("20/Manifest-os-core-delta-from-10", 0.01)]
    [InlineData("20/Manifest-os-core-delta-from-10", 0.5)]
    [InlineData("20/Manifest-os-core-delta-from-10", 0.99)]
    [InlineData("20/pack-os-core-from-10.tar", 0.001)]
    [InlineData("20/pack-os-core-from-10.tar", 0.5)]
    [InlineData("20/pack-os-core-from-10.tar", 0.9)]
    [InlineData("version/format30/latest", 0.5)]
    [InlineData("version/format30/latest.sig", 0.9)]
    public async Task A_changed_byte_is_refused_by_name_and_the_root_stays(string path, double where)
    {
        await PrepareAsync();
        _scene.Damage(path, where);
        await RefusedAsync(Path.GetFileName(path).Replace(".tar", "", StringComparison.Ordinal).Replace("latest.sig", "latest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_manifest_is_refused_when_there_is_no_delta()
    {
        await PrepareAsync();
        File.Delete(Path.Combine(_scene.Content.Directory, "20/Manifest-os-core-delta-from-10"));
        _scene.Damage("20/Manifest.os-core.tar");
        await RefusedAsync("20/Manifest.os-core.tar");
    }

    [Fact]
    public async Task Another_valid_manifest_in_its_place_is_refused()
    {
        await PrepareAsync();
        File.Delete(Path.Combine(_scene.Content.Directory, "20/Manifest-os-core-delta-from-10"));
        var other = (_scene.Content.ManifestOf("os-core") with { ContentSize = 1 }).ToBytes();
        _scene.Content.Write("20/Manifest.os-core.tar", TestContent.Tar(Compression.Xz, ("Manifest.os-core", TestNode.File(other))));
        await RefusedAsync("20/Manifest.os-core.tar");
    }

    [Fact]
    public async Task A_changed_fullfile_is_refused_when_there_is_no_pack()
    {
        await PrepareAsync();
        File.Delete(Path.Combine(_scene.Content.Directory, "20/pack-os-core-from-10.tar"));
        _scene.Damage($"20/files/{Target.Hash}.tar");
        await RefusedAsync($"files/{Target.Hash}.tar");
    }

    [Fact]
    public async Task Another_valid_fullfile_under_the_name_is_refused()
    {
        await PrepareAsync();
        File.Delete(Path.Combine(_scene.Content.Directory, "20/pack-os-core-from-10.tar"));
        _scene.Content.Write($"20/files/{Target.Hash}.tar", TestContent.Tar(Compression.None, (Target.Hash.ToString(), TestNode.File("evil", 0x1ed))));
        await RefusedAsync($"files/{Target.Hash}.tar");
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("staged/../../x")]
    [InlineData("other/file")]
    public async Task A_pack_with_a_member_elsewhere_is_refused(string member)
    {
        await PrepareAsync();
        _scene.Content.Write("20/pack-os-core-from-10.tar", TestContent.Tar(Compression.None, (member, TestNode.File("x"))));
        await RefusedAsync("pack-os-core-from-10.tar");
    }

    [Fact]
    public async Task A_delta_that_makes_something_else_is_refused()
    {
        _scene.Content.Deltas[(10, "os-core")] = new() { [TestDelta.Name(Old, Target)] = TestDelta.Make(Old.Content, [.. Target.Content, 1], 0x1ed) };
        await PrepareAsync(withDelta: false);
        await RefusedAsync($"delta/{TestDelta.Name(Old, Target)}");
    }

    [Fact]
    public async Task A_tolerant_device_takes_damaged_content_in_another_form_and_says_so()
    {
        await PrepareAsync();
        _scene.Damage("20/pack-os-core-from-10.tar");
        _scene.Damage("20/Manifest-os-core-delta-from-10");
        var result = await new Updates.Device.Device(_scene.Options with { TolerateDamage = true }).UpdateAsync(null, Cancel);
        Assert.Equal(DeviceOutcome.Changed, result.Outcome);
        Assert.Contains(result.Warnings, warning => warning.Contains("pack-os-core-from-10.tar", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, warning => warning.Contains("Manifest-os-core-delta-from-10", StringComparison.Ordinal));
        Assert.True((await _scene.Device.VerifyAsync(Cancel)).Good);
    }

    [Fact]
    public async Task A_release_signed_by_another_key_is_refused()
    {
        await PrepareAsync();
        _scene.Content.WriteMom(20, SigningCertificate.Create("Harbor", DeviceScene.Noon, keyBits: 2048));
        await RefusedAsync("20/Manifest.MoM");
    }

    [Fact]
    public async Task A_release_without_signature_is_refused()
    {
        await PrepareAsync();
        var mom = File.ReadAllBytes(Path.Combine(_scene.Content.Directory, "20/Manifest.MoM"));
        File.Delete(Path.Combine(_scene.Content.Directory, "20/Manifest.MoM.sig"));
        _scene.Content.Write("20/Manifest.MoM.tar", TestContent.Tar(Compression.Xz, ("Manifest.MoM", TestNode.File(mom))));
        await RefusedAsync("20/Manifest.MoM");
    }

    [Fact]
    public async Task A_pointer_without_signature_is_refused()
    {
        await PrepareAsync();
        File.Delete(Path.Combine(_scene.Content.Directory, "version/format30/latest.sig"));
        await RefusedAsync("version/format30/latest");
    }

    [Fact]
    public async Task An_older_signed_release_under_a_newer_number_is_refused()
    {
        await PrepareAsync();
        foreach (var name in (string[])["Manifest.MoM", "Manifest.MoM.sig", "Manifest.MoM.tar"])
        {
            File.Copy(Path.Combine(_scene.Content.Directory, "10", name), Path.Combine(_scene.Content.Directory, "20", name), overwrite: true);
        }
        await RefusedAsync("Manifest.MoM");
    }

    [Fact]
    public async Task A_refused_install_leaves_an_empty_root_empty()
    {
        _scene.Content.Publish(10, InstallAndUpdateTests.Core(("/usr/bin/big", Old)));
        _scene.Damage("10/pack-os-core-from-0.tar");
        await Assert.ThrowsAnyAsync<SlipwayException>(() => _scene.Device.InstallAsync(null, [], Cancel));
        Assert.Equal("", _scene.Snapshot());
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_never_an_empty_one()
    {
        await PrepareAsync();
        Directory.Move(_scene.Content.Directory, _scene.At("elsewhere"));
        var error = await Assert.ThrowsAsync<SlipwayException>(() => _scene.Device.UpdateAsync(null, Cancel));
        Assert.Equal(FailureKind.Unreachable, error.Kind);
    }

    private async Task PrepareAsync(bool withDelta = true)
    {
        _scene.Content.Publish(10, InstallAndUpdateTests.Core(("/usr/bin/big", Old), ("/usr/share/kept", TestNode.File("kept"))));
        var old = _scene.Content.ManifestOf("os-core").ToBytes();
        await _scene.Device.InstallAsync(null, [], Cancel);
        if (withDelta)
        {
            _scene.Content.Deltas[(10, "os-core")] = new() { [TestDelta.Name(Old, Target)] = TestDelta.Make(Old.Content, Target.Content, 0x1ed) };
        }
        _scene.Content.Publish(20, InstallAndUpdateTests.Core(("/usr/bin/big", Target), ("/usr/share/kept", TestNode.File("kept")), ("/usr/share/new", TestNode.File(Text('n', 7)))));
        _scene.Content.Write("20/Manifest-os-core-delta-from-10", TestDelta.Make(old, _scene.Content.ManifestOf("os-core").ToBytes()));
    }

    private async Task RefusedAsync(string named)
    {
        var before = _scene.Snapshot();
        var error = await Assert.ThrowsAnyAsync<SlipwayException>(() => _scene.Device.UpdateAsync(null, Cancel));
        Assert.Contains(named, error.Message);
        Assert.Equal(before, _scene.Snapshot());
        Assert.Equal(10u, _scene.Device.Describe().Version);
    }

    private static string Text(char first, int seed)
    {
        var random = new Random(7);
        var text = new StringBuilder();
        for (var i = 0; i < 2000; i++)
        {
            text.Append((char)('!' + random.Next(90)));
        }
        return $"{text}{first}{seed}{text}";
    }
}
