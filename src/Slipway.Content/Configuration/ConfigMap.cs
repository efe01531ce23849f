using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Content;

/// <summary>
/// The keys and values of one map in a configuration file. Asking for a key makes it known. What is missing or of the wrong
/// kind is noted as an error in the document and read as the stated default, so that all errors of a file come together.
/// </summary>
public sealed class ConfigMap
{
    private readonly ConfigDocument _document;
    private readonly YamlMappingNode _node;
    private readonly string _where;
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    internal ConfigMap(ConfigDocument document, YamlMappingNode node, string where)
    {
        _document = document;
        _node = node;
        _where = where;
        foreach (var (key, value) in node.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
                document.AddError((int)key.Start.Line, "a key is not a word", "use plain keys");
            else
                _values[name] = value;
        }
    }

    /// <summary>The line of the map, counted from 1.</summary>
    public int Line => (int)_node.Start.Line;

    /// <summary>The keys, in the order of the file. Asking for all of them makes none known.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>The line of a key's value, or of the map when it has no such key.</summary>
    public int LineOf(string key) => _values.TryGetValue(key, out var node) ? (int)node.Start.Line : Line;

    /// <summary>True when the key is there.</summary>
    public bool Has(string key)
    {
        _known.Add(key);
        return _values.ContainsKey(key);
    }

    /// <summary>A text that must be there; an error and the empty text when it is not.</summary>
    public string String(string key) => OptionalString(key) ?? Missing(key, "");

    /// <summary>A text; the default when the key is not there.</summary>
    public string String(string key, string unset) => OptionalString(key) ?? unset;

    /// <summary>A text; null when the key is not there or has no value.</summary>
    public string? OptionalString(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlScalarNode scalar => scalar.Value,
        var other => Wrong<string?>(other, key, "a text", null),
    };

    /// <summary>A whole number; the default when the key is not there.</summary>
    public long Int(string key, long unset, long minimum = 0, long maximum = long.MaxValue)
    {
        if (OptionalString(key) is not { } text) return unset;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= minimum && number <= maximum) return number;
        return Wrong(_values[key], key, maximum == long.MaxValue
            ? $"a whole number from {minimum}"
            : $"a whole number from {minimum} to {maximum}", unset);
    }

    /// <summary>A whole number that must be there.</summary>
    public long Int(string key) => Has(key) ? Int(key, 0) : Missing(key, 0L);

    /// <summary>true or false; the default when the key is not there.</summary>
    public bool Bool(string key, bool unset) => OptionalString(key) switch
    {
        null => unset,
        "true" or "True" or "TRUE" or "yes" or "on" => true,
        "false" or "False" or "FALSE" or "no" or "off" => false,
        _ => Wrong(_values[key], key, "true or false", unset),
    };

    /// <summary>One of the named values of an enumeration, in lower case; the default when the key is not there.</summary>
    public T Choice<T>(string key, T unset)
        where T : struct, Enum
    {
        if (OptionalString(key) is not { } text) return unset;
        foreach (var value in Enum.GetValues<T>())
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
        return Wrong(_values[key], key, "one of " + string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant())), unset);
    }

    /// <summary>A list of texts; one text alone is a list of one; empty when the key is not there.</summary>
    public IReadOnlyList<string> Strings(string key)
    {
        switch (Find(key))
        {
            case null: return [];
            case YamlScalarNode scalar: return IsNull(scalar) ? [] : [scalar.Value!];
            case YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode):
                return [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")];
            case var other: return Wrong<IReadOnlyList<string>>(other, key, "a list of texts", []);
        }
    }

    /// <summary>A map that must be there; an empty one, and an error, when it is not.</summary>
    public ConfigMap Map(string key) => OptionalMap(key) ?? _document.Wrap(Missing(key, new YamlMappingNode()), Below(key));

    /// <summary>A map; null when the key is not there.</summary>
    public ConfigMap? OptionalMap(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar when IsNull(scalar) => null,
        YamlMappingNode map => _document.Wrap(map, Below(key)),
        var other => Wrong<ConfigMap?>(other, key, "a map of keys and values", null),
    };

    /// <summary>A list of maps; empty when the key is not there.</summary>
    public IReadOnlyList<ConfigMap> Maps(string key)
    {
        switch (Find(key))
        {
            case null: return [];
            case YamlScalarNode scalar when IsNull(scalar): return [];
            case YamlSequenceNode list when list.Children.All(c => c is YamlMappingNode):
                return [.. list.Children.Select((c, i) => _document.Wrap((YamlMappingNode)c, $"{Below(key)}[{i}]"))];
            case var other: return Wrong<IReadOnlyList<ConfigMap>>(other, key, "a list of maps", []);
        }
    }

    /// <summary>A list whose items are maps, or a text that stands for a map of one key; empty when the key is not there.</summary>
    public IReadOnlyList<ConfigMap> MapsOrNames(string key, string nameKey)
    {
        if (Find(key) is YamlSequenceNode list && list.Children.All(c => c is YamlMappingNode or YamlScalarNode))
        {
            return [.. list.Children.Select((c, i) => _document.Wrap(
                c as YamlMappingNode ?? new YamlMappingNode(new YamlScalarNode(nameKey), c), $"{Below(key)}[{i}]"))];
        }
        return Maps(key);
    }

    /// <summary>A map whose keys are free names and whose values are maps; empty when the key is not there.</summary>
    public IReadOnlyList<(string Name, ConfigMap Value)> NamedMaps(string key)
    {
        if (OptionalMap(key) is not { } map) return [];
        return [.. map.Keys.Select(name => (name, map.OptionalMap(name) ?? _document.Wrap(new YamlMappingNode(), map.Below(name))))];
    }

    /// <summary>A map whose keys are free names and whose values are texts; empty when the key is not there.</summary>
    public IReadOnlyDictionary<string, string> NamedStrings(string key)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (OptionalMap(key) is not { } map) return found;
        foreach (var name in map.Keys) found[name] = map.String(name, "");
        return found;
    }

    /// <summary>Notes that the value of a key is wrong in a way only the caller knows.</summary>
    public void Error(string key, string message, string remedy) =>
        _document.AddError(LineOf(key), $"`{Below(key)}` {message}", remedy);

    internal void ReportUnknownKeys()
    {
        foreach (var (key, _) in _values.Where(v => !_known.Contains(v.Key)))
        {
            var line = _node.Children.Keys.OfType<YamlScalarNode>().First(k => k.Value == key).Start.Line;
            var known = _known.Count == 0 ? "" : ": known here are " + string.Join(", ", _known.Order(StringComparer.Ordinal));
            _document.AddError((int)line, $"`{Below(key)}` is not a known key", $"remove it or correct its spelling{known}");
        }
    }

    private string Below(string key) => _where.Length == 0 ? key : $"{_where}.{key}";

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        return _values.GetValueOrDefault(key);
    }

    private T Missing<T>(string key, T instead)
    {
        _document.AddError(Line, $"`{Below(key)}` is missing", $"add `{key}:`");
        return instead;
    }

    private T Wrong<T>(YamlNode node, string key, string wanted, T instead)
    {
        _document.AddError((int)node.Start.Line, $"`{Below(key)}` is not {wanted}", $"write {wanted}");
        return instead;
    }

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";
}
