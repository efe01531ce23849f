using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Cli.Verbs;
using Slipway.Content;

namespace Slipway.Cli;

/// <summary>All verbs of the executable, and what is the same for each: options, errors, exit codes.</summary>
internal static class CommandTree
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var parsed = Create().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"error: {error.Message}");
            Console.Error.WriteLine($"Try: {UsageHint(parsed.CommandResult)} --help");
            return ExitCodes.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is not NullReferenceException || !parsed.GetValue(GlobalOptions.Debug))
        {
            return Report(failure, parsed.GetValue(GlobalOptions.Debug));
        }
    }

    public static RootCommand Create()
    {
        var root = new RootCommand("Slipway builds packages and images from git, and turns them into a rolling operating system.")
        {
            ServeVerb.Create(),
            SignerVerb.Create(),
            RunnerVerb.Create(),
            RunnersVerb.Create(),
            BuildVerb.Create(),
            BuildsVerb.Create(),
            RepoVerb.Create(),
            ReleaseVerb.Create(),
            Verbs.Mix.MixVerb.Create(),
            ContentVerb.Create(),
            DeviceVerb.Create(),
            TraceVerb.Create(),
            MessagesVerb.Create(),
            KeysVerb.Create(),
            SpaceVerbs.Gc(),
            SpaceVerbs.Du(),
            UsersVerb.Create(),
            ConfigVerb.Create(),
            DoctorVerb.Create(),
            CompatVerb.Create(),
            CompletionVerb.Create(),
            ManVerb.Create(),
        };
        foreach (var role in RoleVerbs.All()) root.Add(role);
        foreach (var option in GlobalOptions.All) root.Add(option);
        Examples.AddTo(root);
        return root;
    }

    private static int Report(Exception failure, bool debug)
    {
        Console.Error.WriteLine(failure is SlipwayException ? $"error: {failure.Message}" : $"error: {failure.GetType().Name}: {failure.Message}");
        if (debug) Console.Error.WriteLine(failure.StackTrace);
        return failure switch
        {
            SlipwayException { Kind: FailureKind.Usage } => ExitCodes.Usage,
            SlipwayException { Kind: FailureKind.Unreachable } => ExitCodes.Unreachable,
            SlipwayException { Kind: FailureKind.Blocked } => ExitCodes.Blocked,
            ConfigException => ExitCodes.Usage,
            _ => ExitCodes.Failed,
        };
    }

    private static string UsageHint(CommandResult result)
    {
        var names = new List<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult { Command: var command })
                names.Insert(0, command is RootCommand ? "slipway" : command.Name);
        return string.Join(' ', names);
    }
}

/// <summary>The exit codes of Slipway's own verbs.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Blocked = 4;
}
