using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Compose.Bundles;

/// <summary>Reads bundle definition files and packages lists (format clause 2.4); every error carries its file and line.</summary>
public static partial class BundleParser
{
    private const int MaxLines = 100_000;

    /// <summary>Reads one definition.</summary>
    /// <param name="name">The bundle's name, that is the file's name.</param>
    /// <param name="errors">Receives what is wrong; the definition holds what could be read.</param>
    public static BundleDefinition Parse(string name, string file, string text, ICollection<ConfigError> errors)
    {
        var reading = new Reading(name, file, errors);
        if (!BundleDefinition.IsBundleName(name))
            reading.Fail(1, $"'{name}' is not a bundle name", "Rename the file: letters, digits, '-', '_', '+' and '.', not MoM or full");
        var lines = text.Split('\n', MaxLines + 1);
        if (lines.Length > MaxLines)
            reading.Fail(MaxLines, $"the file has more than {MaxLines} lines", "Split the bundle");
        for (var i = 0; i < Math.Min(lines.Length, MaxLines); i++)
            reading.Line(i + 1, lines[i]);
        return reading.Finish();
    }

    /// <summary>Reads a packages list: each line names a bundle of one package.</summary>
    public static IReadOnlyList<BundleDefinition> ParsePackagesList(string file, string text, ICollection<ConfigError> errors)
    {
        var bundles = new SortedDictionary<string, BundleDefinition>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.Split('\n', MaxLines))
        {
            number++;
            var name = WithoutComment(line);
            if (name.Length == 0)
                continue;
            if (!BundleDefinition.IsBundleName(name))
                errors.Add(new ConfigError(file, number, $"'{name}' is not a package name", "Write one package name per line"));
            else
                bundles[name] = BundleDefinition.OfPackage(name, file);
        }
        return [.. bundles.Values];
    }

    /// <summary>What strict validation adds: all five fields are there and the title is the file's name.</summary>
    public static void CheckStrictly(BundleDefinition bundle, ICollection<ConfigError> errors)
    {
        var header = bundle.Header;
        foreach (var (key, value) in new[] { ("TITLE", header.Title), ("DESCRIPTION", header.Description), ("STATUS", header.Status), ("CAPABILITIES", header.Capabilities), ("MAINTAINER", header.Maintainer) })
        {
            if (value.Length == 0)
                errors.Add(new ConfigError(bundle.File, 1, $"the header field {key} is missing or empty", $"Add a line '# [{key}]: ...'"));
        }
        if (header.Title.Length > 0 && header.Title != bundle.Name)
            errors.Add(new ConfigError(bundle.File, 1, $"the title '{header.Title}' is not the bundle's name '{bundle.Name}'", $"Write '# [TITLE]: {bundle.Name}'"));
    }

    [GeneratedRegex(@"^# \[([A-Z]+)\]:\s*(.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex HeaderLine();

    [GeneratedRegex(@"^([a-z-]+)\((.*)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex DirectiveLine();

    private static string WithoutComment(string line)
    {
        var at = line.IndexOf('#', StringComparison.Ordinal);
        return (at < 0 ? line : line[..at]).Trim();
    }

    private sealed class Reading(string name, string file, ICollection<ConfigError> errors)
    {
        private readonly Dictionary<string, string> _header = [];
        private readonly List<string> _includes = [];
        private readonly List<string> _alsoAdd = [];
        private readonly SortedSet<string> _packages = new(StringComparer.Ordinal);
        private readonly List<string> _content = [];
        private readonly SortedSet<string> _unExported = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

        public void Fail(int line, string message, string remedy) => errors.Add(new ConfigError(file, line, message, remedy));

        public void Line(int number, string raw)
        {
            var line = raw.TrimEnd('\r', ' ', '\t');
            if (HeaderLine().Match(line) is { Success: true } header)
            {
                HeaderField(number, header.Groups[1].Value, header.Groups[2].Value);
                return;
            }
            var text = WithoutComment(line);
            if (text.Length == 0)
                return;
            if (DirectiveLine().Match(text) is { Success: true } directive)
                Directive(number, directive.Groups[1].Value, directive.Groups[2].Value.Trim());
            else if (BundleDefinition.IsName(text))
                _packages.Add(text);
            else
                Fail(number, $"'{Shown(text)}' is neither a package name nor a directive", "Write one package name per line, or include(x), also-add(x), content(/path), un-export(/path)");
        }

        public BundleDefinition Finish()
        {
            // A name in both lists is only included: what a device must have cannot be optional too.
            var optional = _alsoAdd.Except(_includes).ToList();
            return new(name, file, Header(), _includes, optional, [.. _packages], _content, [.. _unExported]) { Lines = _lines };
        }

        private BundleHeader Header() =>
            new(Field("TITLE"), Field("DESCRIPTION"), Field("STATUS"), Field("CAPABILITIES"), Field("MAINTAINER"));

        private string Field(string key) => _header.GetValueOrDefault(key, "");

        private void HeaderField(int number, string key, string value)
        {
            if (key is not ("TITLE" or "DESCRIPTION" or "STATUS" or "CAPABILITIES" or "MAINTAINER"))
                Fail(number, $"the header field {key} is unknown", "Use TITLE, DESCRIPTION, STATUS, CAPABILITIES or MAINTAINER");
            else if (!_header.TryAdd(key, value.Trim()))
                Fail(number, $"the header field {key} is given twice", "Keep one of them");
        }

        private void Directive(int number, string directive, string argument)
        {
            switch (directive)
            {
                case "include":
                    BundleReference(number, argument, _includes);
                    break;
                case "also-add":
                    BundleReference(number, argument, _alsoAdd);
                    break;
                case "content":
                    AbsolutePath(number, argument, _content);
                    break;
                case "un-export":
                    AbsolutePath(number, argument, _unExported);
                    break;
                default:
                    Fail(number, $"the directive '{directive}' is unknown", "Use include, also-add, content or un-export");
                    break;
            }
        }

        private void BundleReference(int number, string argument, List<string> into)
        {
            if (!BundleDefinition.IsBundleName(argument))
                Fail(number, $"'{Shown(argument)}' is not a bundle name", "Name a bundle between the parentheses");
            else if (!into.Contains(argument))
            {
                into.Add(argument);
                _lines.TryAdd(argument, number);
            }
        }

        private void AbsolutePath(int number, string argument, ICollection<string> into)
        {
            var path = argument.Length > 1 ? argument.TrimEnd('/') : argument;
            var steps = path.Split('/');
            if (!path.StartsWith('/') || path.Length < 2 || path.Length > 4095 || path.Contains('\0', StringComparison.Ordinal) || steps.Skip(1).Any(s => s is "" or "." or ".."))
                Fail(number, $"'{Shown(argument)}' is not an absolute path", "Write the path from the root, without '.', '..' or empty steps");
            else
                into.Add(path);
        }

        private static string Shown(string text)
        {
            var visible = new string([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
            return text.Length > 80 ? visible + "..." : visible;
        }
    }
}
