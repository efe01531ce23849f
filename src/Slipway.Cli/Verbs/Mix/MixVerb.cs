using System.CommandLine;
using System.Globalization;
using Slipway.Compose.Mixing;
using Slipway.Compose.Workspace;
using Slipway.Sandbox;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix`: define and compose an OS in a workspace, with the commands and flags of mixer.</summary>
internal static class MixVerb
{
    private static readonly Option<string?> Config = new("--config", "-c") { Description = "The workspace's configuration [default: builder.conf]", HelpName = "FILE", Recursive = true };
    private static readonly Option<bool> OfflineOption = new("--offline") { Description = "Ask nothing of the network: what was fetched before is taken", Recursive = true };
    private static readonly Option<string?> Log = new("--log") { Description = "Write what is said to this file too [default: Mixer.LOG of builder.conf]", HelpName = "FILE", Recursive = true };
    private static readonly Option<int> LogLevel = new("--log-level") { Description = "1 to 5: 3 says warnings, 4 what is done, 5 why", HelpName = "N", DefaultValueFactory = _ => 4, Recursive = true };

    // The ancestor's profiling and long retired flags: taken, and without effect.
    private static readonly Option[] Ignored =
    [
        new Option<string?>("--cpu-profile") { Hidden = true, Recursive = true },
        new Option<bool>("--new-swupd") { Hidden = true, Recursive = true },
        new Option<bool>("--new-config") { Hidden = true, Recursive = true },
        new Option<bool>("--native") { Hidden = true, Recursive = true },
    ];

    public static Command Create()
    {
        var command = Filled(new Command("mix", "Define and compose an OS in a workspace, with mixer's commands"));
        return command.WithExamples("slipway mix init --type deb --from-host", "slipway mix bundle add editors", "slipway mix build all --increment");
    }

    /// <summary>Gives a command all of mixer's.</summary>
    public static Command Filled(Command command)
    {
        foreach (var below in (Command[])[
            MixInitVerb.Create(), MixBundleVerb.Create(), MixBuildVerb.Create(), MixVersionsVerb.Create(), MixRepoVerb.Create(), MixConfigVerb.Create(), MixRepoVerb.AddPackagesVerb(), MixConfigVerb.Reset()])
            command.Add(below);
        foreach (var option in (Option[])[Config, OfflineOption, Log, LogLevel, .. Ignored])
            command.Add(option);
        return command;
    }

    public static string Directory => Environment.CurrentDirectory;

    public static string? ConfigFile(ParseResult parsed) => parsed.GetValue(Config);

    public static bool Offline(ParseResult parsed) => parsed.GetValue(OfflineOption);

    public static MixWorkspace Open(ParseResult parsed) =>
        MixWorkspace.Open(Directory, ConfigFile(parsed), Environment.GetEnvironmentVariable, TimeProvider.System, text => Say(parsed, null, 3, "warning: " + text));

    /// <summary>Opens the workspace for a change, and does it.</summary>
    public static async Task<int> ChangeAsync(ParseResult parsed, string purpose, Func<MixWorkspace, MixTools, Task<int>> change)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var workspace = Open(parsed);
        using var held = workspace.Lock(purpose);
        return await change(workspace, Tools(parsed, workspace, http));
    }

    public static int Change(ParseResult parsed, string purpose, Action<MixWorkspace> change)
    {
        var workspace = Open(parsed);
        using var held = workspace.Lock(purpose);
        change(workspace);
        return ExitCodes.Done;
    }

    public static MixTools Tools(ParseResult parsed, MixWorkspace workspace, HttpClient http) =>
        new(http, text => Say(parsed, workspace, 4, text), SevenZip.IsInstalled ? SevenZip.Compress : null);

    /// <summary>Warnings go to standard error; with --json so does all that is said.</summary>
    public static void Say(ParseResult parsed, MixWorkspace? workspace, int level, string text)
    {
        if (level > parsed.GetValue(LogLevel)) return;
        var file = parsed.GetValue(Log) ?? workspace?.Config.Log;
        if (file is { Length: > 0 }) File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm:ss} {text}\n"));
        if (level < 4 || parsed.GetValue(GlobalOptions.Json)) Console.Error.WriteLine(text);
        else Console.WriteLine(text);
    }

    /// <summary>Where --explain is asked for, or a log level of 5.</summary>
    public static Action<string>? Explainer(ParseResult parsed, bool asked) =>
        asked || parsed.GetValue(LogLevel) >= 5 ? Console.Error.WriteLine : null;

    /// <summary>Commits the workspace, as --git asks.</summary>
    public static void Commit(string message)
    {
        Git("add", "--all", ".");
        // Nothing to commit is no failure.
        if (!ChildProcess.Run(Command("diff", "--cached", "--quiet")).Succeeded) Git("commit", "--quiet", "--message", message);
    }

    public static void Git(params string[] arguments) => ChildProcess.Run(Command(arguments)).Require($"git {arguments[0]}");

    private static ChildCommand Command(params string[] arguments) => new("git", arguments)
    {
        WorkingDirectory = Directory,
        Environment = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/nonexistent",
            ["LANG"] = "C.UTF-8",
        },
    };
}
