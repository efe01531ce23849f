using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Slipway.Cli;

/// <summary>Examples below a command's own help; the lists of commands stay short.</summary>
internal static class Examples
{
    private static readonly Dictionary<Command, string[]> Known = [];

    public static Command WithExamples(this Command command, params string[] examples)
    {
        Known[command] = examples;
        return command;
    }

    /// <summary>The examples of a command; none where it has none.</summary>
    public static IReadOnlyList<string> Of(Command command) => Known.GetValueOrDefault(command, []);

    /// <summary>Makes the help of every command below this one end with its examples.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpThenExamples((SynchronousCommandLineAction)help.Action!);
    }

    private sealed class HelpThenExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        // Help is asked for where required arguments are missing, too.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (!Known.TryGetValue(parseResult.CommandResult.Command, out var examples)) return code;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
            foreach (var example in examples) output.WriteLine("  " + example);
            output.WriteLine();
            return code;
        }
    }
}
