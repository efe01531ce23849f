using System.Globalization;
using Slipway.Updates;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: bench-content DIR VERSION [PREVIOUS [FROM,...]] [--bundles=A,B] [--small] [--explain]");
    return 2;
}

var numbers = args.Skip(1).Where(a => !a.StartsWith('-')).ToArray();
var watch = System.Diagnostics.Stopwatch.StartNew();
var report = ContentCreation.Create(new CreateOptions
{
    StateDirectory = args[0],
    Version = Number(numbers[0]),
    Previous = numbers.Length > 1 ? Number(numbers[1]) : 0,
    DeltasFrom = numbers.Length > 2 ? [.. numbers[2].Split(',').Select(Number)] : [],
    Bundles = args.FirstOrDefault(a => a.StartsWith("--bundles=", StringComparison.Ordinal))?["--bundles=".Length..].Split(','),
    Format = 30,
    Fullfiles = !args.Contains("--no-fullfiles"),
    Packs = !args.Contains("--no-packs"),
    Timestamp = 1_800_000_000,
    Profile = args.Contains("--small") ? ContentProfile.Small : ContentProfile.Default,
    Explain = args.Contains("--explain") ? Console.WriteLine : null,
});
var wall = watch.Elapsed;
foreach (var (phase, time) in report.Phases) Print(phase, time.TotalSeconds, "s");
Print("wall", wall.TotalSeconds, "s");
Print("processor", Environment.CpuUsage.TotalTime.TotalSeconds, "s");
Print("input", report.ContentBytes / 1e6, "MB");
Print("speed", report.ContentBytes / 1e6 / wall.TotalSeconds, "MB/s");
Print("peak memory", Environment.WorkingSet > 0 ? PeakMemory() / 1e6 : 0, "MB");
Work("fullfiles", report.Fullfiles);
Work("pack groups", report.PackGroups);
Work("zero packs", report.ZeroPacks);
Work("deltas", report.Deltas);
Work("delta packs", report.DeltaPacks);
Work("manifest deltas", report.ManifestDeltas);
return 0;

static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

static void Print(string what, double value, string unit) =>
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-18}{value,12:F2} {unit}"));

static void Work(string what, WorkCount count) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{what,-18}{count.Made,8} made {count.Reused,8} reused {count.Bytes / 1e6,10:F2} MB"));

static double PeakMemory() =>
    double.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
