using Slipway.Releases.Watching;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Deriving;

/// <summary>A stream, one that derives from it, and one that derives from that, each with devices.</summary>
public sealed class DerivativeTests
{
    private const string Gates = "gates: [manifest, signatures, install, update]";

    [Fact]
    public async Task Derivatives_and_their_devices_follow_over_two_format_bumps_of_the_upstream()
    {
        using var up = new TestStream();
        using var middle = new TestStream();
        using var leaf = new TestStream();
        up.MakeDistribution();
        CommitUpstream(up, format: 28);
        await up.SettleAsync();
        CommitDerivative(middle, up, "harbor-release", "middle");
        await middle.SettleAsync();
        CommitDerivative(leaf, middle, "leaf-release", "leaf");
        await leaf.SettleAsync();
        Made(up, "10 f28 Regular");
        Made(middle, "10010 f28 Regular U10");
        Made(leaf, "10010010 f28 Regular U10010");
        var streams = new[] { up, middle, leaf };
        foreach (var stream in streams)
            await DeviceAt(stream).InstallAsync(null, ["editors"], TestContext.Current.CancellationToken);

        ChangeTiny(up, "2");
        CommitUpstream(up, format: 29);
        await up.SettleAsync();
        Made(up, "10 f28 Regular", "20 f28 Plus10", "30 f29 Plus20");
        await middle.SettleAsync();
        Made(middle, "10010 f28 Regular U10", "20010 f28 Plus10 U20", "30020 f29 Plus20 U30");
        await Follows(up, 30, "tiny 2");
        await Follows(middle, 30020, "tiny 2");

        CommitUpstream(up, format: 30);
        await up.SettleAsync();
        ChangeTiny(up, "3");
        await up.SettleAsync();
        await middle.SettleAsync();
        Made(middle, "10010 f28 Regular U10", "20010 f28 Plus10 U20", "30020 f29 Plus20 U30", "40010 f29 Plus10 U40", "50020 f30 Plus20 U50", "60010 f30 Regular U60");
        await leaf.SettleAsync();
        Made(leaf, "10010010 f28 Regular U10010", "20010010 f28 Plus10 U20010", "30020020 f29 Plus20 U30020", "40010010 f29 Plus10 U40010", "50020020 f30 Plus20 U50020", "60010010 f30 Regular U60010");
        await Follows(up, 60, "tiny 3");
        await Follows(middle, 60010, "tiny 3");
        await Follows(leaf, 60010010, "tiny 3");
        Assert.Equal("leaf", (await File.ReadAllTextAsync(Path.Combine(leaf.Root, "device/usr/share/leaf-release/name"), TestContext.Current.CancellationToken)).Trim());
        foreach (var stream in streams)
            Assert.Equal(DecisionKind.UpToDate, stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision.Kind);
    }

    [Fact]
    public async Task Upstream_that_is_half_there_or_gone_makes_no_version()
    {
        using var up = new TestStream();
        using var middle = new TestStream();
        up.MakeDistribution();
        CommitUpstream(up, format: 28);
        await up.SettleAsync();
        CommitDerivative(middle, up, "harbor-release", "middle");
        var archive = Path.Combine(up.Pub, "releases/10/bundles-def-10.tar.gz");
        File.Move(archive, archive + ".away");
        Expect(middle, DecisionKind.Blocked, ReasonKind.MirrorLag, 4);
        File.Move(archive + ".away", archive);
        Directory.Move(Path.Combine(up.Pub, "update/10"), Path.Combine(up.Pub, "away"));
        middle.SourcesOf = null;
        middle.DeriveFrom(up);
        Directory.Delete(Path.Combine(middle.Root, "upstream"), recursive: true);
        Expect(middle, DecisionKind.Blocked, ReasonKind.MirrorLag, 4);
        Directory.Move(Path.Combine(up.Pub, "away"), Path.Combine(up.Pub, "update/10"));
        Directory.Move(up.Pub, up.Pub + ".away");
        Expect(middle, DecisionKind.Error, ReasonKind.InputUnavailable, 3);
        Assert.Empty(middle.Site.Releases.All(TestStream.Name));
        Directory.Move(up.Pub + ".away", up.Pub);
        await middle.SettleAsync();
        Made(middle, "10010 f28 Regular U10");
    }

