using System.CommandLine;

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

    private const string Zsh = """
        #compdef slipway
        _slipway() {
            local line="${BUFFER[1,CURSOR]}"
            local -a words
            words=("${(@f)$(slipway "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- $words
        }
        compdef _slipway slipway
        """;

    private const string Fish = """
        function __slipway_suggest
            set -l line (commandline -cp)
            slipway "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c slipway -f -a '(__slipway_suggest)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the completion script of a shell: eval \"$(slipway completion bash)\"") { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
            return ExitCodes.Done;
        });
        return command;
    }
}
