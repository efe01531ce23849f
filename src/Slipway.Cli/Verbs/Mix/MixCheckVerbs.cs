using System.CommandLine;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix build validate` and `image`.</summary>
internal static class MixCheckVerbs
{
    public static IEnumerable<Command> All() => [];
}
