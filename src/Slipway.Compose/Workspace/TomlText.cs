using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Compose.Workspace;

/// <summary>One value of a TOML file: a text, true or false, or a list of texts.</summary>
internal sealed record TomlValue(string Section, string Key, int Line, IReadOnlyList<string> Texts, bool IsList);

/// <summary>
/// Reads the part of TOML that builder.conf and mixer.state are written in: tables, strings of both kinds, booleans, numbers and lists of
/// strings. Booleans and numbers are kept as their text.
/// </summary>
internal sealed class TomlText
{
    private const int MaxLength = 1 << 20;
    private readonly string _file;
    private readonly string _text;
    private readonly ICollection<ConfigError> _errors;
    private readonly List<TomlValue> _values = [];
    private int _at;
    private int _line = 1;

    private TomlText(string file, string text, ICollection<ConfigError> errors)
    {
        _file = file;
        _text = text;
        _errors = errors;
    }

    public static IReadOnlyList<TomlValue> Read(string file, string text, ICollection<ConfigError> errors)
    {
        if (text.Length > MaxLength)
        {
            errors.Add(new ConfigError(file, 1, $"the file has more than {MaxLength} characters", "Keep configuration small"));
            return [];
        }
        var reading = new TomlText(file, text, errors);
        reading.ReadAll();
        return reading._values;
    }

    /// <summary>A string as TOML writes it.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    private void ReadAll()
    {
        var section = "";
        var seen = new HashSet<(string, string)>();
        for (; _at < _text.Length; SkipLine())
        {
            SkipBlanks();
            if (AtEnd || Peek is '\n' or '#')
                continue;
            if (Peek == '[')
            {
                section = Section();
                continue;
            }
            var line = _line;
            var key = Key();
            if (key.Length == 0)
                continue;
            if (Value() is not { } value || !EndOfLine(key))
                continue;
            if (!seen.Add((section, key)))
                Fail(line, $"the key {key} is given twice in [{section}]", "Keep one of them");
            else
                _values.Add(new TomlValue(section, key, line, value.Texts, value.IsList));
        }
    }

    private bool AtEnd => _at >= _text.Length;

    private char Peek => AtEnd ? '\n' : _text[_at];

    private void Fail(int line, string message, string remedy) => _errors.Add(new ConfigError(_file, line, message, remedy));

    private string Section()
    {
        var end = _text.IndexOfAny([']', '\n'], _at);
        if (end < 0 || _text[end] != ']')
        {
            Fail(_line, "the table's name has no end", "Write [Name]");
            return "";
        }
        var name = _text[(_at + 1)..end].Trim();
        _at = end + 1;
        return name;
    }

    private string Key()
    {
        var end = _text.IndexOfAny(['=', '\n'], _at);
        var key = end < 0 ? "" : _text[_at..end].Trim().Trim('"');
        if (end >= 0 && _text[end] == '=' && key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            _at = end + 1;
            return key;
        }
        Fail(_line, "the line is neither a table nor a key with a value", "Write KEY = \"value\"");
        return "";
    }

    private (IReadOnlyList<string> Texts, bool IsList)? Value()
    {
        SkipBlanks();
        switch (Peek)
        {
            case '"' or '\'':
                return String() is { } text ? ([text], false) : null;
            case '[':
                return List() is { } list ? (list, true) : null;
            default:
                var start = _at;
                while (!AtEnd && Peek is not ('\n' or '#' or ' ' or '\t' or ','))
                    _at++;
                var bare = _text[start.._at].Trim('\r');
                if (bare is "true" or "false" || (bare.Length > 0 && bare.All(char.IsAsciiDigit)))
                    return ([bare], false);
                Fail(_line, $"the value '{Shown(bare)}' is not quoted", "Write it between double quotes");
                return null;
        }
    }

    private List<string>? List()
    {
        var begun = _line;
        var texts = new List<string>();
        _at++;
        while (true)
        {
            SkipBlanksAndLines();
            if (AtEnd)
                break;
            if (Peek == ']')
            {
                _at++;
                return texts;
            }
            if (Peek is not ('"' or '\'') || String() is not { } text)
                break;
            texts.Add(text);
            SkipBlanksAndLines();
            if (Peek == ',')
                _at++;
            else if (Peek != ']')
                break;
        }
        Fail(begun, "the list has no end, or holds something that is no quoted text", "Write [\"one\", \"two\"]");
        return null;
    }

    private string? String()
    {
        var quote = _text[_at++];
        var text = new StringBuilder();
        while (!AtEnd && Peek != '\n')
        {
            var c = _text[_at++];
            if (c == quote)
                return text.ToString();
            if (c != '\\' || quote == '\'')
            {
                text.Append(c);
                continue;
            }
            if (Escape() is not { } escaped)
                return null;
            text.Append(escaped);
        }
        Fail(_line, "the text has no closing quote", "Close it on the same line");
        return null;
    }

    private char? Escape()
    {
        var c = AtEnd ? '\0' : _text[_at++];
        switch (c)
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case '"' or '\\': return c;
            case 'u' when _at + 4 <= _text.Length && ushort.TryParse(_text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default:
                Fail(_line, "the text holds an escape that TOML does not know", "Write \\\\ for a backslash");
                return null;
        }
    }

    private bool EndOfLine(string key)
    {
        SkipBlanks();
        if (AtEnd || Peek is '\n' or '#')
            return true;
        Fail(_line, $"something stands behind the value of {key}", "Write one key a line");
        return false;
    }

    private void SkipBlanks()
    {
        while (!AtEnd && Peek is ' ' or '\t' or '\r' && _at < _text.Length)
            _at++;
    }

    private void SkipBlanksAndLines()
    {
        while (!AtEnd)
        {
            SkipBlanks();
            if (Peek != '\n' && Peek != '#')
                return;
            SkipLine();
        }
    }

    private void SkipLine()
    {
        var end = _text.IndexOf('\n', Math.Min(_at, _text.Length));
        _at = end < 0 ? _text.Length : end + 1;
        _line++;
    }

    private static string Shown(string text) => new([.. text.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
}
