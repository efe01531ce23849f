using Slipway.Harbor;

namespace Slipway.Scenarios;

/// <summary>What a packager gets wrong is said where they look, and harms nobody else.</summary>
public sealed class BadSourceTests(HarborFixture harbor)
{
    private const string Release = "projects/harbor/harbor-release";

    [Fact]
    public async Task A_package_that_does_not_build_publishes_nothing_and_the_next_good_commit_publishes()
    {
        var before = await SnapshotAsync();
        var clone = await harbor.CloneAsync();
        var rules = Path.Combine(clone, Release, "debian/rules");
        var good = await File.ReadAllTextAsync(rules, HarborFixture.Cancellation);
        await File.WriteAllTextAsync(rules, good + "\noverride_dh_install:\n\techo This cannot work >&2; false\n", HarborFixture.Cancellation);
        await Change.BumpAsync(clone, "harbor-release", "Break the build.", HarborFixture.Cancellation);

        var bad = await HarborFixture.PushAsync(clone, "Break harbor-release");
        var builds = await harbor.WaitForBuildAsync(bad, Release, "failed");
        var failed = builds.AsArray().First(b => HarborFixture.IsBuild(b!, bad, Release))!;
        var log = await harbor.Service.GetTextAsync($"/api/v1/builds/{failed["id"]}/log", HarborFixture.Cancellation);

        Assert.Contains("This cannot work", log, StringComparison.Ordinal);
        Assert.NotEmpty($"{failed["cause"]}");
        Assert.Equal(before, await SnapshotAsync());

        await File.WriteAllTextAsync(rules, good, HarborFixture.Cancellation);
        var mended = await HarborFixture.PushAsync(clone, "Mend harbor-release");
        await harbor.WaitForBuildAsync(mended, Release, "succeeded");
        await harbor.WaitForChannelAsync(mended);
        Assert.True(await SnapshotAsync() > before);
    }

    [Theory]
    [InlineData("schema_version: 0.1\nname: [broken\n", "cloud_builder.yml")]
    [InlineData("schema_version: 0.1\nname: odd\ndistributions:\n  - {dist: nowhere, arch: x86_64, runner_group: harbor}\n", "nowhere")]
    [InlineData("schema_version: 0.1\nname: odd\ndistributions:\n  - {dist: ../../etc, arch: x86_64, runner_group: harbor}\n", "..")]
    public async Task Metadata_that_cannot_be_used_is_reported_with_its_reason(string metadata, string said)
    {
        var clone = await harbor.CloneAsync();
        await WriteAsync(clone, "projects/harbor/odd/.cb/cloud_builder.yml", metadata);

        var commit = await HarborFixture.PushAsync(clone, "Add odd");

        var errors = await harbor.Service.WaitForAsync("/api/v1/source-errors", "a source error",
            e => e.AsArray().Any(x => $"{x!["commit"]}" == commit), TimeSpan.FromMinutes(1), HarborFixture.Cancellation);
        Assert.Contains(errors.AsArray(), e => $"{e!["commit"]}" == commit && $"{e["error"]}".Contains(said, StringComparison.Ordinal));
        Assert.Contains(said, await harbor.Service.GetTextAsync("/requests", HarborFixture.Cancellation), StringComparison.Ordinal);
        Assert.Contains(said, await Programs.RunAsync(harbor.Service.Slipway, ["messages", "source-errors", "--server", harbor.Service.Url], HarborFixture.Cancellation), StringComparison.Ordinal);
        await RemoveAsync(clone, "projects/harbor/odd");
    }

    [Fact]
    public async Task A_runner_group_that_nobody_serves_is_a_stated_reason_to_wait()
    {
        var clone = await harbor.CloneAsync();
        await WriteAsync(clone, "projects/harbor/lonely/.cb/cloud_builder.yml",
            "schema_version: 0.1\nname: lonely\ndistributions:\n  - {dist: bookworm, arch: x86_64, runner_group: moon}\n");
        await WriteAsync(clone, "projects/harbor/lonely/debian/control", "Source: lonely\n\nPackage: lonely\nArchitecture: all\nDescription: nothing\n");

        var commit = await HarborFixture.PushAsync(clone, "Add lonely");

        var builds = await harbor.WaitForBuildAsync(commit, "projects/harbor/lonely", "waiting");
        var waiting = builds.AsArray().First(b => HarborFixture.IsBuild(b!, commit, "projects/harbor/lonely"))!;
        Assert.Contains("moon", $"{waiting["reason"]}", StringComparison.Ordinal);
        Assert.Contains("moon", await Programs.RunAsync(harbor.Service.Slipway, ["builds", "why", $"{waiting["id"]}", "--server", harbor.Service.Url], HarborFixture.Cancellation), StringComparison.Ordinal);
        await RemoveAsync(clone, "projects/harbor/lonely");
    }

    private static async Task WriteAsync(string clone, string path, string text)
    {
        var file = Path.Combine(clone, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text, HarborFixture.Cancellation);
    }

    private static async Task RemoveAsync(string clone, string path)
    {
        Directory.Delete(Path.Combine(clone, path), recursive: true);
        await HarborFixture.PushAsync(clone, "Remove " + Path.GetFileName(path));
    }

    private async Task<long> SnapshotAsync() => Newest(await harbor.Service.GetAsync("/api/v1/repositories", HarborFixture.Cancellation));

    private static long Newest(System.Text.Json.Nodes.JsonNode repositories) =>
        repositories.AsArray().Where(r => $"{r!["project"]}" == "harbor" && $"{r["dist"]}" == "bookworm").Max(r => (long)r!["snapshot"]!);
}
