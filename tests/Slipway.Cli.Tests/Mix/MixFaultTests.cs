using System.Diagnostics;
using System.Globalization;
using Slipway.Content;

namespace Slipway.Cli.Tests.Mix;

/// <summary>What goes wrong in a mix: the error says what to do, and nothing half made is ever to be seen.</summary>
public sealed class MixFaultTests : IDisposable
{
    private readonly MixPlace _place = new("deb");

    public MixFaultTests()
    {
        _place.Mix("init", "--type", "deb");
        _place.Local(_place.Make("core", "1.0", "core 1"));
        _place.Local(_place.Make("tool", "1.0", MixPlace.Long("tool 1")));
        _place.Mix("add-rpms");
        _place.Bundle("os-core", "core");
        _place.Bundle("tools", "tool");
        _place.Mix("bundle", "add", "os-core", "tools");
    }

    public void Dispose() => _place.Dispose();

    private string[] Traces() => [.. new[] { "update/image", "update/www" }.SelectMany(d => Directory.GetFileSystemEntries(_place.At(d))).Select(p => Path.GetFileName(p)!).Where(n => n is not ("0" or "LAST_VER" or "10" or "version"))];

    [Fact]
    public void A_missing_package_is_named_with_the_nearest_and_leaves_no_trace()
    {
        _place.Mix("build", "all", "--no-signing", "--increment");
        _place.Bundle("tools", "tol");
        var (exit, error) = _place.MixFails("build", "all", "--no-signing");
        Assert.Equal(1, exit);
        Assert.Contains("bundle tools", error, StringComparison.Ordinal);
        Assert.Contains("tool", error[(error.IndexOf("tol", StringComparison.Ordinal) + 4)..], StringComparison.Ordinal);
        Assert.Empty(Traces());
        Assert.Equal("10\n", File.ReadAllText(_place.At("update/image/LAST_VER")));
    }

    [Fact]
    public void Two_packages_that_disagree_about_a_path_are_named_with_their_bundles()
    {
        var other = _place.Make("other", "1.0", "x");
        using (var tree = RootedTree.OpenOrCreate(_place.At("tree")))
        {
            tree.MakeDirectories(BytePath.From("DEBIAN"));
            tree.MakeDirectories(BytePath.From("usr/share/tool"));
        }
        File.WriteAllText(_place.At("tree/DEBIAN/control"), "Package: other\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n");
        File.WriteAllText(_place.At("tree/usr/share/tool/text"), "another text");
        Assert.Equal(0, new ProcessStartInfo("dpkg-deb", ["--root-owner-group", "-b", _place.At("tree"), other]).Run().Exit);
        _place.Local(other);
        _place.Mix("add-rpms");
        _place.Bundle("others", "other");
        _place.Mix("bundle", "add", "others");
        var (exit, error) = _place.MixFails("build", "bundles");
        Assert.Equal(2, exit);
        Assert.Contains("/usr/share/tool/text is in other 1.0 and in tool 1.0, and they differ (bundles others and tools)", error, StringComparison.Ordinal);
        Assert.Empty(Traces());
    }

    [Fact]
    public void A_repository_that_is_away_or_does_not_verify_is_never_read_as_empty()
    {
        _place.Publish(_place.Make("extra", "1.0", "extra 1"));
        var upstream = "file://" + _place.Upstream.Temp["www"];
        _place.Mix("repo", "add", "base", upstream, "--suite", "stable", "--key", "keys.asc");
        _place.Mix("build", "bundles", "--no-signing");

        var release = _place.Upstream["dists/stable/InRelease"];
        var signed = File.ReadAllText(release);
        File.WriteAllText(release, signed.Replace("Codename: stable", "Codename: Stable", StringComparison.Ordinal));
        Assert.Contains("none of the given keys has signed it", _place.MixFails("build", "bundles").Error, StringComparison.Ordinal);
        File.Delete(release);
        File.Delete(_place.Upstream["dists/stable/Release"]);
        Assert.Equal(3, _place.MixFails("build", "bundles").Exit);
        // What was composed before is still there.
        Assert.True(File.Exists(_place.At("update/image/10/tools-info")));

        _place.Mix("repo", "set-check", "base", "off");
        File.WriteAllText(_place.Upstream["dists/stable/Release"], string.Join('\n', signed.Split('\n').SkipWhile(l => l.Length > 0).Skip(1).TakeWhile(l => !l.StartsWith("-----", StringComparison.Ordinal))) + "\n");
        var said = _place.Mix("build", "bundles", "--no-signing");
        Assert.Single(said.Split('\n'), l => l.Contains("signatures of the repository base are not checked", StringComparison.Ordinal));
    }

