namespace Slipway.Messages.Yaml;

/// <summary>Finds tabs that separate tokens: the original's scanner refuses them everywhere but inside scalars and comments, YamlDotNet's does not.</summary>
internal sealed class TabSeparators(string text)
{
    private readonly List<(long Start, long End)> _scalars = [];

    public void Skip(long start, long end)
    {
        if (end > start) _scalars.Add((start, end));
    }

    public void Refuse()
    {
        if (!text.Contains('\t', StringComparison.Ordinal)) return;
        var next = 0;
        for (var at = 0; at < text.Length; at++)
        {
            while (next < _scalars.Count && _scalars[next].End <= at) next++;
            if (next < _scalars.Count && _scalars[next].Start <= at) at = (int)_scalars[next].End - 1;
            else if (text[at] == '#') at = EndOfLine(at);
            else if (text[at] == '\t') throw new YamlLoadException($"a tab separates tokens at character {at}");
        }
    }

    private int EndOfLine(int at)
    {
        var end = text.AsSpan(at).IndexOfAny('\n', '\r');
        return end < 0 ? text.Length : at + end;
    }
}
