using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Workspace;

/// <summary>One key that builder.conf may have.</summary>
/// <param name="Default">What stands for a missing key; <c>{cwd}</c> is the workspace.</param>
internal sealed record BuilderKey(string Section, string Key, string Default, bool Required = false, bool IsList = false)
{
    public string Name => $"{Section}.{Key}";
}

/// <summary>Reads, converts, changes and writes builder.conf (format clause 2.2).</summary>
public sealed partial class BuilderConfigFile
{
    private const string VersionLine = "#VERSION 1.2";

    private static readonly BuilderKey[] s_keys =
    [
        new("Builder", "CERT", "{cwd}/Swupd_Root.pem", Required: true),
        new("Builder", "SERVER_STATE_DIR", "{cwd}/update", Required: true),
        new("Builder", "VERSIONS_PATH", "{cwd}", Required: true),
        new("Builder", "YUM_CONF", "{cwd}/.yum-mix.conf", Required: true),
        new("Swupd", "BUNDLE", "os-core-update"),
        new("Swupd", "CONTENTURL", "<URL where the content will be hosted>"),
        new("Swupd", "VERSIONURL", "<URL where the version of the mix will be hosted>"),
        new("Swupd", "COMPRESSION", "external-xz", IsList: true),
        new("Swupd", "UPSTREAM_BUNDLES_URL", ""),
        new("Server", "DEBUG_INFO_BANNED", "true"),
        new("Server", "DEBUG_INFO_LIB", "/usr/lib/debug"),
        new("Server", "DEBUG_INFO_SRC", "/usr/src/debug"),
        new("Mixer", "LOCAL_BUNDLE_DIR", "{cwd}/local-bundles"),
        new("Mixer", "LOCAL_REPO_DIR", "{cwd}/local-yum"),
        new("Mixer", "LOCAL_RPM_DIR", "{cwd}/local-rpms"),
        new("Mixer", "OS_RELEASE_PATH", ""),
        new("Mixer", "LOG", ""),
        new("Slipway", "TYPE", "rpm"),
        new("Slipway", "ARCHITECTURE", ""),
    ];

    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<ConfigError> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly string _workspace;

    private BuilderConfigFile(string file, string workspace)
    {
        File = file;
        _workspace = workspace;
    }

    public string File { get; }

    /// <summary>The format number that an old builder.conf held; it belongs into mixer.state now.</summary>
    public string? LegacyFormat { get; private set; }

    /// <summary>True for a file of another version than 1.2, which is to be converted.</summary>
    public bool IsOld { get; private set; }

    /// <summary>A file of defaults, as init writes it.</summary>
    public static BuilderConfigFile New(string file, string workspace) => new(file, workspace);

    /// <summary>Reads a file; an old one is understood and marked so.</summary>
    public static BuilderConfigFile Load(string file, string workspace)
    {
        if (!System.IO.File.Exists(file))
        {
            throw new SlipwayException($"read {file}", "there is no such file", "run slipway mix init here, or name the file with --config")
            {
                Kind = FailureKind.Usage,
            };
        }
        var text = System.IO.File.ReadAllText(file);
        var read = new BuilderConfigFile(file, workspace);
        var first = text.Split('\n', 2)[0].Trim();
        if (first == VersionLine)
            read.Take(TomlText.Read(file, text, read._errors));
        else
            read.TakeOld(text);
        return read;
    }

    /// <summary>Every key with its value, in the order of the file.</summary>
    public IEnumerable<(string Name, IReadOnlyList<string> Value)> All() => s_keys.Select(k => (k.Name, Raw(k)));

    public IReadOnlyList<string> Get(string name) => Raw(Require(name));

