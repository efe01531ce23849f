using System.Diagnostics;
using System.Globalization;

namespace Slipway.Harbor;

/// <summary>The closing table: times, peak memory and bytes, beside what the machine takes for a known amount of work.</summary>
internal static class Figures
{
    private const int YardstickBytes = 32 << 20;

    public static async Task PrintAsync(Service service, Steps steps, MainJob job, CancellationToken cancellation)
    {
        steps.PrintTable("Steps: time, peak memory of slipway serve");
        Console.WriteLine("\nFigures");
        foreach (var build in (await service.GetAsync("/api/v1/builds?limit=200", cancellation)).AsArray().Reverse())
            if ($"{build!["state"]}" == "succeeded")
                Line($"build {build["id"]}, {build["name"]} for {build["target"]}",
                    string.Create(CultureInfo.InvariantCulture, $"root {Seconds(build["prepareSeconds"])}, build {Seconds(build["buildSeconds"])}, peak {Megabytes((long?)build["peakMemoryBytes"] ?? 0)}"));
        if (job.PushToSwitchSeconds is { } pushed) Line("git push to channel switch", string.Create(CultureInfo.InvariantCulture, $"{pushed:F1} s"));
        await PacksAsync(service, cancellation);
        await YardsticksAsync(service, cancellation);
    }

    private static Task PacksAsync(Service service, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var www = Path.Combine(service.Data, "streams", "harbor", "www");
        long zero = 0, delta = 0;
        foreach (var pack in Directory.EnumerateFiles(Path.Combine(www, "20"), "pack-*-from-10.tar")) delta += new FileInfo(pack).Length;
        foreach (var bundle in Directory.EnumerateFiles(Path.Combine(www, "20"), "pack-*-from-0.tar")) zero += new FileInfo(bundle).Length;
        Line("version 20: delta packs from 10", string.Create(CultureInfo.InvariantCulture,
            $"{delta:N0} bytes, {(zero == 0 ? 0 : 100.0 * delta / zero):F1}% of the same bundles' zero packs ({zero:N0} bytes)"));
        return Task.CompletedTask;
    }

    private static async Task YardsticksAsync(Service service, CancellationToken cancellation)
    {
        var sample = Path.Combine(service.Data, "job", "yardstick");
        await using (var to = File.Create(sample))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(service.Data, "job", "device", "usr/bin")).Order(StringComparer.Ordinal))
            {
                if (to.Length >= YardstickBytes) break;
                if (new FileInfo(file).LinkTarget is not null) continue;
                await using var from = File.OpenRead(file);
                await from.CopyToAsync(to, cancellation);
            }
        }
        var megabytes = new FileInfo(sample).Length / 1e6;
        foreach (var (name, program, arguments) in new[] { ("sha256sum", "sha256sum", new[] { sample }), ("xz -6 -T1", "xz", ["-6", "-T1", "--keep", "--force", sample]) })
        {
            var watch = Stopwatch.StartNew();
            await Programs.RunAsync(program, arguments, cancellation);
            Line($"yardstick: {name}", string.Create(CultureInfo.InvariantCulture, $"{megabytes:F0} MB in {watch.Elapsed.TotalSeconds:F2} s"));
        }
        File.Delete(sample);
        File.Delete(sample + ".xz");
    }

    private static void Line(string what, string value) => Console.WriteLine($"  {what,-44} {value}");

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB");

    private static string Seconds(object? value) => value is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{double.Parse($"{value}", CultureInfo.InvariantCulture):F1} s");
}
