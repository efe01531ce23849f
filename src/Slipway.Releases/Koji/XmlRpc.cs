using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Slipway.Content;

namespace Slipway.Releases.Koji;

/// <summary>Calls and answers of XML-RPC. A value is null, bool, long, double, string, a list or a map of values.</summary>
internal static class XmlRpc
{
    private const int MaxDepth = 32;

    public static byte[] Call(string method, IEnumerable<object?> arguments)
    {
        var call = new XElement("methodCall", new XElement("methodName", method),
            new XElement("params", arguments.Select(a => new XElement("param", Write(a)))));
        return Encoding.UTF8.GetBytes("<?xml version=\"1.0\"?>\n" + call.ToString(SaveOptions.DisableFormatting));
    }

    /// <exception cref="SlipwayException">The answer is a fault, or none at all.</exception>
    public static object? Answer(Stream body, string what)
    {
        try
        {
            using var reader = XmlReader.Create(body, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = 512L << 20 });
            var root = XElement.Load(reader);
            if (root.Element("fault")?.Element("value") is { } fault)
                throw new SlipwayException(what, Fault(Read(fault, 0)), "look at the name, and at what the account may do there");
            return Read(root.Element("params")?.Element("param")?.Element("value") ?? throw new FormatException("there is no value in it"), 0);
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException)
        {
            throw new SlipwayException(what, $"the answer is no XML-RPC: {e.Message}", "look whether the address is a hub's", e) { Kind = FailureKind.Unreachable };
        }
    }

    private static string Fault(object? value) => value is Dictionary<string, object?> map ? $"{map.GetValueOrDefault("faultString")}" : $"{value}";

    private static XElement Write(object? value) => new("value", value switch
    {
        null => new XElement("nil"),
        bool b => new XElement("boolean", b ? 1 : 0),
        int i => new XElement("int", i),
        long l => new XElement(l is > int.MaxValue or < int.MinValue ? "i8" : "int", l),
        string s => new XElement("string", s),
        IReadOnlyDictionary<string, object?> map => new XElement("struct", map.Select(p => new XElement("member", new XElement("name", p.Key), Write(p.Value)))),
        IEnumerable<object?> list => new XElement("array", new XElement("data", list.Select(Write))),
        _ => throw new ArgumentException($"{value.GetType()} has no form in XML-RPC"),
    });

    private static object? Read(XElement value, int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException("it is nested too deeply");
        var typed = value.Elements().FirstOrDefault();
        return typed?.Name.LocalName switch
        {
            null => value.Value,
            "nil" => null,
            "boolean" => typed.Value.Trim() == "1",
            "int" or "i4" or "i8" => long.Parse(typed.Value, NumberStyles.Integer, CultureInfo.InvariantCulture),
            "double" => double.Parse(typed.Value, NumberStyles.Float, CultureInfo.InvariantCulture),
            "array" => (typed.Element("data")?.Elements("value") ?? []).Select(v => Read(v, depth + 1)).ToList(),
            "struct" => Map(typed, depth),
            _ => typed.Value,
        };
    }

    private static Dictionary<string, object?> Map(XElement value, int depth)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var member in value.Elements("member"))
            map[member.Element("name")?.Value ?? ""] = Read(member.Element("value") ?? throw new FormatException("a member has no value"), depth + 1);
        return map;
    }
}
