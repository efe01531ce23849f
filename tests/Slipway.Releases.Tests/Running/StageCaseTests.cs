using Slipway.Content;
using Slipway.Releases.Records;
using Slipway.Releases.Watching;
using Slipway.Updates;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Running;

/// <summary>The ancestor's cases of making and publishing a version, by their numbers, each with the result that is required.</summary>
public sealed class StageCaseTests
{
    private const string Gates = "gates: [manifest, signatures]";

    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    private static async Task<TestStream> AtTenAsync(string gates = Gates)
    {
        var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit(gates);
        await stream.SettleAsync();
        Assert.Equal("10", stream.Www("version/latest_version"));
        return stream;
    }

    private static async Task<TestStream> AtTwentyAsync()
    {
        var stream = await AtTenAsync();
        stream.MakeOwn("2", "changed");
        await stream.SettleAsync();
        Assert.Equal("20", stream.Www("version/latest_version"));
        return stream;
    }

    [Fact]
    public async Task Case_35_Bundle_that_is_to_be_deleted_is_emptied_and_then_gone_at_the_format_bump()
    {
        using var stream = await AtTenAsync("gates: [manifest, signatures, install, update]");
        var device = DeviceAt(stream);
        await device.InstallAsync(null, ["editors"], s_cancel);
        stream.CommitFiles(("bundles/editors", "# [STATUS]: Pending-Delete\ninclude(os-core)\ntested\n"));
        stream.MakeOwn("2", "regular");
        await stream.SettleAsync();
        Assert.Equal(20u, (await device.UpdateAsync(null, s_cancel)).To);
        Assert.True(File.Exists(Path.Combine(stream.Root, "device/usr/bin/tested")), "a regular version took the bundle away");

        stream.Commit("gates: [manifest, signatures, install, update]", more: "format: 31");
        stream.CommitFiles(("bundles/editors", "# [STATUS]: Pending-Delete\ninclude(os-core)\ntested\n"));
        await stream.SettleAsync();
        Assert.Equal(["40 Plus20 f31", "30 Plus10 f30", "20 Regular f30"], stream.Site.Runs.Newest(TestStream.Name, 3).Select(r => $"{r.Version} {r.Plan.Role} f{r.Plan.Format}"));
        Assert.Equal(40u, (await device.UpdateAsync(null, s_cancel)).To);
        Assert.False(File.Exists(Path.Combine(stream.Root, "device/usr/bin/tested")), "the emptied bundle's files are still there");
        Assert.Empty((await device.VerifyAsync(s_cancel)).Differences);
        Assert.DoesNotContain("editors", device.Describe().Bundles);
        Assert.DoesNotContain("editors", stream.Site.Runs.Newest(TestStream.Name, 1)[0].Plan.Bundles);
    }

    [Fact]
    public async Task Case_36_Bundle_that_is_deleted_at_once_blocks()
    {
        using var stream = await AtTenAsync();
        stream.Commit(Gates);
        stream.CommitFiles(("stream.yml", (await File.ReadAllTextAsync(Path.Combine(stream.Work, "stream.yml"), s_cancel)).Replace("os-core, editors,", "os-core,", StringComparison.Ordinal)), ("bundles/editors", null));
        var decision = stream.Planner.Look(TestStream.Name, cancellation: s_cancel).Decision;
        Assert.Equal((DecisionKind.Blocked, ReasonKind.UnsafeBundleRemoval), (decision.Kind, Assert.Single(decision.Reasons).Kind));
    }

