using System.Text.RegularExpressions;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Kiwi;

/// <summary>The conditions of an OBS build configuration, line by line: which lines hold for one architecture.</summary>
/// <param name="file">For messages.</param>
/// <param name="architecture">What %ifarch asks for.</param>
/// <param name="macros">What is defined before the first line; `%define` adds to it.</param>
internal sealed partial class ObsConditions(string file, string architecture, Dictionary<string, string> macros)
{
    private const int MaxNesting = 64, MaxLength = 4096;

    private readonly Stack<Branch> _branches = new();

    private bool Holds => _branches.Count == 0 || _branches.Peek().Holds;

    /// <summary>True for a line that says something that holds; conditions and definitions are followed and say nothing themselves.</summary>
    /// <param name="inMacros">Inside `Macros:`, where a definition is a line as any other too.</param>
    /// <exception cref="RecipeException">A condition cannot be evaluated, with the line.</exception>
    internal bool Says(string line, int number, bool inMacros)
    {
        if (Directive().Match(line) is not { Success: true } directive)
            return Holds;
        var (word, rest, place) = (directive.Groups["word"].Value, directive.Groups["rest"].Value.Trim(), $"{file}:{number}");
        if (rest.Length > MaxLength)
            throw new RecipeException($"{place}: it is longer than {MaxLength} letters");
        switch (word)
        {
            case "if" or "ifarch" or "ifnarch" when _branches.Count == MaxNesting:
                throw new RecipeException($"{place}: more than {MaxNesting} conditions in one another");
            case "if" or "ifarch" or "ifnarch":
                var within = Holds;
                var here = within && IsTrue(word, rest, place);
                _branches.Push(new(within, here, here));
                return false;
            case "elif" or "elifarch":
                var before = Pop(word, place);
                var now = before is { Within: true, Taken: false } && IsTrue(word[2..], rest, place);
                _branches.Push(before with { Holds = now, Taken = before.Taken || now });
                return false;
            case "else":
                var first = Pop(word, place);
                _branches.Push(first with { Holds = first is { Within: true, Taken: false }, Taken = true });
                return false;
            case "endif":
                Pop(word, place);
                return false;
            default:
                if (Holds && Definition().Match(rest) is { Success: true } definition)
                    macros[definition.Groups["name"].Value] = definition.Groups["body"].Value.Trim();
                return Holds && inMacros;
        }
    }

    /// <exception cref="RecipeException">A condition has no end.</exception>
    internal void Finish()
    {
        if (_branches.Count > 0)
            throw new RecipeException($"{file}: {_branches.Count} %if without %endif");
    }

    private Branch Pop(string word, string place) =>
        _branches.TryPop(out var branch) ? branch : throw new RecipeException($"{place}: %{word} without %if");

    private bool IsTrue(string word, string rest, string place) => word switch
    {
        "if" => new ObsExpression(ObsExpression.Expand(rest, macros), place).IsTrue(),
        "arch" or "ifarch" => Names(rest),
        "ifnarch" => !Names(rest),
        _ => false,
    };

    private bool Names(string list) => ObsExpression.Expand(list, macros).Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries).Contains(architecture);

    // Within: the condition around it holds. Taken: one of its branches did already.
    private sealed record Branch(bool Within, bool Holds, bool Taken);

    [GeneratedRegex(@"^\s*%(?<word>ifarch|ifnarch|if|elifarch|elif|else|endif|define|global)(?![A-Za-z0-9_])(?<rest>.*)$")]
    private static partial Regex Directive();

    [GeneratedRegex(@"^(?<name>[A-Za-z_][A-Za-z0-9_]*)(\([^)]*\))?\s+(?<body>.*)$")]
    private static partial Regex Definition();
}
