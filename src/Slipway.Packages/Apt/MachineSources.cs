namespace Slipway.Packages.Apt;

/// <summary>One list of the machine's apt sources, ready to be written into a private sources directory.</summary>
/// <param name="Origin">File it came from, for messages.</param>
/// <param name="DebLine">A one-line entry without its type, or null for a deb822 stanza.</param>
/// <param name="Stanza">A deb822 stanza without its Types field, or null for a one-line entry.</param>
/// <param name="Binary">The entry offers binary packages; else source packages only.</param>
internal sealed record MachineSource(string Origin, string? DebLine, string? Stanza, bool Binary)
{
    public bool SourcePackages { get; init; }

    /// <summary>The text of the file that holds this entry alone, for binary or for source packages.</summary>
    public string ToText(bool sources)
    {
        var type = sources ? "deb-src" : "deb";
        return DebLine is not null ? $"{type} {DebLine}\n" : $"Types: {type}\n{Stanza}\n";
    }

    public string Extension => DebLine is not null ? ".list" : ".sources";
}

/// <summary>Reads the machine's apt sources (sources.list(5): one-line style and deb822).</summary>
internal static class MachineSources
{
    /// <param name="refused">Entries that ask for no signature check; they are left out, one line each.</param>
    public static IReadOnlyList<MachineSource> Read(string listFile, string partsDirectory, out IReadOnlyList<string> refused)
    {
        var found = new List<MachineSource>();
        var unsigned = new List<string>();
        var files = new List<string>();
        if (File.Exists(listFile)) files.Add(listFile);
        if (Directory.Exists(partsDirectory)) files.AddRange(Directory.GetFiles(partsDirectory).Order(StringComparer.Ordinal));
        foreach (var file in files)
        {
            if (file.EndsWith(".list", StringComparison.Ordinal)) ReadLines(file, found, unsigned);
            else if (file.EndsWith(".sources", StringComparison.Ordinal)) ReadStanzas(file, found, unsigned);
        }
        refused = unsigned;
        return found;
    }

    private static void ReadLines(string file, List<MachineSource> found, List<string> refused)
    {
        foreach (var raw in File.ReadAllLines(file))
        {
            var hash = raw.IndexOf('#', StringComparison.Ordinal);
            var line = (hash < 0 ? raw : raw[..hash]).Trim();
            var space = line.IndexOfAny([' ', '\t']);
            if (space < 0) continue;
            var type = line[..space];
            if (type is not ("deb" or "deb-src")) continue;
            var rest = line[space..].Trim();
            var options = rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and var end ? rest[1..end] : "";
            if (AsksForTrust(options.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries), '=')) refused.Add(Refusal(file, rest));
            else found.Add(new MachineSource(file, rest, null, type == "deb") { SourcePackages = type == "deb-src" });
        }
    }

    private static void ReadStanzas(string file, List<MachineSource> found, List<string> refused)
    {
        foreach (var fields in Stanzas(File.ReadAllLines(file)))
        {
            var types = Value(fields, "Types")?.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (Value(fields, "Enabled") is { } enabled && IsNo(enabled)) continue;
            if (!types.Contains("deb") && !types.Contains("deb-src")) continue;
            var others = fields.Where(f => !f[..f.IndexOf(':', StringComparison.Ordinal)].Trim().Equals("Types", StringComparison.OrdinalIgnoreCase)).ToList();
            if (AsksForTrust(others.Select(f => f.Replace(": ", ":", StringComparison.Ordinal)), ':')) refused.Add(Refusal(file, Value(fields, "URIs") ?? "?"));
            else found.Add(new MachineSource(file, null, string.Join('\n', others), types.Contains("deb")) { SourcePackages = types.Contains("deb-src") });
        }
    }

    /// <summary>Each stanza as its fields, continuation lines included, comments dropped.</summary>
    private static IEnumerable<List<string>> Stanzas(string[] lines)
    {
        var fields = new List<string>();
        foreach (var line in lines.Append(""))
        {
            if (line.StartsWith('#')) continue;
            if (string.IsNullOrWhiteSpace(line))
            {
                if (fields.Count > 0) yield return fields;
                fields = [];
            }
            else if (line[0] is ' ' or '\t' && fields.Count > 0) fields[^1] += "\n" + line;
            else if (line.Contains(':', StringComparison.Ordinal)) fields.Add(line);
        }
    }

    private static string? Value(List<string> fields, string name)
    {
        var field = fields.Find(f => f.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return field?[(name.Length + 1)..].Trim();
    }

    private static bool AsksForTrust(IEnumerable<string> options, char separator) => options.Any(option =>
        option.Split(separator, 2) is [var name, var value]
        && (name.Trim().ToUpperInvariant() is "TRUSTED" or "ALLOW-INSECURE" or "ALLOW-WEAK" or "ALLOW-DOWNGRADE-TO-INSECURE")
        && !IsNo(value));

    private static bool IsNo(string value) => value.Trim().ToUpperInvariant() is "NO" or "FALSE" or "0" or "OFF" or "WITHOUT" or "DISABLE";

    private static string Refusal(string file, string entry) =>
        $"{entry} ({file}) is set to be trusted without a signature and is not used; sign it, or remove the option";
}
