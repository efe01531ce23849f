using System.Text;
using System.Xml;

namespace Slipway.Packages.Repositories;

/// <summary>Writes elements as text: a package's element is a fragment whose prefix the surrounding document declares, which XmlWriter refuses.</summary>
internal sealed class IndexXml
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    public static byte[] Fragment(Action<IndexXml> write)
    {
        var xml = new IndexXml();
        write(xml);
        return Encoding.UTF8.GetBytes(xml._text.ToString());
    }

    public void Open(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(name, attributes);
        _text.Append(">\n");
        _open.Push(name);
    }

    public void Close()
    {
        var name = _open.Pop();
        Indent();
        _text.Append("</").Append(name).Append(">\n");
    }

    public void Element(string name, string value, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(name, attributes);
        if (value.Length == 0)
        {
            _text.Append("/>\n");
            return;
        }
        _text.Append('>');
        Escape(value);
        _text.Append("</").Append(name).Append(">\n");
    }

    private void Start(string name, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Indent();
        _text.Append('<').Append(name);
        foreach (var (key, value) in attributes)
        {
            _text.Append(' ').Append(key).Append("=\"");
            Escape(value);
            _text.Append('"');
        }
    }

    private void Indent() => _text.Append(' ', 2 * _open.Count);

    private void Escape(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1])) _text.Append(c).Append(value[++i]);
            // XML 1.0 has no place for other control characters, not even escaped; package texts have them now and then.
            else if (XmlConvert.IsXmlChar(c)) _text.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&quot;", '\r' => "&#13;", _ => c.ToString() });
        }
    }
}
