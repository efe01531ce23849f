using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>Runs one verb that is a client of the service.</summary>
internal static class Service
{
    public static async Task<int> CallAsync(ParseResult parsed, Func<ServiceClient, Output, Task> call)
    {
        using var service = new ServiceClient(parsed);
        await call(service, new Output(parsed));
        return ExitCodes.Done;
    }
}
