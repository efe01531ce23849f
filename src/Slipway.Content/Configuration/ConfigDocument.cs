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

    /// <summary>Reads a file from the disk.</summary>
    public static ConfigDocument ReadFile(string path) => Parse(System.IO.File.ReadAllText(path), path);

    /// <summary>Notes an error that the caller found.</summary>
    public void AddError(int line, string message, string remedy) => _errors.Add(new ConfigError(_file, line, message, remedy));

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

    private YamlMappingNode Load(string text)
    {
        if (text.Length > MaxTextLength)
        {
            AddError(1, $"the file has more than {MaxTextLength} characters", "keep configuration small");
            return new YamlMappingNode();
        }

        try
        {
            CheckShape(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0) return new YamlMappingNode();
            if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return root;
            if (stream.Documents is [{ RootNode: YamlScalarNode { Value: "" or null } }]) return new YamlMappingNode();
            AddError(1, "the file does not hold one map of keys and values", "begin with `key: value`");
        }
        catch (YamlException e)
        {
            AddError((int)e.Start.Line, $"it is not YAML: {e.InnerException?.Message ?? e.Message}", "check the indentation and the quotes of this line");
        }

        return new YamlMappingNode();
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
