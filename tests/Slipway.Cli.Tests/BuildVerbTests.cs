using System.Diagnostics;
using System.Text.Json;

namespace Slipway.Cli.Tests;

/// <summary>`slipway build` as a packager types it: the built program, a source repository, a data directory of its own.</summary>
public sealed class BuildVerbTests : IDisposable
{
    private const string Account = "slipway-build";

    private readonly string _place = Directory.CreateTempSubdirectory("slipway-build-").FullName;
    private readonly string _program;

    public BuildVerbTests()
    {
        // An ordinary user must be able to reach all of it, wherever this was built.
        Run("chmod", "755", _place);
        var built = Path.GetDirectoryName(typeof(ManPage).Assembly.Location)!;
        Run("cp", "-r", built, At("program"));
        _program = At("program/slipway");
        Write("source/dists/plain.yml", "name: plain\ntype: rpm\nroot: {from: apt, base: []}\nmacros: {vendor: Test}\n");
        Write("source/projects/p/hint/hint.sh", "echo hint\n");
    }

    public void Dispose()
    {
        // The roots belong to ids of the build's own range.
        Run("rm", "-rf", _place);
    }

    [Fact]
    public void Package_directory_is_built_fails_and_builds_offline_with_the_codes_and_documents_that_scripts_count_on()
    {
        Specification("sh %{_sourcedir}/hint.sh");
        var made = Json(0, "build", Package, "--dist", "plain", "--results", At("results"));
        Assert.True(made.GetProperty("succeeded").GetBoolean());
        Assert.Equal("cgroup", made.GetProperty("limits").GetString()![..6]);
        Assert.Equal(0, made.GetProperty("exitCode").GetInt32());
        Assert.Contains(made.GetProperty("results").EnumerateArray(), file => file.GetString() == At("results/hint-1-1.noarch.rpm"));
        Assert.Equal("Test", Run("rpm", "-qp", "--qf", "%{VENDOR}", At("results/hint-1-1.noarch.rpm")).Output);
        Assert.Contains("\"resolved-packages\"", File.ReadAllText(At("results/solver.json")), StringComparison.Ordinal);
        Assert.Contains("== build", File.ReadAllText(At("results/build.log")), StringComparison.Ordinal);
        Assert.Equal(made.GetProperty("root").GetString(), JsonDocument.Parse(File.ReadAllText(At("results/record.json"))).RootElement.GetProperty("root").GetString());

        Specification("echo last words; false");
        var failed = Slipway("build", Package, "--dist", "plain", "--results", At("failed"), "--keep", "--offline");
        Assert.Equal(1, failed.Exit);
        Assert.Contains("last words", failed.Output, StringComparison.Ordinal);
        Assert.StartsWith("error: build: the recipe failed: exit code", failed.Error, StringComparison.Ordinal);
        var kept = failed.Output.Split('\n').Single(line => line.StartsWith("the root is kept in ", StringComparison.Ordinal))["the root is kept in ".Length..];
        Assert.True(File.Exists(Path.Combine(kept, "upper/build/src/hint.spec")));

        Specification("true", "BuildRequires: hello\n");
        var missing = Slipway("build", Package, "--dist", "plain", "--results", At("missing"), "--offline");
        Assert.Equal(3, missing.Exit);
        Assert.Contains("is not on this machine", missing.Error, StringComparison.Ordinal);

        Specification("kill -9 $$");
        var killed = Json(1, "build", Package, "--dist", "plain", "--results", At("killed"), "--offline");
        Assert.False(killed.GetProperty("succeeded").GetBoolean());
        Assert.NotEqual(0, killed.TryGetProperty("exitCode", out var code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : 137);

        OrdinaryUserBuilds();
    }

    // What root made belongs to the account from here on, so that it need not be made again.
    private void OrdinaryUserBuilds()
    {
        Specification("id -u; sh %{_sourcedir}/hint.sh");
        Run("find", At("data"), "-uid", "0", "-exec", "chown", "-h", $"{Account}:{Account}", "{}", "+");
        Directory.CreateDirectory(At("own"));
        Run("chown", Account, At("own"));
        var (exit, output, error) = Run("setpriv", "--reuid", Account, "--regid", Account, "--clear-groups", "env", "HOME=" + At("own"),
            _program, "--data", At("data"), "build", Package, "--dist", "plain", "--results", At("own/results"), "--offline", "--json");
        Assert.True(exit == 0, error + output);
        var record = JsonDocument.Parse(output).RootElement;
        Assert.Equal("weak", record.GetProperty("limits").GetString());
        Assert.Contains("1000", File.ReadAllText(At("own/results/build.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Image_that_needs_loop_devices_is_refused_by_name_by_build_and_by_cb_image()
    {
        Write("source/projects/p/disk/.cb/cloud_builder.yml", "schema_version: 0.1\nname: disk\nimages:\n  - {arch: x86_64, runner_group: g, selection: {name: standard}}\n");
        Write("source/projects/p/disk/config.xml", """
            <image schemaversion="7.4" name="disk"><preferences><version>1.0.0</version><packagemanager>dnf</packagemanager><type image="oem"/></preferences>
            <repository><source path="this://repository"/></repository><packages type="bootstrap"><package name="a"/></packages></image>
            """);
        var refused = Slipway("build", At("source/projects/p/disk"), "--selection", "standard", "--results", At("disk"));
        Assert.Equal(1, refused.Exit);
        Assert.Contains("images of type `oem` need loop devices", refused.Error, StringComparison.Ordinal);

        var compat = Run("env", "SLIPWAY_DATA=" + At("data"), _program, "cb-image", "--description", At("source/projects/p/disk"), "--target-dir", At("out/disk@standard.x86_64"),
            "--bundle-id", "3", "--request-id", "e0adf9c6-1224-11ec-bdbe-06be1098538e", "--profile", "A", "--", "--clear-cache");
        Assert.Equal(1, compat.Exit);
        var answer = File.ReadAllText(At("out/disk@standard.x86_64.result.yml"));
        Assert.Contains("response_code: image build failed\n", answer, StringComparison.Ordinal);
        Assert.Contains("project: disk\n", answer, StringComparison.Ordinal);
        Assert.Contains("has no profile `A`", File.ReadAllText(At("out/disk@standard.x86_64.build.log")), StringComparison.Ordinal);
        Assert.Equal("{}\n", File.ReadAllText(At("out/disk@standard.x86_64.solver.json")));
    }

    [Theory]
    [InlineData("build", "PACKAGE", "--dist", "no-such-dist")]
    [InlineData("build", "PACKAGE")]
    [InlineData("build", "PACKAGE", "--dist", "plain", "--selection", "standard")]
    [InlineData("build", "PACKAGE", "--selection", "standard")]
    [InlineData("build", "/there/is/none", "--dist", "plain")]
    public void What_cannot_be_is_said_with_the_code_for_wrong_usage(params string[] arguments)
    {
        var result = Slipway([.. arguments.Select(a => a == "PACKAGE" ? Package : a)]);
        Assert.Equal(2, result.Exit);
        Assert.NotEmpty(result.Error.Trim());
        Assert.DoesNotContain("   at Slipway", result.Error, StringComparison.Ordinal);
    }

    private string Package => At("source/projects/p/hint");

    private void Specification(string check, string needs = "") => Write("source/projects/p/hint/hint.spec",
        $"Name: hint\nVersion: 1\nRelease: 1\nSummary: Hints\nLicense: MIT\nBuildArch: noarch\n{needs}Source0: hint.sh\n%description\nHints.\n%build\n{check}\n%install\ninstall -D %{{_sourcedir}}/hint.sh %{{buildroot}}/usr/bin/hint\n%files\n/usr/bin/hint\n");

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private string At(string path) => Path.Combine(_place, path);

    private (int Exit, string Output, string Error) Slipway(params string[] arguments) => Run(_program, ["--data", At("data"), .. arguments]);

    private JsonElement Json(int exit, params string[] arguments)
    {
        var result = Slipway([.. arguments, "--json"]);
        Assert.True(result.Exit == exit, $"slipway {string.Join(' ', arguments)}: {result.Exit}\n{result.Error}{result.Output}");
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static (int Exit, string Output, string Error) Run(string program, params string[] arguments) =>
        new ProcessStartInfo(program, arguments).Run();
}
