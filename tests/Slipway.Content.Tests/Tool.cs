using System.Diagnostics;

namespace Slipway.Content.Tests;

/// <summary>Runs a program of the system as the other side of a format.</summary>
internal static class Tool
{
    public static byte[] Run(string program, params string[] arguments) => Feed(program, [], arguments);

    public static byte[] Feed(string program, byte[] input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        Task.WaitAll([reading, error], 30_000, TestContext.Current.CancellationToken);
        Assert.True(process.WaitForExit(30_000), $"{program} does not end");
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}");
        return output.ToArray();
    }
}
