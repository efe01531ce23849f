using System.Diagnostics;
using Slipway.Builds.Tests.Results;
using Slipway.Packages.Repositories;

namespace Slipway.Builds.Tests;

public sealed class KillTests(RunningSigner signer) : IDisposable
{
    private readonly TestService _service = new(signer.Client);

    public void Dispose() => _service.Dispose();

    [Fact]
    public Task Whenever_the_service_is_killed_every_commit_ends_in_one_published_result_or_one_stated_failure() => KillAsync(wanted: 20);

    [Fact]
    [Trait("long", "yes")]
    public Task Two_hundred_builds_survive_that() => KillAsync(wanted: 200);

    private async Task KillAsync(int wanted)
    {
        var random = new Random(20261120);
        string[] names = ["a", "b", "c", "d"];
        _service.WriteDist();
        var round = 0;
        // A commit that comes before the one before it was seen asks for nothing of its own: count what was asked for.
        for (; _service.Scalar<int>("SELECT count(*) FROM builds_pin") < wanted; round++)
        {
            foreach (var name in names)
            {
                _service.WritePackage(name);
                _service.Write($"projects/harbor/{name}/behaviour", name == "d" ? "fail" : "");
                _service.Write($"projects/harbor/{name}/round", $"{round}");
            }
            _service.Push();
            using var process = ServiceProcess.Start(_service.Root, signer.Data.SignerSocket);
            // Every other process is killed wherever it is; the rest at work, when it has seen the commit.
            var limit = Stopwatch.StartNew();
            while (round % 2 == 0 && Cursor() != _service.Source.Head() && limit.Elapsed < TimeSpan.FromSeconds(20)) await Task.Delay(10);
            await Task.Delay(random.Next(100, 1200));
            process.Kill();
            await process.WaitForExitAsync();
        }

        await RunToTheEndAsync(names);
        var requests = _service.Queries.Requests();
        var builds = _service.Queries.Builds();
        Assert.Equal(requests.Count, requests.DistinctBy(request => request.RequestId).Count());
        Assert.Equal(requests.Select(request => request.RequestId).Order(), builds.Select(build => build.RequestId).Order());
        Assert.Empty(_service.Queries.DeadLetters());
        Assert.All(builds, build => Assert.True(build.State is BuildState.Succeeded or BuildState.Failed or BuildState.Cancelled, $"{build}"));
        Assert.All(builds.Where(build => build.State == BuildState.Succeeded), build => Assert.NotNull(build.Snapshot));
        var id = new RepositoryId("harbor", "bookworm");
        Assert.Equal(["a", "b", "c"], _service.Repositories.Files(id, _service.Repositories.Current(id)!.Number).Select(file => file.Name).Distinct().Order());
        Assert.Empty(_service.Repositories.Verify(id).Problems);
        Assert.Equal(0, _service.Scalar<int>("SELECT count(*) FROM builds_outbox"));
        Assert.InRange(requests.Count, wanted, int.MaxValue);
        TestContext.Current.TestOutputHelper!.WriteLine($"{round} kills, {requests.Count} requests: " + string.Join(", ", builds.CountBy(build => build.State).Select(state => $"{state.Value} {state.Key}")));
        Assert.Equal(0, _service.Scalar<int>("SELECT count(*) FROM builds_attempt WHERE state IN ('leased', 'preparing', 'building', 'collecting')"));
    }

    private string? Cursor() => _service.Scalar<string?>("SELECT commit_id FROM builds_cursor");

    private async Task RunToTheEndAsync(string[] names)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var run = _service.Roles.RunAsync(stop.Token);
        while (!stop.IsCancellationRequested && !Done(names)) await Task.Delay(50, CancellationToken.None);
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(Done(names), string.Join('\n', _service.Queries.Builds()));
    }

    private bool Done(string[] names) => names.All(name => _service.Queries.Builds(1, $"projects/harbor/{name}") is [var build]
        && build.Commit == _service.Source.Head() && (build.State == BuildState.Failed || build.Snapshot is not null));
}
