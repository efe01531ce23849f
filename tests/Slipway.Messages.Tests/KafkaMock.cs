using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slipway.Messages.Brokers;
using Slipway.Messages.Brokers.Kafka;

namespace Slipway.Messages.Tests;

/// <summary>
/// The Kafka that tests speak to: the one that SLIPWAY_TEST_KAFKA names, else librdkafka's mock cluster in a process of its own
/// (this test program, told so by its environment), which speaks the real protocol but keeps nothing over a restart.
/// </summary>
public sealed partial class KafkaMock : IDisposable
{
    private const string Variable = "SLIPWAY_KAFKA_MOCK";
    private const string Library = "librdkafka.so.1";
    private readonly Process? _host;

    public KafkaMock()
    {
        if (Real is { } real)
        {
            Address = new BrokerAddress { Hosts = real };
            return;
        }
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(KafkaMock).Assembly.Location);
        start.Environment[Variable] = "yes";
        _host = Process.Start(start)!;
        Address = new BrokerAddress { Hosts = _host.StandardOutput.ReadLine()! };
    }

    public static string? Real => Environment.GetEnvironmentVariable("SLIPWAY_TEST_KAFKA") is { Length: > 0 } hosts ? hosts : null;

    public BrokerAddress Address { get; }

    public void Dispose()
    {
        if (_host is null) return;
        _host.Kill();
        _host.WaitForExit();
        _host.Dispose();
    }

    [ModuleInitializer]
    internal static unsafe void HostWhenToldSo()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 }) return;
        var client = RdKafka.New(RdKafka.Producer, RdKafka.ConfNew(), null, 0);
        var cluster = NewCluster(client, 1);
        Console.WriteLine(Marshal.PtrToStringUTF8(Bootstraps(cluster)));
        // Ends with whoever started it.
        Console.In.ReadToEnd();
        Environment.Exit(0);
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial nint NewCluster(nint client, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial nint Bootstraps(nint cluster);
}
