using System.Text.Json.Nodes;
using Slipway.Harbor;

namespace Slipway.Scenarios;

/// <summary>`kill -9` of the whole service at any moment: the job goes on to the same end, and nothing is published half.</summary>
public sealed class KillTests(HarborFixture harbor)
{
    private const string Package = "projects/harbor/harbor-release";

    // Seconds after each start while the release is made; together they fall into all of its stages.
    private static readonly double[] WhileReleasing = [0.5, 1.5, 3, 5, 8];

    [Fact]
    public async Task Killed_again_and_again_the_job_still_ends_in_one_complete_release()
    {
        var clone = await harbor.CloneAsync();
        await File.AppendAllTextAsync(Path.Combine(clone, Package, "harbor.issue"), "Killed, and still here.\n", HarborFixture.Cancellation);
        await Change.BumpAsync(clone, "harbor-release", "Survive.", HarborFixture.Cancellation);

        var commit = await HarborFixture.PushAsync(clone, "Survive");
        await KillAsync();
        await BuildIsAsync(commit, b => $"{b["state"]}" == "running");
        await KillAsync();
        await BuildIsAsync(commit, b => $"{b["state"]}" == "succeeded");
        await KillAsync();
        foreach (var moment in WhileReleasing)
        {
            await Task.Delay(TimeSpan.FromSeconds(moment), HarborFixture.Cancellation);
            await KillAsync();
        }

        await harbor.WaitForChannelAsync(commit);
        var root = await WhatIsPublishedIsWholeAsync("harbor");
        Assert.Contains("still here", await File.ReadAllTextAsync(Path.Combine(root, "usr/lib/issue.d/harbor.issue"), HarborFixture.Cancellation), StringComparison.Ordinal);
        foreach (var repository in new[] { "harbor/bookworm", "harbor/rpm", "harbor/pacman" })
            await Programs.RunAsync(harbor.Service.Slipway, ["repo", "verify", repository, "--data", harbor.Service.Data], HarborFixture.Cancellation);
        var builds = (await harbor.Service.GetAsync("/api/v1/builds?limit=200", HarborFixture.Cancellation)).AsArray();
        Assert.Single(builds, b => HarborFixture.IsBuild(b!, commit, Package));
    }

    private Task<JsonNode> BuildIsAsync(string commit, Func<JsonNode, bool> state) => harbor.Service.WaitForAsync(
        "/api/v1/builds?limit=200", "the state of the build",
        builds => builds.AsArray().Any(b => HarborFixture.IsBuild(b!, commit, Package) && state(b!)), TimeSpan.FromMinutes(2), HarborFixture.Cancellation);

    private async Task KillAsync()
    {
        await harbor.Service.KillAsync();
        await WhatIsPublishedIsWholeAsync();
        await harbor.Service.StartAsync(HarborFixture.Cancellation);
    }

    /// <summary>What a device finds at this moment can be installed and is right.</summary>
    private async Task<string> WhatIsPublishedIsWholeAsync(string bundles = "")
    {
        var root = Path.Combine(harbor.Scratch, "kill-" + Guid.NewGuid().ToString("N")[..8]);
        string[] source = ["--path", root, "--url", "file://" + harbor.Www, "--channel", "stable", "--certificate", harbor.Certificate];
        await Programs.RunAsync(harbor.Service.Slipway, ["device", "install", "--bundles", bundles, .. source], HarborFixture.Cancellation);
        await Programs.RunAsync(harbor.Service.Slipway, ["device", "verify", .. source], HarborFixture.Cancellation);
        return root;
    }
}
