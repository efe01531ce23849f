using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What groups.ini and server.ini say: the bundles, and which debug files stay out.</summary>
internal sealed record ServerConfiguration(IReadOnlyList<string> Bundles, bool DebugBanned, BytePath DebugLibraries, BytePath DebugSources)
{
    public static ServerConfiguration Read(string stateDirectory, IReadOnlyList<string>? bundles)
    {
        var server = Sections(Path.Combine(stateDirectory, "server.ini"))
            .GetValueOrDefault("Debuginfo", new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase));
        var groups = Path.Combine(stateDirectory, "groups.ini");
        if (bundles is null && !File.Exists(groups))
            throw new SlipwayException($"cannot read {groups}", "it does not exist", "list the bundles there, one section each, or name them with --bundles")
            {
                Kind = FailureKind.Usage,
            };
        var names = bundles ?? [.. Sections(groups).Keys];
        Check(names);
        return new ServerConfiguration(
            names,
            server.GetValueOrDefault("banned") == "true",
            BytePath.From(server.GetValueOrDefault("lib", "")),
            BytePath.From(server.GetValueOrDefault("src", "")));
    }

    public bool IsDebugFile(BytePath path) => DebugBanned && (IsLonger(path, DebugLibraries) || IsLonger(path, DebugSources));

    // Format 1.7.3: a plain prefix, so that /usr/lib/debugX goes as well, while the directory itself stays.
    private static bool IsLonger(BytePath path, BytePath prefix) =>
        prefix.Length > 0 && path.Length > prefix.Length && path.StartsWith(prefix.Span);

    private static void Check(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            if (!Manifest.IsBundleName(name))
                throw new SlipwayException($"cannot make bundle {name}", "that is no bundle name", "use letters, digits and -_+. only")
                {
                    Kind = FailureKind.Usage,
                };
        if (!names.Contains("os-core"))
            throw new SlipwayException("cannot make content", "os-core is not among the bundles", "add os-core: every device has it")
            {
                Kind = FailureKind.Usage,
            };
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new SlipwayException("cannot make content", "a bundle is listed twice") { Kind = FailureKind.Usage };
    }

    private static Dictionary<string, Dictionary<string, string>> Sections(string file)
    {
        var sections = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        if (!File.Exists(file)) return sections;
        Dictionary<string, string>? current = null;
        foreach (var line in File.ReadLines(file).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not (';' or '#')))
        {
            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                current = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                sections[line[1..^1]] = current;
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (current is not null && equals > 0) current[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }

        return sections;
    }
}
