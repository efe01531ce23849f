using System.CommandLine;
using Slipway.Packages.Signing;
using Slipway.State;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway signer`: the one process that holds the keys.</summary>
internal static class SignerVerb
{
    public static Command Create()
    {
        var command = new Command("signer", "Hold the keys and sign for the services of this data directory (slipway serve starts it)");
        command.SetAction(async (parsed, cancellation) =>
        {
            await SignerServer.RunAsync(new DataDirectory(GlobalOptions.DataDirectory(parsed)), cancellation);
            return ExitCodes.Done;
        });
        return command;
    }
}
