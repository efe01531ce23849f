using System.Diagnostics;

namespace Slipway.Harbor;

/// <summary>Prints each step as it happens, and keeps what the closing table needs: seconds, and the service's peak memory.</summary>
internal sealed class Steps(Service service)
{
    private readonly List<(string Title, double Seconds, long PeakMemory, string Result)> _done = [];
    private readonly Stopwatch _whole = Stopwatch.StartNew();

    public double TotalSeconds => _whole.Elapsed.TotalSeconds;

    public async Task RunAsync(string title, Func<Task<string>> step)
    {
        Console.WriteLine($"\n{Bold(title)}");
        var watch = Stopwatch.StartNew();
        service.ForgetPeakMemory();
        var result = await step();
        _done.Add((title, watch.Elapsed.TotalSeconds, service.ReadPeakMemory(), result));
        Console.WriteLine($"  {Green("done")} in {watch.Elapsed.TotalSeconds:F1} s: {result}");
    }

    public void Say(string text) => Console.WriteLine($"  {_whole.Elapsed.TotalSeconds,6:F1} s  {text}");

    public void PrintTable(string title)
    {
        Console.WriteLine($"\n{Bold(title)}");
        foreach (var (step, seconds, peak, result) in _done)
            Console.WriteLine($"  {seconds,7:F1} s  {peak / 1e6,5:F0} MB  {step,-52} {(result.Length > 100 ? result[..97] + "..." : result)}");
        Console.WriteLine($"  {TotalSeconds,7:F1} s  in all");
    }

    private static string Bold(string text) => Console.IsOutputRedirected ? text : $"\e[1m{text}\e[0m";

    private static string Green(string text) => Console.IsOutputRedirected ? text : $"\e[32m{text}\e[0m";
}
