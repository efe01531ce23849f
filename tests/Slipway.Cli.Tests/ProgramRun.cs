using System.Diagnostics;

namespace Slipway.Cli.Tests;

internal static class ProgramRun
{
    /// <summary>Runs a program to its end with this text as its standard input.</summary>
    public static (int Exit, string Output, string Error) Run(this ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
