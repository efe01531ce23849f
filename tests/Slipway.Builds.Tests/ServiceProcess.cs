using System.Diagnostics;
using System.Runtime.CompilerServices;
using Slipway.Packages.Signing;

namespace Slipway.Builds.Tests;

/// <summary>A build service in a process of its own, to be killed: this test program, told so by its environment.</summary>
internal static class ServiceProcess
{
    private const string Variable = "SLIPWAY_BUILDS_CHILD";

    public static Process Start(string directory, string signerSocket)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Under the dotnet host the program is the first argument.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(ServiceProcess).Assembly.Location);
        start.Environment[Variable] = $"{signerSocket}:{directory}";
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    internal static void WorkWhenToldSo()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(':', 2) is not [var socket, var directory]) return;
        // Ends by itself should nobody kill it.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var service = new TestService(new SignerClient(socket), directory: directory);
        service.Roles.RunAsync(limit.Token).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
