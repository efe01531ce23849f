using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>One version of a source package in a Sources index.</summary>
internal sealed record SourceCandidate(string Version, string BaseUri, string Directory, IReadOnlyList<AptSourceFile> Files);

/// <summary>Finds a source package in a Sources index without reading the others' fields.</summary>
internal static class SourceIndex
{
    public static IEnumerable<SourceCandidate> Find(AptIndexFile index, string name)
    {
        using var reader = new StreamReader(index.File);
        var first = "Package: " + name;
        while (reader.ReadLine() is { } line)
        {
            if (!line.Equals(first, StringComparison.Ordinal)) continue;
            var stanza = new List<string>();
            while (reader.ReadLine() is { Length: > 0 } field) stanza.Add(field);
            if (Read(stanza, index.BaseUri) is { } candidate) yield return candidate;
        }
    }

    private static SourceCandidate? Read(List<string> stanza, string baseUri)
    {
        if (Value(stanza, "Extra-Source-Only") == "yes") return null;
        var files = new List<AptSourceFile>();
        var at = stanza.FindIndex(l => l.StartsWith("Checksums-Sha256:", StringComparison.Ordinal));
        for (var i = at + 1; at >= 0 && i < stanza.Count && stanza[i].StartsWith(' '); i++)
        {
            if (stanza[i].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var hex, var size, var name]
                || !Digest.TryParse(hex, out var digest) || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                || name.Contains('/', StringComparison.Ordinal) || name is "." or "..") return null;
            files.Add(new AptSourceFile(name, digest, bytes));
        }
        var dsc = files.FindIndex(f => f.Name.EndsWith(".dsc", StringComparison.Ordinal));
        if (dsc < 0 || Value(stanza, "Version") is not { } version || Value(stanza, "Directory") is not { } directory) return null;
        return new SourceCandidate(version, baseUri, directory, [files[dsc], .. files.Where((_, i) => i != dsc)]);
    }

    private static string? Value(List<string> stanza, string name)
    {
        var line = stanza.Find(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return line?[(name.Length + 1)..].Trim();
    }
}
