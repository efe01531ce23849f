using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Messages.Yaml;

/// <summary>Loads one document by the rules of a YAML 1.1 safe loader; size, depth and node count are bounded.</summary>
internal sealed class Yaml11Reader
{
    /// <summary>Longest document read, in bytes.</summary>
    public const int MaxBytes = 1 << 20;
    private const int MaxDepth = 200;
    private const int MaxIndented = 100;
    private const string StandardTag = "tag:yaml.org,2002:";

    private readonly Parser _parser;
    private readonly Dictionary<string, object?> _anchors = new(StringComparer.Ordinal);
    private readonly TabSeparators _tabs;
    private readonly FlowRules _flow;
    private int _depth;

    private Yaml11Reader(string text)
    {
        _parser = new Parser(new StringReader(text));
        _tabs = new TabSeparators(text);
        _flow = new FlowRules(text);
    }

    /// <exception cref="YamlLoadException">The bytes are no text, no YAML, or more than one document.</exception>
    public static object? Load(ReadOnlySpan<byte> bytes) => LoadText(YamlText.Decode(bytes));

    public static object? LoadText(string text)
    {
        text = YamlText.Check(text);
        for (var indented = 0; ; indented++)
        {
            try
            {
                return Load(text);
            }
            catch (YamlLoadException error) when (indented < MaxIndented && YamlText.IndentQuoted(text, error) is { } again)
            {
                text = again;
            }
        }
    }

    private static object? Load(string text)
    {
        try
        {
            return new Yaml11Reader(text).Document();
        }
        catch (YamlException error)
        {
            throw new YamlLoadException(error.Message, (int)error.Start.Line) { EndLine = (int)error.End.Line };
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or OverflowException or FormatException)
        {
            throw new YamlLoadException(error.Message);
        }
    }

