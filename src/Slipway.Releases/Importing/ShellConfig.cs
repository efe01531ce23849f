using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Releases.Importing;

internal enum StatementKind { Nothing, Assignment, Function, Other }

/// <summary>One statement of a shell file that sets variables and defines functions; nothing of it is ever run.</summary>
/// <param name="Name">Of the variable or function.</param>
/// <param name="Value">Of an assignment: the value; null where only a shell could tell it.</param>
internal sealed record ShellStatement(int Line, StatementKind Kind, string Text, string Name = "", string? Value = null);

/// <summary>Reads config.sh by its words alone.</summary>
internal static partial class ShellConfig
{
    private const int MaxLines = 20_000;

    public static IReadOnlyList<ShellStatement> Read(string text)
    {
        var lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n', MaxLines);
        var known = new Dictionary<string, string?>(StringComparer.Ordinal);
        var statements = new List<ShellStatement>();
        for (var i = 0; i < lines.Length;)
        {
            var (statement, next) = At(lines, i, known);
            statements.Add(statement);
            i = next;
        }
        return statements;
    }

    [GeneratedRegex(@"^\s*(?:(?:export|readonly|declare\s+-[rx]+)\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$", RegexOptions.Singleline)]
    private static partial Regex AssignmentPattern();

    [GeneratedRegex(@"^\s*:\s+""?\$\{([A-Za-z_][A-Za-z0-9_]*):?=(.*)\}""?\s*$")]
    private static partial Regex DefaultPattern();

    [GeneratedRegex(@"^(\s*)(?:function\s+)?([A-Za-z_][A-Za-z0-9_-]*)\s*\(\s*\)\s*(\{.*)?$|^(\s*)function\s+([A-Za-z_][A-Za-z0-9_-]*)\s*(\{.*)?$")]
    private static partial Regex FunctionPattern();

    private static (ShellStatement, int Next) At(string[] lines, int at, Dictionary<string, string?> known)
    {
        var line = lines[at];
        if (line.Trim().Length == 0 || line.TrimStart().StartsWith('#'))
            return (new(at + 1, StatementKind.Nothing, line), at + 1);
        if (FunctionPattern().Match(line) is { Success: true } function)
        {
            var end = EndOfFunction(lines, at);
            return (new(at + 1, StatementKind.Function, string.Join('\n', lines[at..end]), function.Groups[2].Success ? function.Groups[2].Value : function.Groups[5].Value), end);
        }
        if (DefaultPattern().Match(line) is { Success: true } unset)
            return (Assigned(at, line, unset.Groups[1].Value, unset.Groups[2].Value, known), at + 1);
        var (whole, next) = Quoted(lines, at);
        return AssignmentPattern().Match(whole) is { Success: true } set
            ? (Assigned(at, whole, set.Groups[1].Value, set.Groups[2].Value, known), next)
            : (new(at + 1, StatementKind.Other, line), at + 1);
    }

    private static ShellStatement Assigned(int at, string text, string name, string value, Dictionary<string, string?> known)
    {
        var read = Value(value, known);
        known[name] = read;
        return new(at + 1, StatementKind.Assignment, text, name, read);
    }

    // A body ends with a brace that is as far in as its head, which is how such files are written.
    private static int EndOfFunction(string[] lines, int at)
    {
        if (lines[at].TrimEnd().EndsWith('}'))
            return at + 1;
        var indent = lines[at].Length - lines[at].TrimStart().Length;
        for (var i = at + 1; i < lines.Length; i++)
            if (lines[i].TrimEnd() == new string(' ', indent) + "}" || (indent == 0 && lines[i].StartsWith('}')))
                return i + 1;
        return lines.Length;
    }

    /// <summary>A line, with those after it that its quotes reach over.</summary>
    private static (string Text, int Next) Quoted(string[] lines, int at)
    {
        var text = lines[at];
        var next = at + 1;
        for (; next < lines.Length && (IsOpen(text) || text.EndsWith('\\')); next++)
            text += "\n" + lines[next];
        return (text, next);
    }

    private static bool IsOpen(string text)
    {
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quote != '\'')
                i++;
            else if (quote == '\0' && text[i] is '"' or '\'')
                quote = quote == '\0' ? text[i] : quote;
            else if (quote != '\0' && text[i] == quote)
                quote = '\0';
            else if (quote == '\0' && text[i] == '#' && (i == 0 || char.IsWhiteSpace(text[i - 1])))
                break;
        }
        return quote != '\0';
    }

    /// <summary>The word that a shell would make of it; null where it would have to run something or know more.</summary>
    private static string? Value(string text, Dictionary<string, string?> known)
    {
        var value = new StringBuilder();
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote == '\'')
            {
                if (c == '\'') quote = '\0';
                else value.Append(c);
            }
            else if (c == '\\' && i + 1 < text.Length)
            {
                if (text[++i] != '\n') value.Append(text[i]);
            }
            else if (c is '"' or '\'' && (quote == '\0' || quote == c))
                quote = quote == '\0' ? c : '\0';
            else if (c == '$')
            {
                if (Variable(text, ref i, known) is not { } inner) return null;
                value.Append(inner);
            }
            else if (c == '`' || (quote == '\0' && c is '(' or '|' or '&' or '<' or '>'))
                return null;
            else if (quote == '\0' && (char.IsWhiteSpace(c) || c == ';'))
                return text[i..].Trim() is var rest && (rest.Length == 0 || rest[0] is '#' || rest == ";") ? value.ToString() : null;
            else
                value.Append(c);
        }
        return value.ToString();
    }

    private static string? Variable(string text, ref int at, Dictionary<string, string?> known)
    {
        var match = VariablePattern().Match(text, at);
        if (!match.Success || match.Index != at)
            return null;
        at += match.Length - 1;
        var name = match.Groups[1].Success ? match.Groups[1].Value : match.Groups[3].Value;
        return known.TryGetValue(name, out var value) && value is { Length: > 0 } ? value : match.Groups[2].Success ? match.Groups[2].Value : known.ContainsKey(name) ? value : null;
    }

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}$`]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex VariablePattern();
}
