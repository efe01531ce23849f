namespace Slipway.Cli.Compat;

/// <summary>An option as it was given, by its full name; a flag has no value.</summary>
internal sealed record GivenOption(string Name, string? Value);

/// <summary>What a command line comes to.</summary>
internal enum CommandLineOutcome { Options, UsageError, Help, Version }

/// <summary>
/// Reads command lines as the ancestor's library (docopt 0.6.2, options first) does: unique beginnings of long options,
/// any next word as a value, help and version before usage errors.
/// </summary>
internal sealed class CommandLineReader
{
    private readonly ProgramUsage _usage;
    private readonly Queue<string> _words;
    private readonly List<GivenOption> _given = [];

    // An unknown option becomes known where it is met, so that its own beginning may become ambiguous.
    private readonly List<string> _known;
    private readonly HashSet<string> _unknownWithValue = [];
    private bool _unknown;

    private CommandLineReader(ProgramUsage usage, IEnumerable<string> arguments)
    {
        _usage = usage;
        _words = new(arguments);
        _known = [.. usage.Options];
    }

    /// <summary>Values by name; null unless the outcome is <see cref="CommandLineOutcome.Options"/>.</summary>
    public Dictionary<string, object?>? Values { get; private set; }

    /// <summary>Why it is a usage error, when more can be said than that no form fits.</summary>
    public string? Problem { get; private set; }

    public CommandLineOutcome Outcome { get; private set; }

    public static CommandLineReader Read(ProgramUsage usage, IReadOnlyList<string> arguments)
    {
        var reader = new CommandLineReader(usage, arguments);
        reader.Outcome = reader.Decide();
        return reader;
    }

    private CommandLineOutcome Decide()
    {
        while (_words.TryPeek(out var word) && word.Length > 1 && word[0] == '-' && word != "--")
        {
            _words.Dequeue();
            Problem = word.StartsWith("--", StringComparison.Ordinal) ? Long(word) : Short(word[1..]);
            if (Problem is not null) return CommandLineOutcome.UsageError;
        }
        if (_given.Any(one => one.Name is "-h" or "--help" && one.Value != "")) return CommandLineOutcome.Help;
        if (_given.Any(one => one.Name == "--version" && one.Value != "")) return CommandLineOutcome.Version;
        if (!_unknown) Values = _usage.Match(_given, [.. _words]);
        return Values is null ? CommandLineOutcome.UsageError : CommandLineOutcome.Options;
    }

    private string? Long(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var value = equals < 0 ? null : word[(equals + 1)..];
        var alike = _known.Where(one => one == name).ToList();
        if (alike.Count == 0) alike = [.. _known.Where(one => one.StartsWith("--", StringComparison.Ordinal) && one.StartsWith(name, StringComparison.Ordinal))];
        if (alike.Count > 1) return $"{name} is not a unique prefix: {string.Join(", ", alike)}?";
        if (alike.Count == 0) return Unknown(name, value);
        name = alike[0];
        if (!TakesValue(name)) return value is null ? Give(name, null) : $"{name} must not have an argument";
        if (value is null && !_words.TryDequeue(out value)) return $"{name} requires argument";
        return Give(name, value);
    }

    private bool TakesValue(string name) => _usage.TakesValue(name) || _unknownWithValue.Contains(name);

    private string? Short(string letters)
    {
        foreach (var letter in letters.TrimStart('-'))
        {
            var name = $"-{letter}";
            if (_known.Contains(name)) Give(name, null);
            else Unknown(name, null);
        }
        return null;
    }

    private string? Unknown(string name, string? value)
    {
        _unknown = true;
        _known.Add(name);
        if (value is not null) _unknownWithValue.Add(name);
        return Give(name, value);
    }

    private string? Give(string name, string? value)
    {
        _given.Add(new(name, value));
        return null;
    }
}