    private object? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _)) return null;
        _parser.Consume<DocumentStart>();
        var value = Node();
        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _)) throw new YamlLoadException("more than one document");
        _tabs.Refuse();
        return value;
    }

    private object? Node()
    {
        if (++_depth > MaxDepth) throw new YamlLoadException($"nested deeper than {MaxDepth}");
        var value = _parser.Current switch
        {
            AnchorAlias alias => Alias(alias),
            Scalar scalar => Scalar(scalar),
            SequenceStart start => Sequence(start),
            MappingStart start => Mapping(start),
            var other => throw new YamlLoadException($"unexpected {other}"),
        };
        _depth--;
        return value;
    }

    private object? Alias(AnchorAlias alias)
    {
        _parser.MoveNext();
        return _anchors.TryGetValue(alias.Value.Value, out var value) ? value : throw new YamlLoadException($"unknown alias {alias.Value}");
    }

    private void Anchor(AnchorName anchor, object? value)
    {
        if (anchor.IsEmpty) return;
        if (!_anchors.TryAdd(anchor.Value, value)) throw new YamlLoadException($"anchor {anchor.Value} twice");
    }

    private object? Scalar(Scalar scalar)
    {
        Pass(scalar);
        _parser.MoveNext();
        var value = ScalarValue(TagOf(scalar), scalar.Value);
        Anchor(scalar.Anchor, value);
        return value;
    }

    private void Pass(Scalar scalar)
    {
        // A tab ends a plain scalar, so one that lies in it is a separator after all.
        if (scalar.Style != ScalarStyle.Plain) _tabs.Skip(scalar.Start.Index, scalar.End.Index);
        _flow.Pass(scalar);
    }

    private static object? ScalarValue(YamlTag tag, string text)
    {
        if (!Yaml11Scalars.IsValid(tag, text)) throw new YamlLoadException($"`{Short(text)}` is no {tag}");
        return tag switch
        {
            YamlTag.Text => text,
            YamlTag.Null => null,
            YamlTag.Bool => text.ToUpperInvariant() is "YES" or "TRUE" or "ON",
            YamlTag.Int or YamlTag.Float => Yaml11Scalars.Number(tag, text),
            YamlTag.Binary => new YamlList(),
            _ => new YamlOther("date"),
        };
    }

    private static YamlTag TagOf(Scalar scalar)
    {
        if (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific)
            return scalar.Style == ScalarStyle.Plain || IsBang(scalar.Tag) ? Yaml11Scalars.TagOf(scalar.Value) : YamlTag.Text;
        return Standard(scalar.Tag) switch
        {
            "str" => YamlTag.Text,
            "null" => YamlTag.Null,
            "bool" => YamlTag.Bool,
            "int" => YamlTag.Int,
            "float" => YamlTag.Float,
            "timestamp" => YamlTag.Timestamp,
            "binary" => YamlTag.Binary,
            "merge" => YamlTag.Merge,
            "value" => YamlTag.Value,
            var other => throw new YamlLoadException($"tag {other} on a scalar"),
        };
    }

    private static bool IsBang(TagName tag) => !tag.IsEmpty && tag.Value == "!";

    private static string Standard(TagName tag) =>
        tag.Value.StartsWith(StandardTag, StringComparison.Ordinal) ? tag.Value[StandardTag.Length..] : throw new YamlLoadException($"tag {tag.Value} is not known");

    private YamlList Sequence(SequenceStart start)
    {
        _parser.MoveNext();
        var tag = start.Tag.IsEmpty || start.Tag.IsNonSpecific ? "seq" : Standard(start.Tag);
        if (tag is not ("seq" or "omap" or "pairs")) throw new YamlLoadException($"tag {tag} on a sequence");
        var list = new YamlList();
        Anchor(start.Anchor, list);
        var scope = _flow.Enter(start.Style == SequenceStyle.Flow);
        while (_parser.Current is not SequenceEnd)
        {
            _flow.NextEntry(_parser.Current!);
            list.Items.Add(Node());
        }
        _flow.Leave(scope, _parser.Consume<SequenceEnd>());
        if (tag != "seq" && list.Items.Any(item => item is not YamlMap map || map.Entries.Count + map.OtherKeys.Count != 1))
            throw new YamlLoadException($"tag {tag} on a list of other things than single pairs");
        return list;
    }

    private object? Mapping(MappingStart start)
    {
        _parser.MoveNext();
        var tag = start.Tag.IsEmpty || start.Tag.IsNonSpecific ? "map" : Standard(start.Tag);
        if (tag is not ("map" or "set")) throw new YamlLoadException($"tag {tag} on a map");
        var map = new YamlMap { Line = (int)start.Start.Line };
        object value = tag == "set" ? new YamlOther("set") : map;
        Anchor(start.Anchor, value);
        var merged = new List<YamlMap>();
        var scope = _flow.Enter(start.Style == MappingStyle.Flow);
        while (_parser.Current is not MappingEnd)
        {
            _flow.NextEntry(_parser.Current!);
            Pair(map, merged);
        }
        _flow.Leave(scope, _parser.Consume<MappingEnd>());
        // The earlier of several merged maps wins, and the map's own keys win over all (yaml.org/type/merge).
        foreach (var source in merged)
        {
            foreach (var (key, entry) in source.Entries)
            {
                if (map.Entries.TryAdd(key, entry)) map.Lines[key] = source.Lines[key];
            }
            map.OtherKeys.AddRange(source.OtherKeys);
        }
        return value;
    }

    private void Pair(YamlMap map, List<YamlMap> merged)
    {
        if (_parser.Current is Scalar scalar && TagOf(scalar) is YamlTag.Merge or YamlTag.Value)
        {
            var key = (Scalar)_parser.Current;
            Pass(key);
            _parser.MoveNext();
            if (TagOf(key) == YamlTag.Merge) merged.AddRange(Merged(Node()));
            else Set(map, key.Value, (int)key.Start.Line);
            return;
        }
        var line = (int)_parser.Current!.Start.Line;
        var name = Node();
        if (name is YamlList or YamlMap or YamlOther { Kind: "set" }) throw new YamlLoadException("a list or map as key");
        if (name is string text)
        {
            Set(map, text, line);
            return;
        }
        _flow.Value(_parser.Current!);
        Node();
        map.OtherKeys.Add(name?.ToString() ?? "null");
    }

    private void Set(YamlMap map, string key, int line)
    {
        _flow.Value(_parser.Current!);
        map.Entries[key] = Node();
        map.Lines[key] = line;
    }

    private static IEnumerable<YamlMap> Merged(object? value) => value switch
    {
        YamlMap map => [map],
        YamlList list => list.Items.Select(item => item as YamlMap ?? throw new YamlLoadException("merge of a value that is no map")),
        _ => throw new YamlLoadException("merge of a value that is no map"),
    };

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
