namespace Slipway.Cli.Compat;

/// <summary>One way to call a program: what must be there, what may, what comes all or not at all, and of what exactly one.</summary>
internal sealed record UsageForm
{
    /// <summary>Options that must be given, each once.</summary>
    public string[] Required { get; init; } = [];

    /// <summary>Options that may be given, each once.</summary>
    public string[] Optional { get; init; } = [];

    /// <summary>Options of which exactly one must be given.</summary>
    public string[] OneOf { get; init; } = [];

    /// <summary>Options that are given all together or not at all.</summary>
    public string[] Together { get; init; } = [];

    /// <summary>An option that may be given any number of times.</summary>
    public string? Repeated { get; init; }

    /// <summary>What the words after the options are called; <c>--</c> before them is for show. Unset: there are none.</summary>
    public string? Rest { get; init; }

    public IEnumerable<string> Names => [.. Required, .. Optional, .. OneOf, .. Together, .. Repeated is { } repeated ? [repeated] : Array.Empty<string>()];
}

/// <summary>The command line of one of the ancestor's programs.</summary>
/// <param name="Name">The name it is called by.</param>
/// <param name="About">What it is for, in one line.</param>
/// <param name="Values">Its options that take a value, with the name of the value; every other one is a flag.</param>
internal sealed record ProgramUsage(string Name, string About, IReadOnlyDictionary<string, string> Values, params UsageForm[] Forms)
{
    private const string Version = "1.0.7";
    private static readonly UsageForm[] HelpForms = [new() { Required = ["-h"] }, new() { Required = ["--help"] }];

    private IEnumerable<UsageForm> AllForms => [.. HelpForms, .. Forms];

    /// <summary>All option names; the long ones also count by a unique beginning.</summary>
    public IReadOnlyList<string> Options => [.. AllForms.SelectMany(form => form.Names).Distinct()];

    public bool TakesValue(string option) => Values.ContainsKey(option);

    /// <summary>Says the version of the ancestor, whose scripts compare it.</summary>
    public string VersionLine => $"CB ({(Name.StartsWith("cb-", StringComparison.Ordinal) ? Name[3..] : Name)}) version {Version}";

    public string UsageText => "Usage:\n" + string.Join('\n', Forms.Select(form => $"    {Name} {Synopsis(form)}").Append($"    {Name} -h | --help").Append($"    {Name} --version")) + "\n";

    public string HelpText => $"{Name}: {About}\n\n{UsageText}";

    private string Synopsis(UsageForm form)
    {
        var words = form.Required.Select(Spell).ToList();
        if (form.OneOf.Length > 0) words.Add($"({string.Join(" | ", form.OneOf.Select(Spell))})");
        if (form.Together.Length > 0) words.Add($"[({string.Join(' ', form.Together.Select(Spell))})]");
        words.AddRange(form.Optional.Select(one => $"[{Spell(one)}]"));
        if (form.Repeated is { } repeated) words.Add($"[{Spell(repeated)}...]");
        if (form.Rest is { } rest) words.Add($"[--] [{rest}...]");
        return string.Join(' ', words);
    }

    private string Spell(string option) => Values.TryGetValue(option, out var value) ? $"{option}=<{value}>" : option;

    /// <summary>The values of a command line by name when some form allows it; null when none does.</summary>
    public Dictionary<string, object?>? Match(IReadOnlyList<GivenOption> given, IReadOnlyList<string> rest)
    {
        var form = AllForms.FirstOrDefault(one => Fits(one, given, rest));
        if (form is null) return null;
        var values = Options.ToDictionary(name => name, name => TakesValue(name) ? null : (object?)false, StringComparer.Ordinal);
        foreach (var repeated in Forms.Select(one => one.Repeated).OfType<string>())
            values[repeated] = given.Where(one => one.Name == repeated).Select(one => one.Value).ToList();
        foreach (var named in Forms.Select(one => one.Rest).OfType<string>())
        {
            var dashes = rest.Count > 0 && rest[0] == "--";
            values["--"] = dashes;
            values[named] = rest.Skip(dashes ? 1 : 0).ToList();
        }
        foreach (var option in given.Where(option => values[option.Name] is not List<string?>)) values[option.Name] = TakesValue(option.Name) ? option.Value : true;
        return values;
    }

    private static bool Fits(UsageForm form, IReadOnlyList<GivenOption> given, IReadOnlyList<string> rest)
    {
        var counts = given.CountBy(option => option.Name).ToDictionary(StringComparer.Ordinal);
        int Times(string name) => counts.GetValueOrDefault(name);
        var together = form.Together.Count(name => Times(name) > 0);
        return form.Required.All(name => Times(name) == 1)
            && (form.OneOf.Length == 0 || form.OneOf.Sum(Times) == 1)
            && (together == 0 || together == form.Together.Length)
            && counts.All(one => one.Key == form.Repeated || (one.Value == 1 && form.Names.Contains(one.Key)))
            && (rest.Count == 0 || form.Rest is not null);
    }
}
