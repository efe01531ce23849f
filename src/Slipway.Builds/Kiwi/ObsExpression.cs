using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Kiwi;

/// <summary>An expression as rpm's `%if` takes it: whole numbers and words, compared and combined.</summary>
internal sealed partial class ObsExpression
{
    private const int MaxLength = 16 << 10, MaxDepth = 64;

    private readonly string _text, _place;
    private readonly List<string> _words;
    private int _at;

    /// <param name="text">With every macro expanded.</param>
    /// <param name="place">File and line, for messages.</param>
    internal ObsExpression(string text, string place)
    {
        (_text, _place) = (text.Trim(), place);
        _words = [.. Word().Matches(_text).Select(m => m.Value)];
    }

    /// <exception cref="RecipeException">It is no expression.</exception>
    internal bool IsTrue()
    {
        var value = Any(0);
        return _at == _words.Count ? Truth(value) : throw Bad();
    }

    /// <summary>Replaces %name, %{name}, %{?name}, %{?name:text} and %{!?name:text}; a name that is not defined stays as it is, as rpm leaves it.</summary>
    internal static string Expand(string text, IReadOnlyDictionary<string, string> macros, int depth = 0)
    {
        var expanded = new StringBuilder();
        for (var at = 0; at < text.Length && expanded.Length < MaxLength;)
        {
            if (text[at] != '%' || depth == MaxDepth || Macro().Match(text, at) is not { Success: true } macro)
            {
                expanded.Append(text[at++]);
                continue;
            }
            at += macro.Length;
            if (macro.Value == "%%")
                expanded.Append('%');
            else
                expanded.Append(One(macro, macros, depth + 1));
        }
        return expanded.ToString();
    }

    private static string One(Match macro, IReadOnlyDictionary<string, string> macros, int depth)
    {
        var value = macros.GetValueOrDefault(macro.Groups["name"].Value);
        var mode = macro.Groups["mode"].Value;
        var body = macro.Groups["body"] is { Success: true } group ? group.Value[1..] : null;
        if (!mode.Contains('?', StringComparison.Ordinal))
            return value is null ? macro.Value : Expand(value, macros, depth);
        if ((value is null) != mode.Contains('!', StringComparison.Ordinal))
            return "";
        return Expand(body ?? value ?? "", macros, depth);
    }

    private object Any(int depth)
    {
        var left = All(depth);
        while (Take("||"))
            left = Truth(left) | Truth(All(depth)) ? 1L : 0L;
        return left;
    }

    private object All(int depth)
    {
        var left = Comparison(depth);
        while (Take("&&"))
            left = Truth(left) & Truth(Comparison(depth)) ? 1L : 0L;
        return left;
    }

    private object Comparison(int depth)
    {
        var left = Term(depth);
        if (_at == _words.Count || _words[_at] is not ("==" or "!=" or "<" or "<=" or ">" or ">="))
            return left;
        var sign = _words[_at++];
        var order = (left, Term(depth)) switch
        {
            (long a, long b) => a.CompareTo(b),
            (string a, string b) => string.CompareOrdinal(a, b),
            _ => throw Bad(),
        };
        return sign switch { "==" => order == 0, "!=" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 } ? 1L : 0L;
    }

    private object Term(int depth)
    {
        if (depth > MaxDepth || _at == _words.Count)
            throw Bad();
        var word = _words[_at++];
        if (word == "!")
            return Truth(Term(depth + 1)) ? 0L : 1L;
        if (word == "(")
        {
            var inner = Any(depth + 1);
            return Take(")") ? inner : throw Bad();
        }
        if (word.StartsWith('"'))
            return word.Length > 1 && word.EndsWith('"') ? word[1..^1] : throw Bad();
        if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        return char.IsAsciiLetter(word[0]) || word[0] == '_' ? word : throw Bad();
    }

    private static bool Truth(object value) => value is long number ? number != 0 : ((string)value).Length > 0;

    private bool Take(string word)
    {
        if (_at == _words.Count || _words[_at] != word)
            return false;
        _at++;
        return true;
    }

    private RecipeException Bad() => new($"{_place}: `{_text}` cannot be evaluated. Try: compare numbers with numbers and \"words\" with \"words\", and write 0%{{?name}} where a macro may not be defined");

    [GeneratedRegex(@"""[^""]*""?|\|\||&&|==|!=|<=|>=|[<>!()]|[^\s""|&=<>!()]+|\S")]
    private static partial Regex Word();

    // A body may hold braces in pairs.
    [GeneratedRegex(@"\G%(%|(?<mode>[?!]*)(?<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?<mode>[?!]*)(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<body>:((?<open>\{)|(?<-open>\})|[^{}])*(?(open)(?!)))?\})")]
    private static partial Regex Macro();
}
