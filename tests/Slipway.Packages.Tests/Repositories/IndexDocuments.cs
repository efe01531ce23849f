using System.IO.Compression;
using System.Xml.Linq;
using Slipway.Content;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Index files as what they say, whatever the order in which they say it.</summary>
internal static class IndexDocuments
{
    /// <summary>The packages of a document of rpm-md, compressed with gzip.</summary>
    public static List<string> Rpm(string file)
    {
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        return [.. XDocument.Load(zip).Root!.Elements().Select(Normal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The stanzas of Packages or Sources, their fields in order. The tool says, between its lines, that it has no overrides.</summary>
    public static List<string> Stanzas(string text) =>
        [.. string.Join('\n', text.Split('\n').Where(line => !(line.StartsWith("  ", StringComparison.Ordinal) && line.Contains(" has no ", StringComparison.Ordinal)))).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(stanza => string.Join('\n', stanza.Trim('\n').Replace("\n ", "\u0001", StringComparison.Ordinal).Split('\n').Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)];

    /// <summary>The lines of apt's Contents.</summary>
    public static List<string> Contents(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != ' ').Select(line => string.Join(' ', line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries))).Order(StringComparer.Ordinal)];

    /// <summary>The files of a pacman database, compressed with gzip.</summary>
    public static SortedDictionary<string, string> Pacman(string file)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.Next() is { } entry)
        {
            using var text = new StreamReader(tar.Content);
            if (entry.Type == NodeType.Regular) members[entry.Name.ToString()] = text.ReadToEnd().Trim('\n');
        }
        Assert.NotEmpty(members);
        return members;
    }

    // The one field that is ours by intent: the time of the file is the build's, not the copy's.
    private static string Normal(XElement package)
    {
        foreach (var time in package.Elements().Where(element => element.Name.LocalName == "time")) time.SetAttributeValue("file", "");
        foreach (var empty in package.Descendants().Where(element => element.Value.Length == 0 && !element.HasElements)) empty.RemoveNodes();
        return package.ToString();
    }
}
