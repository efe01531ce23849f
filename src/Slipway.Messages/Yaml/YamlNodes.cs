namespace Slipway.Messages.Yaml;

/// <summary>A loaded YAML value: <c>null</c>, bool, double, string, <see cref="YamlOther"/>, <see cref="YamlList"/> or <see cref="YamlMap"/>.</summary>
internal sealed class YamlMap
{
    /// <summary>Entries with a text as key; the last of equal keys wins.</summary>
    public Dictionary<string, object?> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Where each entry's key stands, from 1.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the map begins, from 1.</summary>
    public int Line { get; init; } = 1;

    /// <summary>Keys that are no texts, as words for an error.</summary>
    public List<string> OtherKeys { get; } = [];
}

/// <summary>A sequence (binary data counts as one, as it does in the original's schema).</summary>
internal sealed class YamlList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A value of a type that no field has: a date, a set, binary data.</summary>
internal sealed record YamlOther(string Kind);

/// <summary>A document that does not load.</summary>
internal sealed class YamlLoadException(string message, int line = 1) : Exception(message)
{
    public int Line { get; } = line;

    /// <summary>The line that was being read; 0 when that is not known.</summary>
    public int EndLine { get; init; }
}
