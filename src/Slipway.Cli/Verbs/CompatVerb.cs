using System.CommandLine;
using Slipway.Cli.Compat;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway compat`: the ancestor's programs by name. A known name never comes here: its command line is read by its own rules.</summary>
internal static class CompatVerb
{
    public static Command Create()
    {
        var names = string.Join(", ", CloudBuilderPrograms.All.Select(program => program.Name));
        var name = new Argument<string>("NAME") { Description = names };
        var command = new Command("compat", "Be one of cloud-builder's programs, with its own options") { name };
        command.SetAction(parsed =>
        {
            Console.Error.WriteLine($"error: compat {parsed.GetValue(name)}: there is no such program. Try: one of {names}");
            return ExitCodes.Usage;
        });
        return command.WithExamples("slipway compat cb-ctl --watch", "ln -s slipway /usr/bin/cb-ctl");
    }
}
