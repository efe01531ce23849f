using System.Globalization;
using Slipway.Content;

namespace Slipway.Compose.Workspace;

public sealed partial class BuilderConfigFile
{
    /// <summary>Rewrites an old file in place; what it was stays beside it.</summary>
    public void Convert()
    {
        if (_errors.Count > 0)
            throw new ConfigException(_errors);
        System.IO.File.Copy(File, File + ".bkp", overwrite: true);
        Save();
        IsOld = false;
    }

    /// <summary>Before version 1.0 the file was INI: values without quotes, tables and keys in any case, FORMAT among them.</summary>
    private void TakeOld(string text)
    {
        IsOld = true;
        var isToml = text.TrimStart().StartsWith("#VERSION", StringComparison.Ordinal);
        foreach (var value in isToml ? TomlText.Read(File, text, _errors) : OldLines(text))
        {
            var name = OldName(value.Key);
            if (name == "FORMAT")
            {
                LegacyFormat = value.Texts is [var format, ..] ? format : null;
                continue;
            }
            var key = s_keys.FirstOrDefault(k => k.Section.Equals(value.Section, StringComparison.OrdinalIgnoreCase) && k.Key == name);
            if (key is null)
            {
                _warnings.Add($"{File}:{value.Line}: {value.Section}.{value.Key} is not a known key and has no effect");
                continue;
            }
            _lines[key.Name] = value.Line;
            _values[key.Name] = key.IsList && !value.IsList ? value.Texts[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : value.Texts;
        }
    }

    private static string OldName(string key) => key.ToUpperInvariant() switch
    {
        "DEBUGINFO_BANNED" => "DEBUG_INFO_BANNED",
        "DEBUGINFO_LIB" => "DEBUG_INFO_LIB",
        "DEBUGINFO_SRC" => "DEBUG_INFO_SRC",
        "LOCAL_RPM_DIR" or "RPMDIR" => "LOCAL_RPM_DIR",
        "LOCAL_REPO_DIR" or "REPODIR" => "LOCAL_REPO_DIR",
        var same => same,
    };

    private List<TomlValue> OldLines(string text)
    {
        var values = new List<TomlValue>();
        var section = "";
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line[0] == '[' && line[^1] == ']')
                section = line[1..^1].Trim();
            else if (equals > 0)
                values.Add(new TomlValue(section, line[..equals].Trim(), number, [line[(equals + 1)..].Trim().Trim('"')], IsList: false));
            else
                _errors.Add(new ConfigError(File, number, "the line is neither a table nor a key with a value", "Write KEY=value"));
        }
        return values;
    }
}

/// <summary>mixer.state: the format that is built, and the version that the next one follows.</summary>
public sealed record MixState(int Format, uint Previous)
{
    internal const string FileName = "mixer.state";

    /// <summary>The state of a workspace; defaults are those of format clause 2.2.</summary>
    /// <param name="legacyFormat">What an old builder.conf says.</param>
    /// <param name="lastVersion">What image/LAST_VER says.</param>
    public static MixState Load(string directory, string? legacyFormat, Func<uint> lastVersion)
    {
        var file = Path.Combine(directory, FileName);
        if (!File.Exists(file))
            return new MixState(FormatOf(legacyFormat ?? MachineFormat() ?? "1", "builder.conf", 1), lastVersion());
        var errors = new List<ConfigError>();
        var values = TomlText.Read(file, File.ReadAllText(file), errors);
        if (errors.Count > 0)
            throw new ConfigException(errors);
        var format = values.FirstOrDefault(v => v is { Section: "Mix", Key: "FORMAT" });
        var previous = values.FirstOrDefault(v => v is { Section: "Mix", Key: "PREVIOUS_MIX_VERSION" });
        return new MixState(
            FormatOf(format?.Texts is [var number, ..] ? number : "1", file, format?.Line ?? 1),
            uint.TryParse(previous?.Texts is [var last, ..] ? last : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version
                : throw Wrong(file, previous!.Line, "PREVIOUS_MIX_VERSION", previous.Texts[0]));
    }

    public void Save(string directory) => AtomicFile.WriteText(
        Path.Combine(directory, FileName), string.Create(CultureInfo.InvariantCulture, $"#VERSION 1.1\n\n[Mix]\n  FORMAT = \"{Format}\"\n  PREVIOUS_MIX_VERSION = \"{Previous}\"\n"));

    private static string? MachineFormat()
    {
        const string Place = "/usr/share/defaults/swupd/format";
        return File.Exists(Place) ? File.ReadAllText(Place).Trim() : null;
    }

    private static int FormatOf(string text, string file, int line) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var format) && format > 0 ? format : throw Wrong(file, line, "FORMAT", text);

    private static ConfigException Wrong(string file, int line, string key, string text) =>
        new([new ConfigError(file, line, $"Mix.{key} is '{text}'", "Write a number between quotes")]);
}
