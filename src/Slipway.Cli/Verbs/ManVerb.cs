using System.CommandLine;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway man`: the manual pages, made from the command tree.</summary>
internal static class ManVerb
{
    public static Command Create()
    {
        var names = new Argument<string[]>("COMMAND") { Description = "Whose page to print: repo promote [default: slipway's own]" };
        var write = new Option<string?>("--write") { Description = "Write the pages of all commands into this directory", HelpName = "DIR" };
        var command = new Command("man", "Print or write manual pages") { names, write };
        command.SetAction(parsed =>
        {
            var root = parsed.RootCommandResult.Command;
            if (parsed.GetValue(write) is { } directory) WriteAll(root, directory);
            else Console.Write(ManPage.Write(Find(root, parsed.GetValue(names)!)));
            return ExitCodes.Done;
        });
        return command.WithExamples("slipway man | man -l -", "slipway man repo promote | man -l -", "slipway man --write /usr/local/share/man/man1");
    }

    private static void WriteAll(Command root, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var command in ManPage.AllOf(root))
            AtomicFile.WriteText(Path.Combine(directory, string.Join('-', ManPage.NamesOf(command)) + ".1"), ManPage.Write(command));
    }

    private static Command Find(Command root, IEnumerable<string> names) => names.Aggregate(root, (at, name) =>
        at.Subcommands.FirstOrDefault(below => below.Name == name)
        ?? throw new SlipwayException($"manual page of {name}", $"{string.Join(' ', ManPage.NamesOf(at))} has no such command", "slipway --help") { Kind = FailureKind.Usage });
}
