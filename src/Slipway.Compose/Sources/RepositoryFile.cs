using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Compose.Sources;

/// <summary>What a repository of a mix is.</summary>
public enum MixRepositoryKind
{
    /// <summary>An indexed repository of the mix's package type.</summary>
    Indexed,

    /// <summary>A directory of package files, without an index.</summary>
    Directory,

    /// <summary>The machine's own distribution, through its apt.</summary>
    Host,
}

/// <summary>A repository that a mix takes packages from.</summary>
/// <param name="Url">http, https or file; variables replaced.</param>
/// <param name="Priority">1 to 99, 1 is the best.</param>
/// <param name="Checks">False where its signatures are not asked for (gpgcheck=0).</param>
/// <param name="KeyFiles">Files with the OpenPGP keys that its index must be signed by.</param>
public sealed record MixRepository(
    string Name, MixRepositoryKind Kind, string Url, int Priority, IReadOnlyList<string> Exclude, bool Checks, IReadOnlyList<string> KeyFiles, string Suite, IReadOnlyList<string> Components)
{
    /// <summary>The worst, which is what a repository without one has.</summary>
    public const int LowestPriority = 99;
}

/// <summary>
/// The file of repositories (YUM_CONF): an INI file as dnf reads it, with suite, components and kind besides. What is not understood is
/// kept as it stands.
/// </summary>
public sealed class RepositoryFile
{
    private const string Main = "main";
    private readonly List<(string Name, List<(string Key, string Value, int Line)> Lines)> _sections = [];

    private RepositoryFile(string file) => File = file;

    public string File { get; }

    public IEnumerable<string> Names => _sections.Select(s => s.Name).Where(n => n != Main);

    /// <summary>Reads the file; one that does not exist is empty.</summary>
    public static RepositoryFile Load(string file)
    {
        var read = new RepositoryFile(file);
        if (!System.IO.File.Exists(file))
            return read;
        var errors = new List<ConfigError>();
        var number = 0;
        foreach (var raw in System.IO.File.ReadLines(file))
            read.Take(raw.TrimEnd(), ++number, errors);
        return errors.Count == 0 ? read : throw new ConfigException(errors);
    }

    public string? Get(string repository, string key) =>
        Section(repository)?.FirstOrDefault(l => l.Key == key) is { Key: not null } line ? line.Value : null;

    public void Add(string name, IEnumerable<(string Key, string Value)> values)
    {
        RequireName(name);
        if (Section(name) is not null)
            throw new SlipwayException($"add the repository {name}", $"{File} has one of this name", $"slipway mix repo set-url {name} URL, or slipway mix repo remove {name}") { Kind = FailureKind.Usage };
        _sections.Add((name, [.. values.Select(v => (v.Key, v.Value, 0))]));
    }

    public void Set(string repository, string key, string value)
    {
        var lines = Require(repository);
        lines.RemoveAll(l => l.Key == key);
        lines.Add((key, value, 0));
    }

    public void Remove(string repository)
    {
        Require(repository);
        _sections.RemoveAll(s => s.Name == repository);
    }

