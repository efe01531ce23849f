using System.Diagnostics;
using System.Text.Json;

namespace Slipway.Cli.Tests;

/// <summary>`slipway content` as a release engineer types it: the built program, a state directory, a device that reads the result.</summary>
public sealed class ContentVerbTests : IDisposable
{
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);

    private readonly string _place = Directory.CreateTempSubdirectory("slipway-content-").FullName;

    public ContentVerbTests()
    {
        Run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=Test OS", "-keyout", At("key.pem"), "-out", At("cert.pem"));
        File.WriteAllText(At("server.ini"), "[Server]\ncontent=/update\nversion=/update\n");
        File.WriteAllText(At("groups.ini"), "[editors]\ngroup=editors\n\n[os-core]\ngroup=os-core\n\n");
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Fact]
    public void Two_versions_are_made_inspected_compared_and_reach_a_device()
    {
        Compose(10, editor: "ed 1\n");
        var first = Json("content", "create", "--state", _place, "--version", "10", "--format", "30", "--sign", $"{At("cert.pem")},{At("key.pem")}");
        Assert.Equal(2, first.GetProperty("zeroPacks").GetProperty("made").GetInt32());
        Done("device", "install", "--path", At("root"), "--url", "file://" + At("www"), "--certificate", At("cert.pem"), "--format", "30", "--bundles", "editors");

        Compose(20, editor: "ed 2\n");
        string[] next = ["content", "create", "--state", _place, "--version", "20", "--previous", "10", "--format", "30", "--deltas-from", "10", "--sign", $"{At("cert.pem")},{At("key.pem")}"];
        var explained = Run(Slipway, [.. next, "--explain"]);
        Assert.Equal(0, explained.Exit);
        Assert.Contains("bundle editors: computed", explained.Error, StringComparison.Ordinal);
        Assert.Contains("bundle os-core: unchanged since version 10", explained.Error, StringComparison.Ordinal);
        // The same again: nothing is made.
        Assert.Equal(0, Json(next).GetProperty("fullfiles").GetProperty("made").GetInt32());

        Assert.Equal(0, Json("content", "verify", _place, "--version", "20", "--certificate", At("cert.pem")).GetProperty("problems").GetArrayLength());
        Assert.Equal("ed 2\n", Done("content", "cat", _place, "--version", "20", "/usr/bin/ed"));
        var changed = Json("content", "diff", _place, "10", "20", "--bundle", "editors").GetProperty("bundles")[0].GetProperty("paths");
        Assert.Contains(changed.EnumerateArray(), path => path.GetProperty("path").GetString() == "/usr/bin/ed" && path.GetProperty("change").GetString() == "changed");
        Assert.Equal("tar", Json("content", "inspect", At("www/20/pack-editors-from-10.tar")).GetProperty("kind").GetString());
        Assert.Equal(30, Json("content", "inspect", At("www/20/Manifest.MoM")).GetProperty("format").GetInt32());
        Done("content", "extract", _place, "--version", "20", At("tree"), "--bundles", "editors");
        Assert.Equal("ed 2\n", File.ReadAllText(At("tree/usr/bin/ed")));
        Assert.Equal(0, Run("openssl", "smime", "-verify", "-purpose", "any", "-inform", "der", "-in", At("www/20/Manifest.MoM.sig"), "-content", At("www/20/Manifest.MoM"), "-CAfile", At("cert.pem")).Exit);

        Done("device", "update", "--path", At("root"), "--url", "file://" + At("www"), "--certificate", At("cert.pem"), "--format", "30");
        Assert.Equal("ed 2\n", File.ReadAllText(At("root/usr/bin/ed")));
    }

    [Fact]
    public void Damage_is_found_and_named()
    {
        Compose(10, editor: "ed 1\n");
        Done("content", "create", "--state", _place, "--version", "10", "--format", "30");
        var fullfile = Directory.GetFiles(At("www/10/files"))[0];
        File.WriteAllBytes(fullfile, File.ReadAllBytes(fullfile)[..^9]);
        var verified = Run(Slipway, "content", "verify", _place, "--version", "10");
        Assert.Equal(1, verified.Exit);
        Assert.Contains(Path.GetFileNameWithoutExtension(fullfile), verified.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("content", "create", "--state", "/there/is/none", "--version", "10", "--format", "30")]
    [InlineData("content", "create", "--version", "10", "--format", "30")]
    [InlineData("content", "create", "--state", ".", "--version", "10", "--format", "30", "--sign", "a,b", "--sign-command", "c")]
    [InlineData("content", "inspect", "/there/is/none")]
    [InlineData("content", "cat", "/there/is/none", "--version", "10", "/etc")]
    public void What_cannot_be_is_said_with_the_code_for_wrong_usage(params string[] arguments)
    {
        var result = Run(Slipway, arguments);
        Assert.Equal(2, result.Exit);
        Assert.NotEmpty(result.Error.Trim());
        Assert.DoesNotContain("   at Slipway", result.Error, StringComparison.Ordinal);
    }

    private void Compose(uint version, string editor)
    {
        Write($"image/{version}/full/usr/lib/os-release", $"VERSION_ID=test\n");
        Write($"image/{version}/full/usr/share/clear/bundles/os-core", "");
        Write($"image/{version}/full/usr/share/clear/bundles/editors", "");
        Write($"image/{version}/full/usr/bin/ed", editor);
        Bundle(version, "os-core", "/usr/lib/os-release");
        Bundle(version, "editors", "/usr/bin/ed");
    }

    private void Bundle(uint version, string name, string file) => Write($"image/{version}/{name}-info", JsonSerializer.Serialize(new
    {
        Name = name,
        DirectIncludes = name == "os-core" ? Array.Empty<string>() : ["os-core"],
        Files = new Dictionary<string, bool> { [file] = true, [$"/usr/share/clear/bundles/{name}"] = true },
    }));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private string At(string path) => Path.Combine(_place, path);

    private static JsonElement Json(params string[] arguments) => JsonDocument.Parse(Done([.. arguments, "--json"])).RootElement;

    private static string Done(params string[] arguments)
    {
        var result = Run(Slipway, arguments);
        Assert.True(result.Exit == 0, $"slipway {string.Join(' ', arguments)}: {result.Exit}\n{result.Error}{result.Output}");
        return result.Output;
    }

    private static (int Exit, string Output, string Error) Run(string program, params string[] arguments) =>
        new ProcessStartInfo(program, arguments).Run();
}
