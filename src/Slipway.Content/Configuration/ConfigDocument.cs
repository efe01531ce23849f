using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Content;

/// <summary>
/// A YAML configuration file being read. The reader asks for the keys it knows, errors are collected, and at the end
/// <see cref="ThrowIfErrors"/> reports them all, together with every key that nobody asked for.
/// </summary>
public sealed class ConfigDocument
{
    private const int MaxTextLength = 1 << 20;
    private const int MaxDepth = 32;
    private readonly string _file;
    private readonly List<ConfigError> _errors = [];
    private readonly List<ConfigMap> _maps = [];
    private int _linesBefore;

    private ConfigDocument(string file) => _file = file;

    /// <summary>The map at the top of the file; empty when the file is.</summary>
    public ConfigMap Root { get; private set; } = null!;

    /// <summary>The file as the user named it.</summary>
    public string File => _file;

    /// <summary>Reads the text of a file. Text that is no YAML, or has no map at its top, is an error like any other.</summary>
    public static ConfigDocument Parse(string text, string file)
    {
        var document = new ConfigDocument(file);
        document.Root = document.Wrap(document.Load(text), where: "");
        return document;
    }

    /// <summary>
    /// Reads a text of several documents, each of which adds to and takes the place of what those before it say, key by key in maps. Lines are
    /// those of the last one, which is the file at hand.
    /// </summary>
    /// <param name="chosen">A map of named parts, and the name of the part that is laid on top of all. Unset: none.</param>
    public static ConfigDocument ParseLayers(string text, string file, (string Key, string Name)? chosen = null)
    {
        var document = new ConfigDocument(file);
        var layers = document.LoadAll(text);
        document._linesBefore = layers.Count > 1 ? (int)layers[^1].Start.Line - 1 : 0;
        var merged = layers.Aggregate(new YamlMappingNode(), Merge);
        if (chosen is { } part && Child(merged, part.Key) is { } parts && Child(parts, part.Name) is { } own)
            merged = Merge(merged, own);
        document.Root = document.Wrap(merged, where: "");
        return document;
    }

    /// <summary>Reads a file from the disk.</summary>
    public static ConfigDocument ReadFile(string path) => Parse(System.IO.File.ReadAllText(path), path);

    /// <summary>Notes an error that the caller found.</summary>
    public void AddError(int line, string message, string remedy) => _errors.Add(new ConfigError(_file, Math.Max(1, line - _linesBefore), message, remedy));

    /// <summary>Throws a <see cref="ConfigException"/> when anything was wrong or any key unknown.</summary>
    public void ThrowIfErrors()
    {
        foreach (var map in _maps) map.ReportUnknownKeys();
        _maps.Clear();
        if (_errors.Count > 0) throw new ConfigException([.. _errors.OrderBy(e => e.Line).Distinct()]);
    }

    internal ConfigMap Wrap(YamlMappingNode node, string where)
    {
        var map = new ConfigMap(this, node, where);
        _maps.Add(map);
        return map;
    }

    private static YamlMappingNode? Child(YamlMappingNode map, string key) => map.Children.FirstOrDefault(c => c.Key is YamlScalarNode { Value: var name } && name == key).Value as YamlMappingNode;

    private static YamlMappingNode Merge(YamlMappingNode below, YamlMappingNode above)
    {
        var merged = new YamlMappingNode(below.Children);
        foreach (var (key, value) in above.Children)
            merged.Children[key] = value is YamlMappingNode map && below.Children.TryGetValue(key, out var old) && old is YamlMappingNode under ? Merge(under, map) : value;
        return merged;
    }

    private YamlMappingNode Load(string text) => LoadAll(text) is [var root] ? root : Refuse();

    private YamlMappingNode Refuse()
    {
        if (_errors.Count == 0)
            AddError(1, "the file does not hold one map of keys and values", "begin with `key: value`");
        return new YamlMappingNode();
    }

    private List<YamlMappingNode> LoadAll(string text)
    {
        if (text.Length > MaxTextLength)
        {
            AddError(1, $"the file has more than {MaxTextLength} characters", "keep configuration small");
            return [];
        }

        try
        {
            CheckShape(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0 || stream.Documents is [{ RootNode: YamlScalarNode { Value: "" or null } }]) return [new YamlMappingNode()];
            if (stream.Documents.All(d => d.RootNode is YamlMappingNode)) return [.. stream.Documents.Select(d => (YamlMappingNode)d.RootNode)];
            AddError(1, "the file does not hold one map of keys and values", "begin with `key: value`");
        }
        catch (YamlException e)
        {
            AddError((int)e.Start.Line, $"it is not YAML: {e.InnerException?.Message ?? e.Message}", "check the indentation and the quotes of this line");
        }

        return [];
    }

    /// <summary>Refuses what only an attack or a mistake has: deep nesting, and aliases, which can refer to themselves.</summary>
    private static void CheckShape(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth) throw new YamlException(parser.Current.Start, parser.Current.End, "it is nested too deeply");
            if (parser.Current is YamlDotNet.Core.Events.AnchorAlias)
                throw new YamlException(parser.Current.Start, parser.Current.End, "aliases (*name) are not taken here");
        }
    }
}
