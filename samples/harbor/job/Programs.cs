using System.Diagnostics;
using System.Text;

namespace Slipway.Harbor;

/// <summary>Runs the programs that a user of the sample would run by hand.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end; throws with its last words when it fails.</summary>
    public static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellation, string? directory = null)
    {
        var (exitCode, output, errors) = await TryAsync(program, arguments, cancellation, directory);
        return exitCode == 0
            ? output
            : throw new JobException($"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{Tail(output)}\n{Tail(errors)}");
    }

    public static async Task<(int ExitCode, string Output, string Errors)> TryAsync(
        string program, string[] arguments, CancellationToken cancellation, string? directory = null)
    {
        using var process = Start(program, arguments, directory);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public static Process Start(string program, string[] arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = directory ?? "",
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        var process = Process.Start(start) ?? throw new JobException($"{program} did not start");
        process.StandardInput.Close();
        return process;
    }

    private static string Tail(string text) => text.Length <= 3000 ? text : "..." + text[^3000..];
}

/// <summary>A step of the job did not give what it must.</summary>
internal sealed class JobException(string message) : Exception(message);