    public void Save()
    {
        var text = new StringBuilder();
        foreach (var (name, lines) in _sections)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append($"[{name}]\n");
            foreach (var (key, value, _) in lines)
                text.Append(key.Length == 0 ? $"{value}\n" : $"{key}={value.ReplaceLineEndings("\n ")}\n");
        }
        AtomicFile.WriteText(File, text.ToString());
    }

    /// <summary>The repositories that are switched on, in the order of the file.</summary>
    /// <param name="variables">What $releasever, $basearch and $arch stand for.</param>
    /// <param name="checks">What holds where neither the repository nor [main] says whether signatures are asked for.</param>
    public IReadOnlyList<MixRepository> Repositories(IReadOnlyDictionary<string, string> variables, bool checks)
    {
        var errors = new List<ConfigError>();
        var all = _sections.Where(s => s.Name != Main && Get(s.Name, "enabled") is not "0").Select(s => Repository(s.Name, variables, checks, errors)).ToList();
        return errors.Count == 0 ? all : throw new ConfigException(errors);
    }

    public static void RequireName(string name)
    {
        if (name is Main || name.Length is 0 or > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'))
            throw new SlipwayException($"the repository name '{name}'", "it cannot be one", "letters, digits, '-', '_', '.' and ':'") { Kind = FailureKind.Usage };
    }

    private MixRepository Repository(string name, IReadOnlyDictionary<string, string> variables, bool checks, List<ConfigError> errors)
    {
        var kind = Get(name, "kind") switch
        {
            null or "" or "index" => MixRepositoryKind.Indexed,
            "directory" => MixRepositoryKind.Directory,
            "host" => MixRepositoryKind.Host,
            var other => Wrong(name, "kind", $"'{other}' is no kind of repository", "Write index, directory or host", MixRepositoryKind.Indexed, errors),
        };
        var url = Substituted(Get(name, "baseurl") ?? "", variables);
        if (kind != MixRepositoryKind.Host && url.Length == 0)
            _ = Wrong(name, "baseurl", $"the repository {name} has no baseurl", "Add baseurl=URL", 0, errors);
        var priority = Get(name, "priority") is not { } text ? MixRepository.LowestPriority
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given is > 0 and <= MixRepository.LowestPriority ? given
            : Wrong(name, "priority", $"the priority '{text}' of {name} is not from 1 to 99", "Write a number from 1 (best) to 99", 1, errors);
        return new MixRepository(
            name, kind, url, priority, Words(Get(name, "excludepkgs") ?? Get(name, "exclude") ?? ""), Flag(name, "gpgcheck") ?? Flag(Main, "gpgcheck") ?? checks,
            [.. Words(Get(name, "gpgkey") ?? "").Select(k => Path.GetFullPath(k.StartsWith("file://", StringComparison.Ordinal) ? k["file://".Length..] : k, Path.GetDirectoryName(Path.GetFullPath(File))!))],
            Get(name, "suite") ?? "", Words(Get(name, "components") ?? "main"));
    }

    private bool? Flag(string section, string key) => Get(section, key)?.ToLowerInvariant() switch
    {
        null => null,
        "0" or "no" or "false" or "off" => false,
        _ => true,
    };

    private T Wrong<T>(string name, string key, string message, string remedy, T instead, List<ConfigError> errors)
    {
        var line = Require(name).FirstOrDefault(l => l.Key == key).Line;
        errors.Add(new ConfigError(File, Math.Max(1, line), message, remedy));
        return instead;
    }

    private static string Substituted(string url, IReadOnlyDictionary<string, string> variables) =>
        variables.OrderByDescending(v => v.Key.Length).Aggregate(url, (text, variable) =>
            text.Replace("${" + variable.Key + "}", variable.Value, StringComparison.Ordinal).Replace("$" + variable.Key, variable.Value, StringComparison.Ordinal));

    private static string[] Words(string text) => text.Split([' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private List<(string Key, string Value, int Line)>? Section(string name) => _sections.FirstOrDefault(s => s.Name == name).Lines;

    private List<(string Key, string Value, int Line)> Require(string name) => Section(name)
        ?? throw new SlipwayException($"the repository {name}", $"{File} has none of this name", Names.Any() ? $"one of {string.Join(", ", Names)}" : "slipway mix repo add NAME URL") { Kind = FailureKind.Usage };

    private void Take(string line, int number, List<ConfigError> errors)
    {
        var text = line.Trim();
        if (text.Length == 0)
            return;
        if (text[0] == '[' && text[^1] == ']')
        {
            var name = text[1..^1].Trim();
            if (Section(name) is not null)
                errors.Add(new ConfigError(File, number, $"the section [{name}] is there twice", "Remove one of them"));
            _sections.Add((name, []));
            return;
        }
        if (_sections.Count == 0)
            _sections.Add((Main, []));
        var lines = _sections[^1].Lines;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (text[0] is '#' or ';')
            lines.Add(("", text, number));
        else if (line[0] is ' ' or '\t' && lines.Count > 0 && lines[^1].Key.Length > 0)
            lines[^1] = lines[^1] with { Value = lines[^1].Value + "\n" + text };
        else if (equals > 0)
            lines.Add((text[..equals].Trim(), text[(equals + 1)..].Trim(), number));
        else
            errors.Add(new ConfigError(File, number, "the line is neither a section nor a key with a value", "Write KEY=value"));
    }
}
