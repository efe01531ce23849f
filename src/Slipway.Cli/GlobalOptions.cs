using System.CommandLine;

namespace Slipway.Cli;

/// <summary>Options that every verb takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON document (or one object a line) instead of text",
        Recursive = true,
    };

    public static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Print the stack trace of an error",
        Recursive = true,
    };

    public static readonly Option<string?> Data = new("--data")
    {
        Description = "Data directory [default: $SLIPWAY_DATA, else /var/lib/slipway for root, else below $XDG_DATA_HOME]",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Option<string?> Server = new("--server")
    {
        Description = "URL of the service [default: $SLIPWAY_SERVER, else the socket of the data directory]",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly IReadOnlyList<Option> All = [Json, Debug, Data, Server];

    public static string DataDirectory(ParseResult parsed) => DataDirectory(parsed.GetValue(Data));

    public static string DataDirectory(string? given)
    {
        if (given is { Length: > 0 }) return Path.GetFullPath(given);
        if (Environment.GetEnvironmentVariable("SLIPWAY_DATA") is { Length: > 0 } fromEnvironment) return Path.GetFullPath(fromEnvironment);
        if (Environment.IsPrivilegedProcess) return "/var/lib/slipway";
        var share = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
        return Path.Combine(share, "slipway");
    }
}
