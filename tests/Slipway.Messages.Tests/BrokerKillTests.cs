using System.Diagnostics;
using System.Text;
using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

public sealed class BrokerKillTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-broker").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private EmbeddedBroker Open() => new(Path.Combine(_directory, "broker.db"), TimeProvider.System);

    [Fact]
    public void Killed_publishers_lose_nothing_they_had_published_and_killed_takers_nothing_at_all()
    {
        var random = new Random(20261120);
        for (var round = 0; round < 4; round++)
        {
            using var publisher = BrokerProcess.Start(_directory, "publish");
            using var taker = BrokerProcess.Start(_directory, "take");
            WaitUntilAtWork("publish", publisher);
            WaitUntilAtWork("take", taker);
            Thread.Sleep(random.Next(50, 300));
            Kill(publisher);
            Kill(taker);
        }

        using var broker = Open();
        var rest = new List<string>();
        while (broker.Poll(new("fedora", "cb-group"), 100) is { Count: > 0 } deliveries)
        {
            foreach (var delivery in deliveries)
            {
                rest.Add(Encoding.ASCII.GetString(delivery.Body));
                Assert.True(broker.Acknowledge(delivery));
            }
        }
        var published = Journal("publish");
        var taken = Journal("take");
        Assert.True(published.Count > 10, "the publishers did something");
        Assert.True(taken.Count > 10, "the takers did something");
        Assert.Equal(taken.Count, taken.Distinct().Count());
        Assert.Empty(taken.Intersect(rest));
        // A taker may die between the acknowledgement and its note, at most once per process.
        Assert.InRange(published.Except(taken).Except(rest).Count(), 0, 4);
    }

    [Fact]
    public void What_a_killed_taker_held_is_free_at_once()
    {
        using var broker = Open();
        broker.Publish([new("fedora", null, "a"u8.ToArray())]);
        using var taker = BrokerProcess.Start(_directory, "hold");
        WaitUntilAtWork("hold", taker, lines: 1);
        Assert.Empty(broker.Poll(new("fedora", "cb-group"), 10));
        Kill(taker);
        Assert.Equal(2, Assert.Single(broker.Poll(new("fedora", "cb-group"), 10)).Times);
    }

    private static void Kill(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }

    private void WaitUntilAtWork(string role, Process process, int lines = 5)
    {
        var file = Path.Combine(_directory, $"{role}-{process.Id}.journal");
        var limit = Stopwatch.StartNew();
        while (!File.Exists(file) || File.ReadAllBytes(file).Count(value => value == '\n') < lines)
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(30), $"the {role} process does nothing");
            Thread.Sleep(10);
        }
    }

    // The last line of a killed process may be cut.
    private List<string> Journal(string role) => [.. Directory.GetFiles(_directory, $"{role}-*.journal")
        .SelectMany(file => File.ReadAllText(file) is var text ? text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries) : [])];
}