    /// <param name="value">Of a list: its items with commas between them.</param>
    public void Set(string name, string value)
    {
        var key = Require(name);
        _values[key.Name] = key.IsList ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value];
        _lines.Remove(key.Name);
    }

    public void Save()
    {
        var text = new StringBuilder(VersionLine).Append('\n');
        foreach (var section in s_keys.GroupBy(k => k.Section))
        {
            // The ancestor's file has no such table: one that does without it stays as the ancestor would write it.
            if (section.Key == "Slipway" && section.All(k => Raw(k).SequenceEqual(DefaultOf(k))))
                continue;
            text.Append($"\n[{section.Key}]\n");
            foreach (var key in section)
            {
                var value = Raw(key);
                text.Append($"  {key.Key} = {(key.IsList ? $"[{string.Join(", ", value.Select(TomlText.Quoted))}]" : TomlText.Quoted(value[0]))}\n");
            }
        }
        AtomicFile.WriteText(File, text.ToString());
    }

    /// <summary>The values with variables replaced.</summary>
    /// <exception cref="ConfigException">Anything in the file is wrong; every error has its line and key.</exception>
    public BuilderConfig Read(Func<string, string?> variable)
    {
        var errors = new List<ConfigError>(_errors);
        string Text(string name) => Expanded(Require(name), variable, errors);
        string Place(string name) => Text(name) is { Length: > 0 } path ? Path.GetFullPath(path, _workspace) : "";
        var type = OneOf("Slipway.TYPE", Text("Slipway.TYPE"), errors, ("rpm", PackageType.Rpm), ("deb", PackageType.Deb), ("pacman", PackageType.Pacman));
        var config = new BuilderConfig
        {
            Certificate = Place("Builder.CERT"),
            StateDirectory = Place("Builder.SERVER_STATE_DIR"),
            VersionsPath = Place("Builder.VERSIONS_PATH"),
            RepositoriesFile = Place("Builder.YUM_CONF"),
            UpdateBundle = Text("Swupd.BUNDLE"),
            ContentUrl = Text("Swupd.CONTENTURL"),
            VersionUrl = Text("Swupd.VERSIONURL"),
            Compression = Raw(Require("Swupd.COMPRESSION")),
            UpstreamBundlesUrl = Text("Swupd.UPSTREAM_BUNDLES_URL"),
            DebugInfoBanned = OneOf("Server.DEBUG_INFO_BANNED", Text("Server.DEBUG_INFO_BANNED"), errors, ("true", true), ("false", false)),
            DebugInfoLib = Text("Server.DEBUG_INFO_LIB"),
            DebugInfoSrc = Text("Server.DEBUG_INFO_SRC"),
            LocalBundles = Place("Mixer.LOCAL_BUNDLE_DIR"),
            LocalRepository = Place("Mixer.LOCAL_REPO_DIR"),
            LocalPackages = Place("Mixer.LOCAL_RPM_DIR"),
            OsReleasePath = Place("Mixer.OS_RELEASE_PATH"),
            Log = Place("Mixer.LOG"),
            Type = type,
            Architecture = Text("Slipway.ARCHITECTURE") is { Length: > 0 } given ? given : type == PackageType.Deb ? "amd64" : "x86_64",
            Warnings = _warnings,
        };
        return errors.Count == 0 ? config : throw new ConfigException([.. errors.OrderBy(e => e.Line)]);
    }

    [GeneratedRegex(@"\$(?:\{(\w+)\}|(\w+))", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    private string Expanded(BuilderKey key, Func<string, string?> variable, List<ConfigError> errors)
    {
        var text = Variable().Replace(Raw(key)[0], found =>
        {
            var name = found.Groups[1].Success ? found.Groups[1].Value : found.Groups[2].Value;
            if (variable(name) is { } value)
                return value;
            errors.Add(Error(key, $"{key.Name}: the variable {name} is not set", $"export {name}, or write its value"));
            return "";
        });
        if (text.Any(char.IsControl))
        {
            errors.Add(Error(key, $"{key.Name} holds a control character", "Write plain text"));
            return "";
        }
        if (key.Required && text.Length == 0)
            errors.Add(Error(key, $"{key.Name} is empty", $"Write a path, or remove the line for {DefaultOf(key)[0]}"));
        return text;
    }

    private T OneOf<T>(string name, string text, List<ConfigError> errors, params (string Word, T Meaning)[] choices)
    {
        foreach (var (word, meaning) in choices)
        {
            if (word == text)
                return meaning;
        }
        errors.Add(Error(Require(name), $"{name} is '{text}'", $"Write {string.Join(" or ", choices.Select(c => $"\"{c.Word}\""))}"));
        return choices[0].Meaning;
    }

    private ConfigError Error(BuilderKey key, string message, string remedy) => new(File, _lines.GetValueOrDefault(key.Name, 1), message, remedy);

    private IReadOnlyList<string> Raw(BuilderKey key) => _values.TryGetValue(key.Name, out var value) ? value : DefaultOf(key);

    private string[] DefaultOf(BuilderKey key) => [key.Default.Replace("{cwd}", _workspace, StringComparison.Ordinal)];

    private static BuilderKey Require(string name) => s_keys.FirstOrDefault(k => k.Name == name)
        ?? throw new SlipwayException($"the key {name}", "builder.conf has no such key", $"one of {string.Join(", ", s_keys.Select(k => k.Name))}") { Kind = FailureKind.Usage };

    private void Take(IEnumerable<TomlValue> values)
    {
        foreach (var value in values)
        {
            if (s_keys.FirstOrDefault(k => k.Section == value.Section && k.Key == value.Key) is not { } key)
            {
                _warnings.Add($"{File}:{value.Line}: {value.Section}.{value.Key} is not a known key and has no effect");
                continue;
            }
            _lines[key.Name] = value.Line;
            if (key.IsList != value.IsList)
                _errors.Add(Error(key, $"{key.Name} is {(key.IsList ? "not a list" : "a list")}", key.IsList ? "Write [\"one\", \"two\"]" : "Write one text between quotes"));
            else
                _values[key.Name] = value.Texts;
        }
    }
}
