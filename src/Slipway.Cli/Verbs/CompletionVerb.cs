using System.CommandLine;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway completion`: tab completion, answered by the executable's own command tree.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _slipway() {
            local line="${COMP_LINE:0:COMP_POINT}"
            mapfile -t COMPREPLY < <(slipway "[suggest:${#line}]" "$line" 2>/dev/null | grep -- "^${COMP_WORDS[COMP_CWORD]}")
        }
        complete -F _slipway slipway
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash" };
        var command = new Command("completion", "Print the completion script of a shell: eval \"$(slipway completion bash)\"") { shell };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(shell) != "bash")
                throw new SlipwayException("completion", $"no script for {parsed.GetValue(shell)}", "slipway completion bash") { Kind = FailureKind.Usage };
            Console.WriteLine(Bash);
            return ExitCodes.Done;
        });
        return command;
    }
}