    [Fact]
    public async Task Upstream_that_another_certificate_signed_is_not_believed()
    {
        using var up = new TestStream();
        using var middle = new TestStream();
        up.MakeDistribution();
        CommitUpstream(up, format: 28);
        await up.SettleAsync();
        CommitDerivative(middle, up, "harbor-release", "middle");
        var other = Slipway.Updates.SigningCertificate.Create("Other", up.Clock.Now.AddDays(-1), keyBits: 2048);
        middle.CommitFiles(("upstream.pem", other.CertificatePem()));
        Expect(middle, DecisionKind.Error, ReasonKind.InputUnavailable, 3);
    }

    private static void Expect(TestStream stream, DecisionKind kind, ReasonKind reason, int exit)
    {
        var decision = stream.Planner.Look(TestStream.Name, cancellation: TestContext.Current.CancellationToken).Decision;
        Assert.True((kind, reason, exit) == (decision.Kind, decision.Reasons[0].Kind, decision.ExitCode), decision.ToString());
    }

    private static void Made(TestStream stream, params string[] versions)
    {
        var runs = stream.Site.Runs.Newest(TestStream.Name, 100).Reverse().ToList();
        Assert.True(runs.All(r => r.State == RunState.Succeeded), string.Join("\n", runs.Select(r => r.Failure)) + string.Join("\n", stream.Site.Runs.Streams().Select(s => s.Decision)));
        Assert.Equal(versions, runs.Select(r => $"{r.Version} f{r.Plan.Format} {r.Plan.Role}{(r.Plan.Upstream is { } u ? $" U{u}" : "")}"));
    }

    private static async Task Follows(TestStream stream, uint version, string tiny)
    {
        var device = DeviceAt(stream);
        var update = await device.UpdateAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(version, update.To);
        Assert.Empty((await device.VerifyAsync(TestContext.Current.CancellationToken)).Differences);
        Assert.Equal(tiny, (await File.ReadAllTextAsync(Path.Combine(stream.Root, "device/usr/lib/x86_64-linux-gnu/libtiny.txt"), TestContext.Current.CancellationToken)).Trim());
    }

    private static Device DeviceAt(TestStream stream) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(Path.Combine(stream.Root, "device")).FullName,
        ContentUrl = new Uri(Path.Combine(stream.Pub, "update")).AbsoluteUri,
        VersionUrl = new Uri(Path.Combine(stream.Pub, "update")).AbsoluteUri,
        CertificateFile = Path.Combine(stream.Root, "certificate.pem"),
        Time = stream.Clock,
    });

    private static void ChangeTiny(TestStream up, string version)
    {
        foreach (var old in Directory.EnumerateFiles(up.Distribution, "libtiny_*"))
            File.Delete(old);
        Deb.Make(up.Distribution, "libtiny", version, "", new DebFile("usr/lib/x86_64-linux-gnu/libtiny.txt", $"tiny {version}\n"));
    }

    private static void CommitUpstream(TestStream up, int format) => up.CommitFiles(
        ("stream.yml", $$"""
            stream: harbor
            format: {{format}}
            upstream: {type: apt, sources: host}
            bundles: [os-core, editors]
            content_url: http://127.0.0.1:8080/update
            destinations: [{name: pub, to: {{up.Pub}}}]
            channels: [{name: stable, publish: auto}]
            {{Gates}}
            """),
        ("bundles/os-core", "# [TITLE]: os-core\ntestbase\nlibtiny\n"), ("bundles/editors", "include(os-core)\ntested\n"));

    private static void CommitDerivative(TestStream stream, TestStream upstream, string package, string name)
    {
        stream.DeriveFrom(upstream);
        Deb.Make(stream.Own, package, "1", "", new DebFile($"usr/share/{package}/name", name + "\n"));
        stream.CommitFiles(
            ("stream.yml", $$"""
                stream: harbor
                upstream: {type: stream, url: "{{new Uri(upstream.Pub).AbsoluteUri}}", certificate: upstream.pem}
                providers: [{name: own, project: harbor, dist: bookworm}]
                bundles: [os-core, {{name}}]
                versions: {factor: 1000, step: 10}
                content_url: http://127.0.0.1:8080/update
                destinations: [{name: pub, to: {{stream.Pub}}}]
                channels: [{name: stable, publish: auto}]
                {{Gates}}
                """),
            ("upstream.pem", upstream.CertificateText),
            ($"bundles/{name}", $"include(os-core)\n{package}\n"),
            ("bundles/os-core", $"# [TITLE]: os-core\ntestbase\nlibtiny\n{package}\n"));
    }
}
