using System.Diagnostics;

namespace Slipway.Bench.Content;

/// <summary>What a well-known program takes on this machine, now.</summary>
internal sealed record Yardstick(double Wall, double Processor, double Megabytes)
{
    /// <summary>Runs a pipeline of the shell over a file, named $1 in it.</summary>
    public static Yardstick Of(string pipeline, string file)
    {
        var output = Shell("TIMEFORMAT='%R %U %S'; { time { " + pipeline + "; } | wc -c; } 2>&1", file);
        var numbers = output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Numbers.Parse).ToArray();
        return new Yardstick(numbers[1], numbers[2] + numbers[3], numbers[0] / 1e6);
    }

    public static string Shell(string script, params string[] arguments) => Start("bash", ["-c", script, "bench", .. arguments]);

    public static string Start(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed with {process.ExitCode}");
    }
}
