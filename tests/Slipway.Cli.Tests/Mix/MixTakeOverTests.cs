using System.Diagnostics;
using Slipway.Content;
using Slipway.Packages.Tests;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Cli.Tests.Mix;

/// <summary>A workspace as the ancestor leaves it (written from the formats' description) goes on with the executable called as mixer.</summary>
public sealed class MixTakeOverTests : IDisposable
{
    private readonly MixPlace _place = new("rpm");
    private readonly string _slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);

    public void Dispose() => _place.Dispose();

    [Fact]
    public void An_existing_workspace_and_its_scripts_go_on()
    {
        WriteUpstream();
        WriteWorkspace();
        WriteVersion20();
        File.CreateSymbolicLink(_place.At("mixer"), _slipway);
        _place.OnDevice("install", "--bundles", "tools");
        Assert.Equal("old tool", _place.DeviceText("usr/share/tool/text"));

        Assert.Contains("Mixer 6.4.1", Mixer("--version"), StringComparison.Ordinal);
        Assert.Contains("31380", Mixer("versions", "--native"), StringComparison.Ordinal);
        Assert.Contains("mksquashfs: OK", Mixer("--check"), StringComparison.Ordinal);
        Mixer("bundle", "validate", "tools", "--new-swupd");
        Mixer("versions", "update", "--mix-version", "30", "--upstream-version", "31390", "--offline");
        var said = Mixer("build", "bundles", "--offline=false", "--retries", "5", "--cpu-profile", "profile");
        Assert.Single(said.Split('\n'), l => l.Contains("signatures of the repository clear are not checked", StringComparison.Ordinal));
        Mixer("build", "update", "--increment", "--fullfile-workers", "2", "--new-config");
        Mixer("build", "delta-packs", "--from", "20", "--to", "30");

        Assert.Contains("previous:\t20\n", File.ReadAllText(Path.Combine(_place.Www, "30/Manifest.MoM")), StringComparison.Ordinal);
        Assert.Equal("28", File.ReadAllText(Path.Combine(_place.Www, "30/format")));
        Assert.Equal("31390", File.ReadAllText(Path.Combine(_place.Www, "30/upstreamver")));
        Assert.Equal("40\n", File.ReadAllText(_place.At("mixversion")));
        Assert.Equal("os-core\nos-core-update\ntools\n", File.ReadAllText(_place.At("mixbundles")));
        Assert.True(File.Exists(Path.Combine(_place.Www, "30/pack-tools-from-20.tar")));
        _place.OnDevice("update");
        Assert.Equal("new tool\n", _place.DeviceText("usr/share/tool/text"));
        Assert.Equal("own 1\n", _place.DeviceText("usr/share/own/text"));
        Assert.Contains("BUILD_ID=31390\n", _place.DeviceText("usr/lib/os-release"), StringComparison.Ordinal);

        // The ancestor knows one exit code for all that goes wrong.
        Assert.Equal(1, Called("versions", "update", "--mix-version", "20").Exit);
        Assert.Equal(1, Called("no-such-command").Exit);
    }

    private (int Exit, string Output, string Error) Called(params string[] arguments) => new ProcessStartInfo(_place.At("mixer"), arguments) { WorkingDirectory = _place.Workspace }.Run();

    private string Mixer(params string[] arguments)
    {
        var (exit, output, error) = Called(arguments);
        Assert.True(exit == 0, $"mixer {string.Join(' ', arguments)}: {output}{error}");
        return output + error;
    }

    private string UpstreamRoot => _place.Upstream.Temp["upstream"];

    private void WriteUpstream()
    {
        var repository = Path.Combine(UpstreamRoot, "releases/31390/clear/x86_64/os");
        Directory.CreateDirectory(repository);
        foreach (var (name, content) in new[] { ("core", "core 1"), ("tool", "new tool") })
        {
            var file = RealPackages.Rpm(_place.Upstream.Temp, name, "2.0", content);
            File.Move(file, Path.Combine(repository, Path.GetFileName(file)));
        }
        Tool.Run("createrepo_c", "-q", repository);
    }

    private void WriteWorkspace()
    {
        var w = _place.Workspace;
        Write("builder.conf", $"""
            #VERSION 1.2

            [Builder]
              CERT = "{w}/Swupd_Root.pem"
              SERVER_STATE_DIR = "{w}/update"
              VERSIONS_PATH = "{w}"
              YUM_CONF = "{w}/.yum-mix.conf"

            [Swupd]
              BUNDLE = "os-core-update"
              CONTENTURL = "file://{w}/update/www"
              VERSIONURL = "file://{w}/update/www"
              COMPRESSION = ["external-xz"]
              UPSTREAM_BUNDLES_URL = ""

            [Server]
              DEBUG_INFO_BANNED = "true"
              DEBUG_INFO_LIB = "/usr/lib/debug"
              DEBUG_INFO_SRC = "/usr/src/debug"

            [Mixer]
              LOCAL_BUNDLE_DIR = "{w}/local-bundles"
              LOCAL_REPO_DIR = "{w}/local-yum"
              LOCAL_RPM_DIR = "{w}/local-rpms"
              OS_RELEASE_PATH = ""
              LOG = ""
            """);
        Write("mixer.state", "#VERSION 1.1\n\n[Mix]\n  FORMAT = \"28\"\n  PREVIOUS_MIX_VERSION = \"10\"\n");
        Write("mixversion", "20\n");
        Write("upstreamversion", "31380\n");
        Write("upstreamurl", $"file://{UpstreamRoot}\n");
        Write("mixbundles", "os-core\nos-core-update\ntools\n");
        foreach (var version in new[] { "31380", "31390" })
        {
            Write($"upstream-bundles/clr-bundles-{version}/bundles/os-core", "# [TITLE]: os-core\n# [DESCRIPTION]: Base\n# [STATUS]: Active\n# [CAPABILITIES]:\n# [MAINTAINER]: M <m@example.org>\ncore\n");
            Write($"upstream-bundles/clr-bundles-{version}/bundles/os-core-update", "# [TITLE]: os-core-update\ninclude(os-core)\n");
            Write($"upstream-bundles/clr-bundles-{version}/packages", "tool\n");
        }
        Write("local-bundles/tools", "# [TITLE]: tools\ninclude(os-core-update)\ntool\nown\n");
        Write(".yum-mix.conf", $"[main]\ncachedir=/var/cache/yum/clear/\nkeepcache=0\ndebuglevel=2\nlogfile=/var/log/yum.log\nexactarch=1\ngpgcheck=0\nplugins=0\nobsoletes=1\ninstallonly_limit=3\nreposdir=/root/mash\n\n[clear]\nname=Clear\nfailovermethod=priority\nbaseurl=file://{UpstreamRoot}/releases/$releasever/clear/x86_64/os/\nenabled=1\ngpgcheck=0\ntimeout=45\n\n[local]\nname=Local\nfailovermethod=priority\nbaseurl=file://{w}/local-yum\nenabled=1\ngpgcheck=0\npriority=1\n");
        Directory.CreateDirectory(_place.At("local-rpms"));
        Directory.CreateDirectory(_place.At("local-yum"));
        var own = RealPackages.Rpm(_place.Upstream.Temp, "own", "1.0", "own 1");
        File.Move(own, Path.Combine(_place.At("local-yum"), Path.GetFileName(own)));
        Tool.Run("createrepo_c", "-q", _place.At("local-yum"));
        Tool.Run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "100", "-subj", "/O=Mixer", "-keyout", _place.At("private.pem"), "-out", _place.At("Swupd_Root.pem"));
    }

    /// <summary>Version 20 with its image and its published content, the one before it long gone.</summary>
    private void WriteVersion20()
    {
        var files = new Dictionary<string, string>
        {
            ["usr/lib/os-release"] = "NAME=Mix\nVERSION_ID=20\nBUILD_ID=31380\n",
            ["usr/share/clear/version"] = "20",
            ["usr/share/clear/versionstamp"] = "1700000000",
            ["usr/share/defaults/swupd/contenturl"] = "file://" + _place.Www,
            ["usr/share/defaults/swupd/versionurl"] = "file://" + _place.Www,
            ["usr/share/defaults/swupd/format"] = "28",
            ["usr/share/tool/text"] = "old tool",
            ["usr/share/clear/bundles/os-core"] = "",
            ["usr/share/clear/bundles/os-core-update"] = "",
            ["usr/share/clear/bundles/tools"] = "",
        };
        foreach (var (path, text) in files) Write("update/image/20/full/" + path, text);
        WriteInfo("os-core", "null", "usr/lib/os-release", "usr/share/clear/version", "usr/share/clear/versionstamp", "usr/share/clear/bundles/os-core");
        WriteInfo("os-core-update", "[\"os-core\"]", "usr/share/defaults/swupd/contenturl", "usr/share/defaults/swupd/versionurl", "usr/share/defaults/swupd/format", "usr/share/clear/bundles/os-core-update");
        WriteInfo("tools", "[\"os-core-update\"]", "usr/share/tool/text", "usr/share/clear/bundles/tools");
        Write("update/image/LAST_VER", "20\n");
        Write("update/groups.ini", "[tools]\ngroup=tools\n\n[os-core]\ngroup=os-core\n\n[os-core-update]\ngroup=os-core-update\n\n");
        Write("update/server.ini", $"[Server]\nemptydir={_place.Workspace}/update/empty\nimagebase={_place.Workspace}/update/image/\noutputdir={_place.Workspace}/update/www/\n\n[Debuginfo]\nbanned=true\nlib=/usr/lib/debug/\nsrc=/usr/src/debug/\n");
        var (exit, _, error) = _place.Run("content", "create", "--state", _place.At("update"), "--version", "20", "--format", "28", "--sign", $"{_place.At("Swupd_Root.pem")},{_place.At("private.pem")}");
        Assert.True(exit == 0, error);
        // What the ancestor does not leave behind.
        using var update = RootedTree.Open(_place.At("update"));
        update.RemoveTree(BytePath.From("cache"));
    }

    private void WriteInfo(string bundle, string includes, params string[] files)
    {
        var all = files.SelectMany(f => Parents("/" + f)).Distinct().Order(StringComparer.Ordinal);
        Write($"update/image/20/{bundle}-info",
            $"{{\"Name\":\"{bundle}\",\"Filename\":\"{bundle}\",\"Header\":{{\"Title\":\"{bundle}\",\"Description\":\"\",\"Status\":\"\",\"Capabilities\":\"\",\"Maintainer\":\"\"}},\"DirectIncludes\":{includes},\"OptionalIncludes\":null,\"DirectPackages\":{{}},\"AllPackages\":{{}},\"Files\":{{{string.Join(',', all.Select(f => $"\"{f}\":false"))}}}}}");
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var at = path; at.Length > 1; at = Path.GetDirectoryName(at)!) yield return at;
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_place.At(path))!);
        File.WriteAllText(_place.At(path), text);
    }
}
