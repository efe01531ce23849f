using System.Globalization;
using System.Text;
using Slipway.Messages.Yaml;

namespace Slipway.Messages;

/// <summary>Messages as the original prints them: JSON with sorted keys, indented by four, ASCII only. Scripts read it.</summary>
public static class MessageJson
{
    private const int Indent = 4;

    /// <summary>What a message's bytes look like; the message must be one that was read before.</summary>
    public static string Of(ReadOnlySpan<byte> message) => Print(Yaml11Reader.Load(message));

    /// <summary>Any JSON document in the same form.</summary>
    public static string OfJson(string document) => Print(Yaml11Reader.LoadText(document));

    private static string Print(object? value)
    {
        var output = new StringBuilder();
        Write(output, value, 0);
        return output.ToString();
    }

    private static void Write(StringBuilder output, object? value, int depth)
    {
        switch (value)
        {
            case YamlMap { Entries.Count: > 0 } map:
                Enclosed(output, '{', '}', depth, map.Entries.OrderBy(entry => entry.Key, CodePoints), entry =>
                {
                    Text(output, entry.Key);
                    output.Append(": ");
                    Write(output, entry.Value, depth + 1);
                });
                break;
            case YamlList { Items.Count: > 0 } list:
                Enclosed(output, '[', ']', depth, list.Items, item => Write(output, item, depth + 1));
                break;
            case YamlMap:
                output.Append("{}");
                break;
            case YamlList:
                output.Append("[]");
                break;
            case string text:
                Text(output, text);
                break;
            case bool flag:
                output.Append(flag ? "true" : "false");
                break;
            case double number:
                output.Append(Number(number));
                break;
            default:
                output.Append("null");
                break;
        }
    }

    private static void Enclosed<T>(StringBuilder output, char open, char close, int depth, IEnumerable<T> items, Action<T> write)
    {
        var separator = open;
        foreach (var item in items)
        {
            output.Append(separator).Append('\n').Append(' ', (depth + 1) * Indent);
            write(item);
            separator = ',';
        }
        output.Append('\n').Append(' ', depth * Indent).Append(close);
    }

    private static string Number(double number) => number == Math.Floor(number) && Math.Abs(number) < 1e15
        ? ((long)number).ToString(CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture);

    private static void Text(StringBuilder output, string text)
    {
        output.Append('"');
        foreach (var c in text)
        {
            output.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' or > '~' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }
        output.Append('"');
    }

    // The original sorts by code point, which differs from UTF-16 order beyond the basic plane.
    private static readonly IComparer<string> CodePoints = Comparer<string>.Create((one, other) =>
        Encoding.UTF32.GetBytes(one).Chunk(4).Select(b => BitConverter.ToUInt32(b)).Zip(Encoding.UTF32.GetBytes(other).Chunk(4).Select(b => BitConverter.ToUInt32(b)))
            .Select(pair => pair.First.CompareTo(pair.Second)).FirstOrDefault(order => order != 0, one.Length.CompareTo(other.Length)));
}
