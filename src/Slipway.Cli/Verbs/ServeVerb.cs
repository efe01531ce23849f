using System.CommandLine;

namespace Slipway.Cli.Verbs;

internal static class ServeVerb
{
    public static Command Create() => new("serve", "x");
}
