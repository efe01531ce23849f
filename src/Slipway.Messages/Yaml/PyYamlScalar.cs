using System.Globalization;
using System.Text;

namespace Slipway.Messages.Yaml;

/// <summary>Writes one text in the style PyYAML would choose (plain, single or double quoted), folded where PyYAML folds.</summary>
internal sealed class PyYamlScalar(StringBuilder output, int column, int indent, string text)
{
    private const int Width = 80;
    private readonly int[] _chars = [.. text.EnumerateRunes().Select(rune => rune.Value)];
    private int _column = column;

    /// <returns>The column after the text.</returns>
    public int Write()
    {
        var form = ScalarForm.Of(_chars);
        if (form.PlainAllowed && Yaml11Scalars.TagOf(text) == YamlTag.Text) Plain();
        else if (form.SingleQuotedAllowed) SingleQuoted();
        else DoubleQuoted();
        return _column;
    }

    private void Plain()
    {
        var start = 0;
        var inSpaces = false;
        for (var end = 0; end <= _chars.Length; end++)
        {
            var space = end < _chars.Length && _chars[end] == ' ';
            if (end < _chars.Length && space == inSpaces) continue;
            if (inSpaces && start + 1 == end && _column > Width) NewLine();
            else Put(start, end);
            start = end;
            inSpaces = space;
        }
    }

    private void SingleQuoted()
    {
        Put("'");
        var start = 0;
        while (start < _chars.Length)
        {
            var kind = KindOf(_chars[start]);
            var end = start + 1;
            while (end < _chars.Length && KindOf(_chars[end]) == kind) end++;
            SingleQuotedRun(kind, start, end);
            start = end;
        }
        Put("'");
    }

    private void SingleQuotedRun(char kind, int start, int end)
    {
        switch (kind)
        {
            case ' ' when start + 1 == end && _column > Width && start != 0 && end != _chars.Length:
                NewLine();
                break;
            case '\n':
                // A single break inside quotes reads back as a space, so the first one is written twice.
                if (_chars[start] == '\n') output.Append('\n');
                for (var at = start; at < end; at++) output.Append(char.ConvertFromUtf32(_chars[at]));
                output.Append(' ', indent);
                _column = indent;
                break;
            case '\'':
                for (var at = start; at < end; at++) Put("''");
                break;
            default:
                Put(start, end);
                break;
        }
    }

    private static char KindOf(int c) => c switch { ' ' => ' ', '\'' => '\'', _ when ScalarForm.IsBreak(c) => '\n', _ => 'x' };

    private void DoubleQuoted()
    {
        Put("\"");
        int start = 0, last = _chars.Length;
        for (var end = 0; end <= last; end++)
        {
            if (end == last || NeedsEscape(_chars[end]))
            {
                Put(start, end);
                start = end;
                if (end < last)
                {
                    Put(Escape(_chars[end]));
                    start = end + 1;
                }
            }
            if (end <= 0 || end >= last - 1 || (_chars[end] != ' ' && start < end) || _column + (end - start) <= Width) continue;
            Put(start, end);
            Put("\\");
            if (start < end) start = end;
            NewLine();
            if (_chars[start] == ' ') Put("\\");
        }
        Put("\"");
    }

    private static bool NeedsEscape(int c) => c is '"' or '\\' or < 0x20 or > 0x7e;

    private static string Escape(int c) => c switch
    {
        0 => "\\0",
        7 => "\\a",
        8 => "\\b",
        9 => "\\t",
        10 => "\\n",
        11 => "\\v",
        12 => "\\f",
        13 => "\\r",
        27 => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        0x85 => "\\N",
        0xa0 => "\\_",
        0x2028 => "\\L",
        0x2029 => "\\P",
        <= 0xff => "\\x" + c.ToString("X2", CultureInfo.InvariantCulture),
        <= 0xffff => "\\u" + c.ToString("X4", CultureInfo.InvariantCulture),
        _ => "\\U" + c.ToString("X8", CultureInfo.InvariantCulture),
    };

    private void NewLine()
    {
        output.Append('\n').Append(' ', indent);
        _column = indent;
    }

    private void Put(int start, int end)
    {
        for (var at = start; at < end; at++) output.Append(char.ConvertFromUtf32(_chars[at]));
        _column += Math.Max(0, end - start);
    }

    private void Put(string piece)
    {
        output.Append(piece);
        _column += piece.Length;
    }
}
