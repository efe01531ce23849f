using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Sandbox;
using Slipway.Updates;

namespace Slipway.Bench.Content;

/// <summary>One version made once, and what that took.</summary>
internal sealed partial record Step(double Wall, double Processor, double Peak, double ChildPeak, double Input, int Made, double[] Megabytes)
{
    public static readonly string[] Kinds = ["fullfiles", "zero packs", "delta packs", "delta files", "manifests"];

    /// <summary>In this process: DIR VERSION PREVIOUS DELTASFROM PROFILE. Prints one line for <see cref="Parse"/>.</summary>
    public static int Run(string[] args)
    {
        uint version = Number(args[1]), previous = Number(args[2]), from = Number(args[3]);
        var info = Path.Combine(args[0], "image", args[1]);
        var watch = Stopwatch.StartNew();
        var report = ContentCreation.Create(new CreateOptions
        {
            StateDirectory = args[0],
            Version = version,
            Previous = previous,
            DeltasFrom = from == 0 ? [] : [from],
            Bundles = [.. Directory.GetFiles(info, "*-info").Select(f => Path.GetFileName(f)[..^"-info".Length]).Order(StringComparer.Ordinal)],
            Format = 30,
            Timestamp = 1_800_000_000,
            Xz = SevenZip.Compress,
            Profile = Enum.Parse<ContentProfile>(args[4]),
        });
        var wall = watch.Elapsed.TotalSeconds;
        var made = report.Fullfiles.Made + report.PackGroups.Made + report.ZeroPacks.Made + report.Deltas.Made + report.DeltaPacks.Made;
        var manifests = Directory.GetFiles(Path.Combine(args[0], "www", args[1]), "Manifest.*").Where(f => !f.EndsWith(".tar", StringComparison.Ordinal));
        var children = UsageOfChildren();
        double[] numbers =
        [
            wall, Environment.CpuUsage.TotalTime.TotalSeconds + children.Seconds, PeakMegabytes(), children.PeakMegabytes, report.ContentBytes / 1e6, made,
            report.Fullfiles.Bytes / 1e6, report.ZeroPacks.Bytes / 1e6, report.DeltaPacks.Bytes / 1e6, report.Deltas.Bytes / 1e6,
            manifests.Sum(f => new FileInfo(f).Length) / 1e6,
        ];
        Console.WriteLine(string.Join(' ', numbers.Select(n => n.In("F4"))));
        return 0;
    }

    public static Step Parse(string line)
    {
        var n = line.Split(' ').Select(Numbers.Parse).ToArray();
        return new Step(n[0], n[1], n[2], n[3], n[4], (int)n[5], n[6..]);
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>getrusage of all ended children: their processor time together, and the most memory of one.</summary>
    private static unsafe (double Seconds, double PeakMegabytes) UsageOfChildren()
    {
        const int children = -1;
        var usage = stackalloc long[18]; // struct rusage: user and system time as seconds and microseconds, then ru_maxrss in KiB
        return GetUsage(children, usage) == 0
            ? (usage[0] + usage[2] + (usage[1] + usage[3]) / 1e6, usage[4] * 1024 / 1e6)
            : throw new InvalidOperationException("getrusage failed");
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static unsafe partial int GetUsage(int who, long* usage);

    private static double PeakMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
        return Numbers.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / 1e6;
    }
}
