using System.Diagnostics;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Cli.Tests;

/// <summary>The ancestor's services by their names, in a data directory of their own.</summary>
public sealed class CbServicesTests : IDisposable
{
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
    private readonly string _place = Directory.CreateTempSubdirectory("slipway-cbservices-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private ProcessStartInfo Program(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Slipway, ["compat", name, .. arguments]);
        start.Environment["SLIPWAY_DATA"] = Path.Combine(_place, "data");
        start.Environment["SLIPWAY_CONFIG"] = "";
        return start;
    }

    private string Git(params string[] arguments)
    {
        var run = new ProcessStartInfo("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", .. arguments]) { WorkingDirectory = _place }.Run();
        Assert.True(run.Exit == 0, run.Error);
        return run.Output.Trim();
    }

    private string MakeOrigin()
    {
        Git("init", "-q", "--initial-branch=trunk", "origin");
        Directory.CreateDirectory(Path.Combine(_place, "origin/projects/MS/xclock/.cb"));
        File.WriteAllText(Path.Combine(_place, "origin/projects/MS/xclock/.cb/cloud_builder.yml"), "schema_version: 0.1\nname: xclock\ndistributions:\n  - {dist: TW, arch: x86_64, runner_group: fedora}\n  - {dist: TW, arch: aarch64, runner_group: suse}\n");
        File.WriteAllText(Path.Combine(_place, "origin/projects/MS/xclock/xclock.spec"), "Name: xclock\n");
        Directory.CreateDirectory(Path.Combine(_place, "origin/dists"));
        File.WriteAllText(Path.Combine(_place, "origin/dists/TW.yml"), "name: TW\n");
        Git("-C", "origin", "add", "-A");
        Git("-C", "origin", "commit", "-q", "-m", "one");
        return Path.Combine(_place, "origin");
    }

    [Fact]
    public void cb_fetch_single_shot_has_the_newest_commit_of_the_origins_own_branch_and_ends()
    {
        var origin = MakeOrigin();
        Assert.Equal(0, Program("cb-fetch", "--project", origin, "--single-shot").Run().Exit);
        Assert.Equal(Git("-C", "origin", "rev-parse", "trunk"), Git("-C", Path.Combine(_place, "data/git/origin.git"), "rev-parse", "main"));
        Git("-C", "origin", "commit", "-q", "--allow-empty", "-m", "two");
        Assert.Equal(0, Program("cb-fetch", "--project", origin, "--branch", "trunk", "--single-shot").Run().Exit);
        Assert.Equal(Git("-C", "origin", "rev-parse", "trunk"), Git("-C", Path.Combine(_place, "data/git/origin.git"), "rev-parse", "main"));
    }

    [Fact]
    public void cb_fetch_without_its_origin_fails() =>
        Assert.Equal(1, Program("cb-fetch", "--project", Path.Combine(_place, "nowhere"), "--single-shot").Run().Exit);

    [Theory]
    [InlineData("cb-scheduler")]
    [InlineData("cb-info")]
    public void A_poll_longer_than_the_interval_is_refused(string program)
    {
        var run = Program(program, "--poll-timeout", "20000", "--update-interval", "10").Run();
        Assert.Equal(1, run.Exit);
        Assert.Contains("CBSchedulerIntervalError: Poll timeout on the message broker greater than update interval", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_8_cb_info_that_responds_always_answers_about_what_was_never_built()
    {
        var data = new DataDirectory(Path.Combine(_place, "data"));
        data.Create();
        using var broker = new EmbeddedBroker(data.BrokerDb, TimeProvider.System);
        broker.Publish([new(Topics.InfoRequest, "u", MessageCodec.Write(new InfoRequest { RequestId = "u", Project = "projects/MS/xclock", Package = new("x86_64", "TW") }))]);
        using var process = Process.Start(Program("cb-info", "--respond-always"))!;
        try
        {
            for (var limit = Stopwatch.StartNew(); broker.Read(Topics.InfoResponse, 0, 10).Count == 0; await Task.Delay(50, TestContext.Current.CancellationToken))
                Assert.True(limit.Elapsed < TimeSpan.FromMinutes(2), "no answer came");
            var answer = MessageCodec.ReadInfoResponse(Assert.Single(broker.Read(Topics.InfoResponse, 0, 10)).Body, out _)!;
            Assert.Equal(("none", "unknown", false), (answer.UtcModificationTime, answer.BuildStatus, answer.IsRunning));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