    [Fact]
    public async Task Case_37_Missing_certificate_fails_before_any_work()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit(Gates);
        stream.LoseKey = true;
        await stream.SettleAsync();
        Assert.Equal(RunState.Failed, stream.Site.Runs.Newest(TestStream.Name, 1)[0].State);
        Assert.DoesNotContain("packages begins", stream.Log);
        Assert.Contains(stream.Log, l => l.StartsWith("initialise begins", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Case_38_Deltas_that_fail_are_a_warning_in_the_record()
    {
        using var stream = await AtTenAsync();
        stream.At = text =>
        {
            // What deltas are made from is gone when they are to be made.
            if (text == "deltas begins")
                File.Delete(Path.Combine(stream.Places.MixContent(10), "Manifest.harbor"));
        };
        stream.MakeOwn("2", "changed");
        await stream.SettleAsync();
        stream.At = null;
        Assert.Equal("20", stream.Www("version/latest_version"));
        Assert.Contains(stream.Site.Runs.Stages(stream.Site.Runs.Newest(TestStream.Name, 1)[0].Id).Single(s => s.Stage == "deltas").Outputs, o => o.Key == "warning");
    }

    [Fact]
    public async Task Case_41_Error_of_manifest_correctness_stops_the_release()
    {
        using var stream = await AtTenAsync();
        stream.At = text =>
        {
            if (text == "validate begins")
                File.AppendAllText(Path.Combine(stream.Places.Full(20), "usr/share/hello/table"), "changed behind the manifest's back");
        };
        stream.MakeOwn("2", "changed");
        await stream.SettleAsync();
        stream.At = null;
        Assert.Equal(ReleaseState.Blocked, stream.Release(20).State);
        Assert.Equal("10", stream.Www("version/latest_version"));
    }

    [Fact]
    public async Task Case_42_First_version_has_no_update_to_check_and_notes_without_a_predecessor()
    {
        using var stream = await AtTenAsync("gates: [manifest, signatures, update]");
        Assert.Equal(GateVerdict.Skipped, stream.Site.Releases.Gates(TestStream.Name, 10).Single(g => g.Gate == "update").Verdict);
        var notes = await File.ReadAllTextAsync(Path.Combine(stream.Places.Release(10), "notes.txt"), s_cancel);
        Assert.DoesNotContain("Previous:", notes, StringComparison.Ordinal);
        Assert.Contains("Removed packages:\n    None", notes, StringComparison.Ordinal);
        Assert.Contains("    hello  1", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_45_Run_that_is_killed_in_stage_goes_on_with_the_same_version_and_bytes()
    {
        using var stream = await AtTenAsync();
        stream.MakeOwn("2", "changed");
        Assert.Equal(137, await DoomedWatcher.RunAsync(stream.Root, "stage begins"));
        Assert.Equal("10", stream.Www("version/latest_version"));
        var mom = Digest.OfFile(Path.Combine(stream.Places.MixContent(20), "Manifest.MoM"));
        await stream.SettleAsync();
        Assert.Equal("20", stream.Www("version/latest_version"));
        Assert.Equal(mom, Digest.OfFile(Path.Combine(stream.Places.Www, "20", "Manifest.MoM")));
    }

    [Fact]
    public async Task Case_46_Destination_that_is_lost_in_the_middle_shows_the_previous_version_until_it_has_all()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit(Gates, more: $"destinations: [{{name: pub, to: {stream.Pub}}}]");
        await stream.SettleAsync();
        Assert.Equal("10", await File.ReadAllTextAsync(Path.Combine(stream.Pub, "latest"), s_cancel));
        // A file where a directory has to be: the content gets there, what belongs to the version does not.
        await File.WriteAllTextAsync(Path.Combine(stream.Pub, "releases", ".20.partial"), "", s_cancel);
        Directory.Move(Path.Combine(stream.Pub, "releases"), Path.Combine(stream.Pub, "away"));
        await File.WriteAllTextAsync(Path.Combine(stream.Pub, "releases"), "in the way", s_cancel);
        stream.MakeOwn("2", "changed");
        await stream.SettleAsync();
        Assert.Equal("20", stream.Www("version/latest_version"));
        Assert.Equal("10", await File.ReadAllTextAsync(Path.Combine(stream.Pub, "latest"), s_cancel));
        Assert.Equal("10", await File.ReadAllTextAsync(Path.Combine(stream.Pub, "update/version/latest_version"), s_cancel));
        Assert.Contains(stream.Log, l => l.Contains("destination pub: publish to", StringComparison.Ordinal));

        File.Delete(Path.Combine(stream.Pub, "releases"));
        Directory.Move(Path.Combine(stream.Pub, "away"), Path.Combine(stream.Pub, "releases"));
        await stream.TickAsync();
        Assert.Equal("20", await File.ReadAllTextAsync(Path.Combine(stream.Pub, "latest"), s_cancel));
        Assert.Equal("20", await File.ReadAllTextAsync(Path.Combine(stream.Pub, "update/version/latest_version"), s_cancel));
    }

    [Fact]
    public async Task Case_47_Content_is_there_and_verified_before_any_pointer()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "good");
        stream.Commit(Gates, more: $"destinations: [{{name: pub, to: {stream.Pub}}}]");
        var seen = new List<string>();
        stream.At = text =>
        {
            if (!text.StartsWith("publisher:", StringComparison.Ordinal))
                return;
            seen.Add($"{text[11..]} | content {Directory.Exists(Path.Combine(stream.Places.Www, "10"))} | pointer {File.Exists(Path.Combine(stream.Places.Www, "version/latest_version"))} | pub {File.Exists(Path.Combine(stream.Pub, "latest"))}");
        };
        await stream.SettleAsync();
        Assert.Equal(
        [
            "the content is in place | content True | pointer False | pub False",
            "the content is verified | content True | pointer False | pub False",
            "stable points to 10 | content True | pointer True | pub False",
            "1 destinations have 10 | content True | pointer True | pub True",
        ], seen);
    }

    [Fact]
    public async Task Case_48_Rollback_moves_the_pointer_back_and_numbers_go_on()
    {
        using var stream = await AtTwentyAsync();
        var run = stream.Operations.Rollback(TestStream.Name, "stable", "ada", "greets wrongly");
        Assert.Equal("10", stream.Www("version/latest_version"));
        Assert.Equal(ReleaseState.Withdrawn, stream.Release(20).State);
        Assert.Equal(30u, run.Version);
        await stream.SettleAsync();
        stream.MakeOwn("3", "corrected");
        await stream.SettleAsync();
        Assert.Equal("40", stream.Www("version/latest_version"));
    }

    [Fact]
    public async Task Rollback_over_a_format_bump_leads_devices_of_both_formats_to_the_good_content()
    {
        using var stream = await AtTenAsync();
        var (stayed, crossed) = (DeviceAt(stream, "stayed"), DeviceAt(stream, "crossed"));
        await stayed.InstallAsync(null, ["harbor"], s_cancel);
        await crossed.InstallAsync(null, ["harbor"], s_cancel);
        stream.MakeOwn("2", "bad");
        stream.Commit(Gates, more: "format: 31");
        await stream.SettleAsync();
        Assert.Equal(30u, (await crossed.UpdateAsync(null, s_cancel)).To);

        stream.Operations.Rollback(TestStream.Name, "stable", "ada", "greets wrongly");
        Assert.Equal(DeviceOutcome.UpToDate, (await crossed.UpdateAsync(null, s_cancel)).Outcome);
        Assert.Equal(DeviceOutcome.UpToDate, (await stayed.UpdateAsync(null, s_cancel)).Outcome);
        await stream.SettleAsync();
        foreach (var (device, name) in new[] { (stayed, "stayed"), (crossed, "crossed") })
        {
            Assert.Equal(50u, (await device.UpdateAsync(null, s_cancel)).To);
            Assert.Empty((await device.VerifyAsync(s_cancel)).Differences);
            Assert.Contains("good", await File.ReadAllTextAsync(Path.Combine(stream.Root, name, "usr/bin/hello"), s_cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Case_49_Promotion_at_ten_percent_changes_pointers_only()
    {
        using var stream = await AtTwentyAsync();
        stream.Operations.Promote(TestStream.Name, "lts", 10, "ada");
        var before = Directory.GetLastWriteTimeUtc(Path.Combine(stream.Places.Www, "20"));
        stream.Operations.Promote(TestStream.Name, "lts", 20, "ada", new RollOut(10, "s", ["canary"], null));
        Assert.Equal(before, Directory.GetLastWriteTimeUtc(Path.Combine(stream.Places.Www, "20")));
        Assert.Equal("10", stream.Www("channels/lts/version/format30/latest"));
        var pointer = ChannelPointer.Parse(await File.ReadAllBytesAsync(Path.Combine(stream.Places.Www, "channels/lts/channel.json"), s_cancel), "lts");
        Assert.Equal((20u, 10), (pointer.Version, pointer.RollOut.Percent));
        Assert.Equal(20u, (await DeviceAt(stream, "canary", "lts", "canary").InstallAsync(null, [], s_cancel)).To);
        Assert.Equal(10u, (await DeviceAt(stream, "other", "lts", "other", id: NotChosen()).InstallAsync(null, [], s_cancel)).To);

        var refusal = Assert.Throws<SlipwayException>(() => stream.Operations.Widen(TestStream.Name, "lts", 50, new(0, 0), "ada"));
        Assert.Contains("have reported", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("failed", Assert.Throws<SlipwayException>(() => stream.Operations.Widen(TestStream.Name, "lts", 50, new(9, 1), "ada")).Message, StringComparison.Ordinal);
        stream.Operations.Widen(TestStream.Name, "lts", 100, new(20, 1), "ada");
        Assert.Equal("20", stream.Www("channels/lts/version/format30/latest"));
    }

    [Fact]
    public async Task Case_50_Release_whose_gates_failed_is_published_only_with_a_recorded_waiver()
    {
        const string Hello = "gates: [{name: hello, bundle: harbor, run: [/usr/bin/hello]}]";
        using var stream = await AtTenAsync(Hello);
        stream.MakeOwn("2", "Hello", exit: 3);
        await stream.SettleAsync();
        Assert.Equal(ReleaseState.Blocked, stream.Release(20).State);
        Assert.Equal(FailureKind.Blocked, Assert.Throws<SlipwayException>(() => stream.Operations.Promote(TestStream.Name, "stable", 20, "ada")).Kind);

        var until = stream.Clock.Now.AddDays(1).ToUnixTimeSeconds();
        stream.Operations.Waive(new Waiver(TestStream.Name, "hello", 0, "known, harmless", "ada", until, 0));
        await stream.SettleAsync();
        Assert.Equal("30", stream.Www("version/latest_version"));
        var gate = Assert.Single(stream.Site.Releases.Gates(TestStream.Name, 30));
        Assert.Equal(GateVerdict.Waived, gate.Verdict);
        Assert.Contains("waived by ada", gate.Detail, StringComparison.Ordinal);
        Assert.Contains("known, harmless", await File.ReadAllTextAsync(Path.Combine(stream.Places.Release(30), "notes.txt"), s_cancel), StringComparison.Ordinal);

        stream.Clock.Now = stream.Clock.Now.AddDays(2);
        stream.MakeOwn("3", "Hello", exit: 4);
        await stream.SettleAsync();
        Assert.Equal(ReleaseState.Blocked, stream.Release(40).State);
    }

    [Fact]
    public async Task Case_51_Second_run_of_a_stream_is_refused_while_one_is_at_work()
    {
        using var stream = await AtTenAsync();
        stream.MakeOwn("2", "changed");
        SlipwayException? refused = null;
        stream.At = text =>
        {
            if (text == "compose begins")
                refused = Assert.Throws<SlipwayException>(() => stream.Places.Lock("make a version").Dispose());
        };
        await stream.SettleAsync();
        Assert.Equal(FailureKind.Blocked, refused?.Kind);
    }

    [Fact]
    public async Task Case_52_Plan_touches_nothing()
    {
        using var stream = await AtTenAsync();
        stream.MakeOwn("2", "changed");
        List<string> All() => [.. Directory.EnumerateFiles(stream.Data.Root, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith("state.db", StringComparison.Ordinal))
            .Select(f => $"{f} {File.GetLastWriteTimeUtc(f).Ticks}").Order(StringComparer.Ordinal)];
        var before = All();
        var runs = stream.Site.Runs.Newest(TestStream.Name, 100).Count;
        var outlook = stream.Planner.Look(TestStream.Name, cancellation: s_cancel);
        Assert.Equal(20u, outlook.Plan!.Version);
        Assert.Equal(before, All());
        Assert.Equal(runs, stream.Site.Runs.Newest(TestStream.Name, 100).Count);
    }

    private static string NotChosen() => Enumerable.Range(0, 1000).Select(i => $"device-{i}")
        .First(id => new RollOut(10, "s", [], null).Decide(id, [], DateTimeOffset.UnixEpoch) == RollOutDecision.NotYet);

    private static Device DeviceAt(TestStream stream, string name = "device", string? channel = null, string? cohort = null, string? id = null) => new(new DeviceOptions
    {
        Path = Directory.CreateDirectory(Path.Combine(stream.Root, name)).FullName,
        ContentUrl = new Uri(stream.Places.Www).AbsoluteUri,
        VersionUrl = new Uri(stream.Places.Www).AbsoluteUri,
        CertificateFile = Path.Combine(stream.Root, "certificate.pem"),
        Channel = channel,
        Cohorts = cohort is null ? [] : [cohort],
        DeviceId = id,
        Time = stream.Clock,
    });
}
