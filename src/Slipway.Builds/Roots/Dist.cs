using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Mirrors;
using Slipway.Packages.Repositories;
using Slipway.Sandbox;

namespace Slipway.Builds.Roots;

/// <summary>Where the packages of a build root come from.</summary>
/// <param name="From">The tool family of the source: `apt`, `dnf`, `pacman`, or `kiwi` for the description that a package brings.</param>
/// <param name="Sources">`host`: the package sources of this machine; empty where repositories are named.</param>
/// <param name="Base">Packages every build of the dist has.</param>
public sealed record DistRoot(string From, string Sources, IReadOnlyList<string> Base)
{
    /// <summary>Where the root's packages are, in place of the machine's package sources. Unset: none.</summary>
    public IReadOnlyList<UpstreamRepository> Repositories { get; init; } = [];
}

/// <summary>A repository that is made for the dist out of another distribution's packages.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">Where the packages come from: `apt`, the root's sources.</param>
/// <param name="Packages">Packages to convert; what they need to run comes with them.</param>
public sealed record DistRepository(string Name, string From, IReadOnlyList<string> Packages);

/// <summary>A named build target: what `dists/NAME.yml` says.</summary>
public sealed partial record Dist
{
    // The service's own log of an attempt holds 64 MiB, and the last lines must get in.
    private const long DefaultLogMiB = 60;

    private const string Parts = "architectures";

    public required string Name { get; init; }

    public required PackageType Type { get; init; }

    /// <summary>The architecture of messages and repositories. Unset: x86_64.</summary>
    public string Architecture { get; init; } = "x86_64";

    public required DistRoot Root { get; init; }

    /// <summary>Words for DEB_BUILD_OPTIONS; `nocheck` also leaves out the tests of rpm and pacman builds. Unset: none.</summary>
    public IReadOnlyList<string> BuildOptions { get; init; } = [];