    [Fact]
    public void A_repository_without_a_key_is_refused_until_the_check_is_switched_off()
    {
        _place.Mix("repo", "add", "base", "file:///nowhere");
        var (exit, error) = _place.MixFails("build", "bundles");
        Assert.Equal(2, exit);
        Assert.Contains("slipway mix repo set-key base FILE", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Excluded_packages_and_worse_priorities_are_not_taken()
    {
        _place.Publish(_place.Make("tool", "9.0", "tool 9"), _place.Make("lone", "1.0", "lone"));
        _place.Mix("repo", "add", "base", "file://" + _place.Upstream.Temp["www"], "--suite", "stable", "--key", "keys.asc", "--priority", "50");
        _place.Bundle("tools", "tool\nlone");
        string Version() => _place.MixJson("bundle", "explain", "tools", "tool")[0].GetProperty("version").GetString()!;
        // The local repository's priority is 1.
        Assert.Equal("1.0", Version());
        _place.Mix("repo", "exclude", "local", "to*l");
        Assert.Equal("9.0", Version());
        _place.Mix("repo", "exclude", "base", "lone");
        Assert.Contains("lone", _place.MixFails("bundle", "explain", "tools").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_of_and_the_same_command_goes_on_once_there_is_room()
    {
        _place.Local(_place.Make("big", "1.0", string.Concat(Enumerable.Range(0, 500_000).Select(i => (i * 7919L % 1_000_003).ToString(CultureInfo.InvariantCulture)))));
        _place.Mix("add-rpms");
        _place.Bundle("tools", "tool\nbig");
        // In a mount namespace of its own, which goes away with the shell.
        var slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
        var (exit, output, error) = new ProcessStartInfo("unshare",
            ["--mount", "sh", "-c", "mount -t tmpfs -o size=2m none update && \"$0\" mix build all --no-signing; echo code=$?; find update -name Manifest.MoM; mount -o remount,size=60m update && \"$0\" mix build all --no-signing; echo code=$?; find update -name Manifest.MoM", slipway])
        { WorkingDirectory = _place.Workspace }.Run();
        Assert.Equal(0, exit);
        Assert.Contains("code=1\n", output, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("code=0\nupdate/www/10/Manifest.MoM\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Manifest.MoM", output[..output.IndexOf("code=1", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_killed_leaves_nothing_half_made_and_the_next_one_ends_as_if_nothing_had_been()
    {
        var slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
        _place.Mix("config", "set", "Swupd.CONTENTURL", "http://updates.example.org");
        for (var milliseconds = 60; milliseconds <= 960; milliseconds += 180)
        {
            var start = new ProcessStartInfo(slipway, ["mix", "build", "all", "--no-signing"]) { WorkingDirectory = _place.Workspace, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SOURCE_DATE_EPOCH"] = "1700000000";
            using var run = Process.Start(start)!;
            // However far it got: what is there is nothing or whole.
            run.WaitForExit(milliseconds);
            run.Kill();
            run.WaitForExit();
            if (File.Exists(_place.At("update/www/10/Manifest.MoM")))
                Assert.Equal(0, _place.Run("content", "verify", _place.At("update"), "--version", "10").Exit);
            Assert.False(Directory.Exists(_place.At("update/image/10")) && !File.Exists(_place.At("update/image/10/tools-info")));
        }
        var after = Made(_place.Workspace);
        using var undisturbed = RootedTree.Open(_place.Workspace);
        undisturbed.RemoveTree(BytePath.From("update"));
        Assert.Equal(Made(_place.Workspace), after);

        string[] Made(string workspace)
        {
            var start = new ProcessStartInfo(slipway, ["mix", "build", "all", "--no-signing"]) { WorkingDirectory = workspace };
            start.Environment["SOURCE_DATE_EPOCH"] = "1700000000";
            var (exit, output, error) = start.Run();
            Assert.True(exit == 0, output + error);
            using var www = RootedTree.Open(_place.Www);
            return [.. www.Walk().Where(e => e.Stat.Type == NodeType.Regular).Select(e => $"{e.Path} {Digest.OfFile(Path.Combine(_place.Www, e.Path.ToString()))}")];
        }
    }
}
