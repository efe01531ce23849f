using System.Globalization;
using System.Text;

namespace Slipway.Messages.Yaml;

/// <summary>
/// Writes maps, lists and scalars as PyYAML 6 does in block style: keys sorted, lists not indented below their key,
/// lines folded after column 80, ASCII only. Readers of the original compare some of its output as text, so bytes matter.
/// </summary>
internal sealed class PyYamlWriter
{
    private readonly StringBuilder _out = new();
    private int _column;

    public static byte[] Write(IReadOnlyDictionary<string, object?> map)
    {
        var writer = new PyYamlWriter();
        writer.Map(map, 0);
        return Encoding.ASCII.GetBytes(writer._out.ToString());
    }

    public static byte[] Write(IReadOnlyList<string> list)
    {
        var writer = new PyYamlWriter();
        if (list.Count == 0) writer._out.Append("[]\n");
        writer.List(list, 0);
        return Encoding.ASCII.GetBytes(writer._out.ToString());
    }

    private void List(IReadOnlyList<string> list, int indent)
    {
        foreach (var item in list)
        {
            Put(new string(' ', indent) + "- ");
            Scalar(item, indent + 2);
            Break();
        }
    }

    private void Map(IReadOnlyDictionary<string, object?> map, int indent)
    {
        foreach (var (key, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Put(new string(' ', indent));
            new PyYamlScalar(_out, _column, indent, key).Write();
            _column = indent + key.Length;
            Put(":");
            Value(value, indent);
        }
    }

    private void Value(object? value, int indent)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, object?> { Count: > 0 } map:
                Break();
                Map(map, indent + 2);
                break;
            case IReadOnlyList<string> { Count: > 0 } list:
                Break();
                List(list, indent);
                break;
            default:
                Put(" ");
                Scalar(value, indent + 2);
                Break();
                break;
        }
    }

    private void Scalar(object? value, int continuation)
    {
        if (value is string text) _column = new PyYamlScalar(_out, _column, continuation, text).Write();
        else Put(Plain(value));
    }

    private static string Plain(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number => Number(number),
        IReadOnlyList<string> => "[]",
        IReadOnlyDictionary<string, object?> => "{}",
        _ => throw new ArgumentException($"no YAML form for {value.GetType()}"),
    };

    // Python prints a float with a point always; an exit code is an int there.
    private static string Number(double number) =>
        number == Math.Floor(number) && Math.Abs(number) < 1e15
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture);

    private void Put(string text)
    {
        _out.Append(text);
        _column += text.Length;
    }

    private void Break()
    {
        _out.Append('\n');
        _column = 0;
    }
}
