using System.Diagnostics;

namespace Slipway.Cli.Tests.Mix;

/// <summary>The documented life of a mix, from each kind of source, with a device that follows it from the first version to the last.</summary>
public sealed class MixLifeTests
{
    [Theory, InlineData("rpm"), InlineData("deb"), InlineData("pacman")]
    public void A_mix_lives_through_versions_local_packages_deltas_and_a_change_of_format_and_a_device_follows(string type)
    {
        using var place = new MixPlace(type);
        FirstVersion(place, type);
        SecondVersion(place);
        ThirdVersion(place);
        ChangeOfFormat(place);
        // What is packed is a device's root, whatever its packages were.
        if (type == "deb") Image(place);
    }

    private static void FirstVersion(MixPlace place, string type)
    {
        place.Publish(
            place.Make("core", "1.0", "core 1"), place.Make("tool", "1.0", MixPlace.Long("tool 1"), requires: "lib"), place.Make("lib", "1.0", "lib 1"), place.Make("old", "1.0", "old 1"));
        place.Mix("init", "--type", type, "--format", "1");
        place.Mix("repo", "add", "base", place.Upstream.Server.Url, "--suite", "stable", "--key", "keys.asc");
        place.Mix("config", "set", "Swupd.CONTENTURL", "file://" + place.Www);
        place.Mix("config", "set", "Swupd.VERSIONURL", "file://" + place.Www);
        place.Mix("bundle", "create", "os-core", "os-core-update", "tools", "attic", "--add");
        place.Bundle("os-core", "core");
        place.Bundle("os-core-update", "");
        place.Bundle("tools", "include(os-core-update)\nalso-add(attic)\ntool\nown");
        place.Bundle("attic", "old");
        place.Local(place.Make("own", "1.0", MixPlace.Long("own 1")));
        place.Mix("bundle", "validate", "--all-local", "--strict");

        var said = place.Mix("build", "all");
        Assert.Contains("4 bundles resolved to 5 packages", said, StringComparison.Ordinal);
        place.OnDevice("install", "--bundles", "tools,attic");
        Assert.Equal(MixPlace.Long("tool 1"), place.DeviceText("usr/share/tool/text").Trim());
        Assert.Equal(MixPlace.Long("own 1"), place.DeviceText("usr/share/own/text").Trim());
        Assert.Equal("10", place.DeviceText("usr/share/clear/version"));
        var why = place.MixJson("bundle", "explain", "tools", "lib");
        Assert.Equal(["lib", "tool"], why.EnumerateArray().Select(r => r.GetProperty("name").GetString()));
    }

    private static void SecondVersion(MixPlace place)
    {
        place.Publish(place.Make("tool", "2.0", MixPlace.Long("tool 2"), requires: "lib"));
        place.Mix("versions", "update");
        var report = place.MixJson("build", "all", "--explain");
        Assert.Equal(20, report.GetProperty("version").GetInt32());
        Assert.Equal(10, report.GetProperty("previous").GetInt32());
        Assert.Equal(["os-core", "tools"], report.GetProperty("changedBundles").EnumerateArray().Select(b => b.GetString()));
        var covered = place.MixJson("build", "delta-packs", "--previous-versions", "1", "--report");
        Assert.Equal("made", covered[0].GetProperty("outcome").GetString());
        Assert.True(File.Exists(Path.Combine(place.Www, "20/pack-tools-from-10.tar")));
        place.OnDevice("update");
        Assert.Equal(MixPlace.Long("tool 2"), place.DeviceText("usr/share/tool/text").Trim());
        Assert.Contains("tools", place.Mix("build", "validate", "--from", "10", "--to", "20"), StringComparison.Ordinal);
    }

    private static void ThirdVersion(MixPlace place)
    {
        place.Local(place.Make("own", "2.0", MixPlace.Long("own 2")));
        place.Bundle("attic", "old", status: "Deprecated");
        place.Mix("versions", "update", "--mix-version", "30");
        place.Mix("build", "all");
        File.WriteAllText(place.At("devices.csv"), "version,count\n7,3\n10,1\n20,1000\n");
        var covered = place.MixJson("build", "delta-packs", "--devices", "devices.csv", "--from-first", "--max-bytes", "100000000", "--report");
        Assert.Equal([20, 10, 7], covered.EnumerateArray().Select(r => r.GetProperty("from").GetInt32()));
        place.Mix("build", "delta-manifests", "--from", "20");
        Assert.True(File.Exists(Path.Combine(place.Www, "30/Manifest-tools-delta-from-20")));
        place.OnDevice("update");
        Assert.Equal(MixPlace.Long("own 2"), place.DeviceText("usr/share/own/text").Trim());
        Assert.True(File.Exists(Path.Combine(place.Device, "usr/share/old/text")));
        place.Mix("build", "validate", "--from", "20", "--to", "30");
    }

    private static void ChangeOfFormat(MixPlace place)
    {
        // As if the first run had been cut off in the middle.
        place.Mix("build", "format-bump", "old", "--new-format", "2");
        Assert.Equal("1", place.DeviceText("usr/share/defaults/swupd/format"));
        place.Mix("build", "format-bump", "--new-format", "2");
        Assert.Equal("2", File.ReadAllText(Path.Combine(place.Www, "50/format")));
        Assert.Equal("1", File.ReadAllText(Path.Combine(place.Www, "40/format")));
        Assert.DoesNotContain("attic", place.Mix("bundle", "list"), StringComparison.Ordinal);
        place.OnDevice("update");
        Assert.Equal("50", place.DeviceText("usr/share/clear/version"));
        Assert.Equal("2", place.DeviceText("usr/share/defaults/swupd/format"));
        Assert.False(File.Exists(Path.Combine(place.Device, "usr/share/old/text")));
        place.Mix("build", "validate", "--from", "30", "--to", "40");
        Assert.Contains("Minversion bump", place.Mix("build", "validate", "--from", "40", "--to", "50"), StringComparison.Ordinal);

        place.Publish(place.Make("lib", "2.0", "lib 2"));
        place.Mix("versions", "update");
        place.Mix("build", "all", "--increment");
        place.OnDevice("update");
        Assert.Equal("60", place.DeviceText("usr/share/clear/version"));
        Assert.Equal("lib 2", place.DeviceText("usr/share/lib/text").Trim());
        place.OnDevice("verify");
        place.Mix("build", "validate", "--from", "50", "--to", "60");
    }

    private static void Image(MixPlace place)
    {
        File.WriteAllText(place.At("os.yaml"), "bundles: [os-core, tools]\ntargetMedia: []\n");
        var said = place.Mix("build", "image", "--template", "os.yaml");
        Assert.Contains("os.yaml:2: targetMedia has no effect", said, StringComparison.Ordinal);
        Assert.Contains("usr/share/own/text", Read("tar", "--zstd", "-tf", place.At("os-60.tar.zst")), StringComparison.Ordinal);
        Assert.Contains("squashfs-root/usr/share/own/text", Read("unsquashfs", "-l", place.At("os-60.squashfs")), StringComparison.Ordinal);
        Assert.Contains("lib 2", Read("debugfs", "-R", "cat /usr/share/lib/text", place.At("os-60.ext4")), StringComparison.Ordinal);
        Assert.Equal(0, new ProcessStartInfo("e2fsck", ["-fn", place.At("os-60.ext4")]).Run().Exit);
    }

    private static string Read(string program, params string[] arguments)
    {
        var (exit, output, error) = new ProcessStartInfo(program, arguments).Run();
        Assert.True(exit == 0, error);
        return output;
    }
}