    /// <summary>Variables added to the environment of every build. Unset: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>rpm macros defined for every build. Unset: none.</summary>
    public IReadOnlyDictionary<string, string> Macros { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<DistRepository> Repositories { get; init; } = [];

    /// <summary>How the indexes of the dist's repositories are written. Unset: gzip, valid for ever.</summary>
    public IndexSettings Index { get; init; } = new();

    /// <summary>Bounds of one build. Unset: 4 GiB, 4096 processes, two hours, half an hour of silence, 32 GiB of files, every processor.</summary>
    public SandboxLimits Limits { get; init; } = new();

    /// <summary>Most bytes of a recipe's output that its log keeps. Unset: 60 MiB.</summary>
    public long LogBytes { get; init; } = 60 << 20;

    /// <summary>True: compilers keep what they made for the next build of the same package. Unset: no.</summary>
    public bool CompilerCache { get; init; }

    /// <summary>Who builds a spec file: `debbuild` makes debs of it. Unset: the tool of the type.</summary>
    public string BuildEngine { get; init; } = "";

    /// <summary>What is built again when a package of the dist has changed. Unset: all its dependents, step by step while results change.</summary>
    public RebuildStrategy Rebuild { get; init; }

    /// <summary>Changes when anything that can change a build's result or root changes.</summary>
    public Digest Fingerprint => Digest.Of(System.Text.Encoding.UTF8.GetBytes(string.Join('\n',
        [Name, Type.ToString(), Architecture, Root.From, Root.Sources, .. Root.Base, "repositories", .. Root.Repositories.Select(r => $"{r.Name} {r.Source.Url} {r.Source.Suite} {string.Join(',', r.Source.Components)} {r.Priority} {r.Source.Keys}"), "engine", BuildEngine, "options", .. BuildOptions,
            "environment", .. Environment.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}"),
            "macros", .. Macros.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={m.Value}")])));

    /// <summary>What an image is built with: kiwi and its tools out of the machine's own package sources.</summary>
    public static Dist OfImage(string selection, string architecture) => new() { Name = selection, Type = PackageType.Rpm, Architecture = architecture, Root = new("apt", "host", []) };

    /// <summary>Reads a dist file, or the whole text of one that extends others (<see cref="DistText"/>); everything wrong in it is in one exception.</summary>
    /// <param name="architecture">Which of the dist's architectures it is read for. Unset: the one in its `architecture`; parts of others are looked at all the same.</param>
    /// <exception cref="ConfigException">With file, line and remedy of each error.</exception>
    public static Dist Parse(string text, string file, string? architecture = null)
    {
        if (architecture is not null)
            return Parse(text, file, (Parts, architecture));
        foreach (var name in ConfigDocument.ParseLayers(text, file).Root.OptionalMap(Parts)?.Keys ?? [])
            Parse(text, file, (Parts, name));
        return Parse(text, file, ((string, string)?)null);
    }

    private static Dist Parse(string text, string file, (string Key, string Name)? part)
    {
        var document = ConfigDocument.ParseLayers(text, file, part);
        var map = document.Root;
        map.Has("extends");
        var parts = map.OptionalMap(Parts);
        foreach (var name in parts?.Keys ?? [])
        {
            // Its keys are known by what they say once they are laid over the rest.
            if (parts!.OptionalMap(name) is { } own)
                _ = own.Keys.Count(own.Has);
            if (!Architectures.Names.Contains(name))
                map.Error(Parts, $"architecture `{name}` is not known", "use one of " + string.Join(", ", Architectures.Names));
        }
        var bounds = map.OptionalMap("limits");
        var dist = new Dist
        {
            Name = map.String("name"),
            Type = map.Choice("type", PackageType.Deb),
            Architecture = part is { } chosen && parts?.Keys.Contains(chosen.Name) == true ? chosen.Name : map.String("architecture", "x86_64"),
            Root = DistRoots.Read(map.Map("root"), map.Choice("type", PackageType.Deb)),
            BuildOptions = map.Strings("build_options"),
            Environment = map.NamedStrings("environment"),
            Macros = map.NamedStrings("macros"),
            Repositories = [.. map.Maps("repositories").Select(ReadRepository)],
            Index = map.OptionalMap("index") is { } index ? ReadIndex(index) : new IndexSettings(),
            Limits = bounds is null ? new SandboxLimits() : ReadLimits(bounds),
            LogBytes = (bounds?.Int("log", DefaultLogMiB, 1, DefaultLogMiB) ?? DefaultLogMiB) << 20,
            CompilerCache = map.Bool("ccache", false),
            Rebuild = map.Choice("rebuild", RebuildStrategy.All),
        };
        Check(dist, map, file);
        document.ThrowIfErrors();
        return dist;
    }

    private static DistRepository ReadRepository(ConfigMap map)
    {
        var repository = new DistRepository(map.String("name"), map.String("from", "apt"), map.Strings("packages"));
        if (!PlainName().IsMatch(repository.Name))
            map.Error("name", $"`{repository.Name}` is no repository name", "use lower-case letters, digits, '.', '_' and '-'");
        if (repository.From != "apt")
            map.Error("from", $"a repository from `{repository.From}` is not known", "use `apt`");
        CheckPackages(map, "packages", repository.Packages);
        return repository;
    }

    private static IndexSettings ReadIndex(ConfigMap map)
    {
        var compression = map.String("compression", "gzip");
        if (compression is not ("gzip" or "zstd")) map.Error("compression", $"indexes are not compressed by `{compression}`", "use gzip, which every client reads, or zstd");
        return new IndexSettings
        {
            Compression = compression == "zstd" ? Compression.Zstd : Compression.Gzip,
            ValidFor = map.Has("valid_days") ? TimeSpan.FromDays(map.Int("valid_days", 7, 1, 3650)) : null,
        };
    }

    private static SandboxLimits ReadLimits(ConfigMap map) => new()
    {
        MemoryBytes = map.Int("memory", 4096, 64, 1 << 24) << 20,
        Processes = (int)map.Int("processes", 4096, 16, 1 << 22),
        Wall = TimeSpan.FromMinutes(map.Int("wall", 120, 1, 7 * 24 * 60)),
        Silence = TimeSpan.FromMinutes(map.Int("silence", 30, 1, 7 * 24 * 60)),
        DiskBytes = map.Int("disk", 32 << 10, 64, 1 << 24) << 20,
        Processors = (int)map.Int("processors", 0, 0, 4096),
    };

    private static void Check(Dist dist, ConfigMap map, string file)
    {
        if (!map.Has("type"))
            map.Error("type", "`type` is missing", "say which packages are built: rpm, deb or pacman");
        if (!PlainName().IsMatch(dist.Name))
            map.Error("name", $"`{dist.Name}` is no dist name", "use lower-case letters, digits, '.', '_' and '-'");
        else if (Path.GetFileNameWithoutExtension(file) != dist.Name)
            map.Error("name", $"the dist is named `{dist.Name}`, its file `{Path.GetFileName(file)}`", $"name the file {dist.Name}.yml");
        if (!Architectures.Names.Contains(dist.Architecture))
            map.Error("architecture", $"architecture `{dist.Architecture}` is not known", "use one of " + string.Join(", ", Architectures.Names));
        foreach (var option in dist.BuildOptions.Where(o => !BuildOption().IsMatch(o)))
            map.Error("build_options", $"`{option}` is no build option", "use a word such as nocheck");
        foreach (var name in dist.Environment.Keys.Where(n => !VariableName().IsMatch(n)))
            map.Error("environment", $"`{name}` is no variable name", "use letters, digits and '_'");
        foreach (var name in dist.Macros.Keys.Where(n => !VariableName().IsMatch(n)))
            map.Error("macros", $"`{name}` is no macro name", "use letters, digits and '_'");
        if (dist.Type == PackageType.Deb && dist.Repositories.Count > 0)
            map.Error("repositories", "a deb dist takes packages as they are; nothing is converted for it", "remove `repositories`");
    }

    private static void CheckPackages(ConfigMap map, string key, IReadOnlyList<string> names)
    {
        foreach (var name in names.Where(n => !DebName().IsMatch(n)))
            map.Error(key, $"`{name}` is no package name", "use the name of a Debian package");
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    internal static partial Regex PlainName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.+-]{1,127}\z")]
    internal static partial Regex DebName();

    [GeneratedRegex(@"^[a-z][a-z0-9=_.,-]{0,63}\z")]
    private static partial Regex BuildOption();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableName();
}
