using System.Diagnostics;

namespace Slipway.Updates.Tests;

/// <summary>The openssl command, the reference for what a signature is.</summary>
internal static class OpenSsl
{
    public static (int ExitCode, string Errors) Run(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, errors);
    }

    public static void Require(string directory, params string[] arguments)
    {
        var (code, errors) = Run(directory, arguments);
        Assert.True(code == 0, $"openssl {string.Join(' ', arguments)}: {errors}");
    }

    public static bool Verifies(string directory, string content, string signature, string root) =>
        Run(directory, "smime", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", content, "-purpose", "any", "-CAfile", root).ExitCode == 0;
}
