using Slipway.Content;

namespace Slipway.Builds.Roots;

/// <summary>The text of a dist with that of every dist it extends before it: one text of several documents, which is what a build is pinned to.</summary>
public static class DistText
{
    private const int MaxChain = 8;
    private const string Next = "\n---\n";

    /// <summary>The names of a dist and of those it extends, itself first.</summary>
    /// <param name="read">Text of the file of a dist, or null.</param>
    public static IReadOnlyList<string> Chain(string name, Func<string, string?> read) => [.. Follow(name, read).Select(one => one.Name)];

    /// <summary>The whole text, or null where there is no such dist.</summary>
    /// <exception cref="ConfigException">One that it extends is missing or wrong, or they extend each other.</exception>
    public static string? Whole(string name, Func<string, string?> read)
    {
        var texts = Follow(name, read);
        return texts.Count == 0 ? null : string.Join(Next, Enumerable.Reverse(texts).Select(one => one.Text));
    }

    private static List<(string Name, string Text)> Follow(string name, Func<string, string?> read)
    {
        var texts = new List<(string, string)>();
        for (var next = name; next.Length > 0;)
        {
            if (read(next) is not { } text)
                return texts.Count == 0 ? texts : throw Wrong(texts[^1], $"there is no dists/{next}.yml to extend", "name a dist of this repository");
            if (texts.Count == MaxChain || texts.Exists(t => t.Item1 == next))
                throw Wrong(texts[^1], $"it extends itself, or more than {MaxChain} others", "leave `extends` out of one of them");
            texts.Add((next, text));
            var root = ConfigDocument.Parse(text, $"dists/{next}.yml").Root;
            next = root.String("extends", "");
        }
        return texts;
    }

    private static ConfigException Wrong((string Name, string Text) dist, string why, string remedy)
    {
        var file = $"dists/{dist.Name}.yml";
        return new([new ConfigError(file, ConfigDocument.Parse(dist.Text, file).Root.LineOf("extends"), why, remedy)]);
    }
}
