namespace Slipway.Builds.Roots;

/// <summary>The paragraphs of Debian control files (deb822).</summary>
internal static class ControlText
{
    /// <summary>Each paragraph as field name (case ignored) to value; continuation lines are joined by line ends, comments left out.</summary>
    internal static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? field = null;
        foreach (var line in text.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                if (stanza.Count > 0)
                    yield return stanza;
                stanza = new(StringComparer.OrdinalIgnoreCase);
                field = null;
            }
            else if (line[0] is ' ' or '\t' && field is not null)
            {
                stanza[field] += "\n" + line.Trim();
            }
            else if (line[0] != '#' && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                field = line[..colon];
                stanza[field] = line[(colon + 1)..].Trim();
            }
        }
        if (stanza.Count > 0)
            yield return stanza;
    }
}
