using Slipway.Content;
using Slipway.Releases.Adoption;
using Slipway.Releases.Planning;
using Slipway.Updates;

namespace Slipway.Releases.Tests.Adoption;

public sealed class AdoptionTests
{
    private static readonly uint[] s_versions = [10, 20, 30, 40, 50];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_with_its_workspace_is_taken_over_and_its_devices_go_on()
    {
        using var scene = new AdoptionScene();
        scene.MakeOld();
        var report = await scene.Adoption.AdoptAsync(AdoptionScene.Stream, new AdoptionOrder(scene.Old.Www, scene.Old.Workspace), "test", Cancel);

        Assert.Equal(s_versions, report.Versions);
        Assert.Equal((50u, 30, 40u, 51u), (report.Newest, report.Format, report.MinVersion, report.Next));
        Assert.Equal((30u, 50u), (report.Latest[29], report.Latest[30]));
        Assert.Equal(40u, report.First[30]);
        Assert.Empty(report.Notes);
        AssertAnswers(scene.Old.Www, scene.Www);

        Assert.True(await scene.Loop.TickAsync(AdoptionScene.Stream, cancellation: Cancel));
        AssertOnlyIdentityChanged(scene);
        AssertAnswers(scene.Old.Www, scene.Www, except: "version/");
        foreach (var version in s_versions)
            await UpdatesAsync(scene, version);
    }

    [Fact]
    public async Task A_stream_without_its_workspace_is_taken_over_from_its_address()
    {
        using var scene = new AdoptionScene();
        scene.MakeOld();
        using var server = new StaticServer(scene.Old.Www);
        var certificate = await File.ReadAllTextAsync(scene.Old.Certificate, Cancel);
        var report = await scene.Adoption.AdoptAsync(AdoptionScene.Stream, new AdoptionOrder(server.Url, CertificatePem: certificate), "test", Cancel);

        Assert.Equal(s_versions, report.Versions);
        Assert.Empty(report.Notes);
        AssertAnswers(scene.Old.Www, scene.Www);
        Assert.Equal((40u, ReleaseRole.Plus10), (Plan(scene, 30).Claims, Plan(scene, 30).Role));
        Assert.Equal((true, 30u), (Plan(scene, 40).MinVersion, Plan(scene, 40).Previous));
        var map = Compose.ReleaseMap.Parse(scene.Site.Store.Open(scene.Site.Releases.Require(AdoptionScene.Stream, 50).Map!.Value), "map");
        Assert.Equal((Digest.Of("editor\n"u8), "editors"), (map.At(BytePath.From("usr/bin/edit"))!.Content, string.Join(',', map.At(BytePath.From("usr/bin/edit"))!.Bundles)));
        await UpdatesAsync(scene, 20, to: 50);
    }

    [Fact]
    public async Task A_version_that_devices_are_led_to_must_be_signed()
    {
        using var scene = new AdoptionScene();
        scene.MakeOld();
        var mom = Path.Combine(scene.Old.Www, "50", "Manifest.MoM");
        var text = await File.ReadAllTextAsync(mom, Cancel);
        await File.WriteAllTextAsync(mom, text.Replace("filecount:\t3", "filecount:\t4", StringComparison.Ordinal), Cancel);
        var order = new AdoptionOrder(scene.Old.Www, scene.Old.Workspace);
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => scene.Adoption.AdoptAsync(AdoptionScene.Stream, order, "test", Cancel));
        Assert.Contains("version 50", refused.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Site.Releases.All(AdoptionScene.Stream));
        Assert.False(Directory.Exists(scene.Www));
    }

    [Fact]
    public async Task An_old_version_that_is_not_whole_is_noted_and_the_others_are_taken_over()
    {
        using var scene = new AdoptionScene();
        scene.MakeOld();
        File.Delete(Path.Combine(scene.Old.Www, "10", "files", OldNode.File("goes away\n").Hash + ".tar"));
        var order = new AdoptionOrder(scene.Old.Www, scene.Old.Workspace);
        var report = await scene.Adoption.AdoptAsync(AdoptionScene.Stream, order, "test", Cancel);
        Assert.Equal([20, 30, 40, 50], report.Versions);
        Assert.Contains("version 10", Assert.Single(report.Notes), StringComparison.Ordinal);
        var again = await Assert.ThrowsAsync<SlipwayException>(() => scene.Adoption.AdoptAsync(AdoptionScene.Stream, order, "test", Cancel));
        Assert.Contains("has releases", again.Message, StringComparison.Ordinal);
    }

    private static ReleasePlan Plan(AdoptionScene scene, uint version) => scene.Site.Runs.Find(scene.Site.Releases.Require(AdoptionScene.Stream, version).Run)!.Plan;

    private static void AssertOnlyIdentityChanged(AdoptionScene scene)
    {
        var to = PublishedVersion.Open(scene.Www, 60);
        var changed = ContentDifference.Between(PublishedVersion.Open(scene.Www, 50), to);
        Assert.Equal(
            ["os-core Changed usr/lib/os-release", "os-core Changed usr/share/clear/version", "os-core Changed usr/share/clear/versionstamp"],
            changed.SelectMany(b => b.Paths.Select(p => $"{b.Bundle} {p.Change} {p.Path.Relative}")));
        Assert.Equal(["os-core"], changed.Select(b => b.Bundle));
        Assert.Equal((50u, 30, 40u), (to.MoM.Previous, to.MoM.Format, to.MoM.MinVersion));
    }

    private static void AssertAnswers(string old, string now, string? except = null)
    {
        foreach (var file in Directory.EnumerateFiles(old, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(old, file);
            if (except is not null && path.StartsWith(except, StringComparison.Ordinal))
                Assert.True(File.Exists(Path.Combine(now, path)), path);
            else
                Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(now, path))), path);
        }
    }

    private static async Task UpdatesAsync(AdoptionScene scene, uint version, uint to = 60)
    {
        var (old, now) = (new Uri(scene.Old.Www).AbsoluteUri, new Uri(scene.Www).AbsoluteUri);
        await scene.DeviceOf($"v{version}", old).InstallAsync(version, ["os-core-update", "editors"], Cancel);
        var device = scene.DeviceOf($"v{version}", now);
        Assert.Equal(to, (await device.UpdateAsync(null, Cancel)).To);
        var verified = await device.VerifyAsync(Cancel);
        Assert.True(verified.Good, string.Join(", ", verified.Differences.Select(d => $"{d.Path} {d.Kind}")));
    }
}
