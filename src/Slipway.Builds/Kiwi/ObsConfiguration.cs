using System.Text.RegularExpressions;
using Slipway.Builds.Roots;

namespace Slipway.Builds.Kiwi;

/// <summary>
/// What is obeyed of an OBS build configuration (a "project configuration"): which recipe is built and by which engine, and the macros.
/// Which packages a root has, the kiwi description says.
/// </summary>
/// <param name="Type">spec, dsc or arch; empty where it does not say.</param>
/// <param name="Engine">rpmbuild, debbuild, dpkg (or debootstrap, which is dpkg in another root) or makepkg; empty where it does not say.</param>
internal sealed partial record ObsConfiguration(string Type, string Engine, IReadOnlyDictionary<string, string> Macros)
{
    private const int MaxLines = 20_000;

    private static readonly string[] Types = ["spec", "dsc", "arch"], Engines = ["rpmbuild", "debbuild", "dpkg", "debootstrap", "makepkg"];

    internal static readonly ObsConfiguration None = new("", "", new Dictionary<string, string>());

    /// <summary>Where it stands below an overlay: under the names that SUSE, and Debian and Fedora, give it.</summary>
    internal static readonly string[] Places = ["usr/lib/build/configs/default.conf", "usr/lib/obs-build/configs/default.conf"];

    /// <param name="dist">What `%_repository` is.</param>
    /// <param name="architecture">What `%_arch` is, and `%ifarch` asks for.</param>
    /// <exception cref="RecipeException">It says what cannot be obeyed, with the line.</exception>
    internal static ObsConfiguration Parse(string text, string file, string dist, string architecture)
    {
        var conditions = new ObsConditions(file, architecture, new() { ["_repository"] = dist, ["_arch"] = architecture, ["_target_cpu"] = architecture, ["_host_cpu"] = architecture });
        var (type, engine) = ("", "");
        var macros = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var lines = text.Split('\n');
        if (lines.Length > MaxLines)
            throw new RecipeException($"{file}: it has more than {MaxLines} lines");
        var (inMacros, passedOver) = (false, false);
        string? open = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r', ' ', '\t');
            if (line.StartsWith('#') || line.Length == 0)
                open = null;
            else if (passedOver || (open is null && !conditions.Says(line, i + 1, inMacros)))
                passedOver = inMacros && line.EndsWith('\\');
            else if (inMacros && line == ":Macros")
                (inMacros, open) = (false, null);
            else if (inMacros)
                open = Macro(line, open, macros, $"{file}:{i + 1}");
            else if (Setting().Match(line) is { Success: true } setting)
            {
                var value = setting.Groups["value"].Value.Trim();
                switch (setting.Groups["key"].Value.ToLowerInvariant())
                {
                    case "macros": inMacros = true; break;
                    case "type": type = Among(Types, value, $"{file}:{i + 1}"); break;
                    case "buildengine": engine = Among(Engines, value, $"{file}:{i + 1}"); break;
                }
            }
        }
        conditions.Finish();
        return new(type, engine, macros);
    }

    // `%name value`, as in a macro file of rpm; a backslash at the end continues it.
    private static string? Macro(string line, string? open, SortedDictionary<string, string> macros, string place)
    {
        var more = line.EndsWith('\\');
        var text = more ? line[..^1] : line;
        if (open is not null)
            macros[open] += "\n" + text;
        else if (MacroLine().Match(text) is { Success: true } macro)
            macros[open = macro.Groups["name"].Value] = macro.Groups["body"].Value;
        else
            throw new RecipeException($"{place}: `{line}` is no macro. Try: %name value");
        return more ? open : null;
    }

    private static string Among(string[] known, string value, string place) =>
        known.Contains(value) ? value : throw new RecipeException($"{place}: `{value}` is not built. Try: {string.Join(", ", known)}");

    [GeneratedRegex(@"^(?<key>[A-Za-z]+)\s*:(?<value>.*)$")]
    private static partial Regex Setting();

    [GeneratedRegex(@"^%(define\s+|global\s+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)(\([^)]*\))?\s*(?<body>.*)$", RegexOptions.Singleline)]
    private static partial Regex MacroLine();
}
