using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Messages.Brokers;

namespace Slipway.Messages.Tests;

/// <summary>A process of its own that publishes and takes messages until it is killed: this test program, told so by its environment.</summary>
internal static class BrokerProcess
{
    private const string Variable = "SLIPWAY_BROKER_CHILD";

    public static Process Start(string directory, string role)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Under the dotnet host the program is the first argument.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(BrokerProcess).Assembly.Location);
        start.Environment[Variable] = $"{role}:{directory}";
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    internal static void WorkWhenToldSo()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(':', 2) is not [var role, var directory]) return;
        using var broker = new EmbeddedBroker(Path.Combine(directory, "broker.db"), TimeProvider.System);
        using var journal = new FileStream(Path.Combine(directory, $"{role}-{Environment.ProcessId}.journal"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
        // Ends by itself should nobody kill it.
        var limit = Stopwatch.StartNew();
        for (var number = 0; limit.Elapsed < TimeSpan.FromSeconds(30); number++)
        {
            if (role == "publish") Publish(broker, journal, $"{Environment.ProcessId}.{number}");
            else Take(broker, journal, acknowledge: role == "take");
        }
        Environment.Exit(0);
    }

    private static void Publish(EmbeddedBroker broker, FileStream journal, string body)
    {
        broker.Publish([new("fedora", null, Encoding.ASCII.GetBytes(body))]);
        journal.Write(Encoding.ASCII.GetBytes(body + "\n"));
    }

    private static void Take(EmbeddedBroker broker, FileStream journal, bool acknowledge)
    {
        foreach (var delivery in broker.Poll(new("fedora", "cb-group"), 3))
        {
            if (acknowledge && !broker.Acknowledge(delivery)) continue;
            journal.Write([.. delivery.Body, (byte)'\n']);
        }
    }
}
