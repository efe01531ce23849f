using System.Diagnostics;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.RabbitMq;
using Slipway.Messages.Tests;

namespace Slipway.Builds.Tests.Requests;

/// <summary>The build service over a broker that it shares with others, and that goes away.</summary>
public sealed class SharedBrokerTests(RabbitServer server) : IClassFixture<RabbitServer>
{
    [Fact]
    public async Task Commits_become_builds_over_RabbitMQ_also_those_pushed_while_it_was_away()
    {
        using var broker = new RabbitBroker(server.Address, TimeProvider.System);
        using var service = new TestService(carrier: broker);
        using var stop = new CancellationTokenSource();
        // Another program's topic: nobody may take what is there.
        broker.Publish([new("payments", null, "not ours"u8.ToArray())]);
        service.WriteDist();
        service.WritePackage("one");
        service.Push();
        var roles = service.Roles;
        Task[] loops = [.. new Func<Task>[] { () => roles.Fetches[0].RunAsync(stop.Token), () => roles.Intake.RunAsync(stop.Token), () => roles.Runner.RunAsync(stop.Token) }.Select(loop => Task.Run(loop))];
        await service.WaitForAsync("one", build => build.State == BuildState.Succeeded);

        server.Kill();
        service.WritePackage("two");
        service.Push();
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        server.Start();
        await service.WaitForAsync("two", build => build.State == BuildState.Succeeded);

        await stop.CancelAsync();
        await Task.WhenAll(loops).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal(2, service.Queries.Builds().Count);
        Assert.Equal(2, Codes(broker).Count(code => code == ResponseCodes.PackageBuildSucceeded));
        var theirs = new Subscription("payments", Topics.RunnerConsumerGroup);
        for (var looks = 0; looks < 100; looks++)
        {
            if (broker.Poll(theirs, 1) is [var untouched])
            {
                Assert.Equal(("not ours", 1), (System.Text.Encoding.UTF8.GetString(untouched.Body), untouched.Times));
                return;
            }
            await broker.WaitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Fail("what was published for others is gone");
    }

    // Answers are sent again when their confirmation did not come, so each counts once for its request.
    private static List<string> Codes(RabbitBroker broker)
    {
        using var reader = broker.OpenReader(Topics.Response);
        var found = new HashSet<(string, string)>();
        for (var limit = Stopwatch.StartNew(); limit.Elapsed < TimeSpan.FromSeconds(20);)
        {
            var read = reader.Read(TimeSpan.FromSeconds(1));
            if (read.Count == 0) break;
            found.UnionWith(read.Select(message => MessageCodec.ReadResponse(message.Body, out _)!).Select(response => (response.RequestId, response.ResponseCode)));
        }
        return [.. found.Select(one => one.Item2)];
    }
}
