using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Watching;
using Slipway.Sandbox;

namespace Slipway.Releases.Configuration;

/// <summary>A stream's repository at one commit: its configuration and the bundles that are defined in it.</summary>
public sealed record StreamDefinition(string Commit, StreamConfig Config, IReadOnlyDictionary<string, BundleDefinition> Bundles)
{
    private const int MaxFileBytes = 1 << 20;

    /// <summary>The parts of the repository that releases are made from, each by the object that git keeps it as: unset where there is none.</summary>
    public IReadOnlyList<InputState> Inputs { get; init; } = [];

    /// <exception cref="ConfigException">With every error of every file.</exception>
    public static StreamDefinition Read(Git repository, string commit)
    {
        var errors = new List<ConfigError>();
        var bundles = ReadBundles(repository, commit, errors);
        StreamConfig? config = null;
        try
        {
            config = StreamConfigReader.Parse(ReadText(repository, commit, StreamConfigReader.FileName)
                ?? throw new ConfigException([new ConfigError(StreamConfigReader.FileName, 1, "the file is missing", "add it at the top of the stream's repository")]));
            string? Trusted(string? file) => file is null ? null : ReadText(repository, commit, file)
                ?? throw new ConfigException([new ConfigError(StreamConfigReader.FileName, 1, $"the file {file} is missing, which says whom to trust", "add it to the stream's repository")]);
            config = config with
            {
                Upstream = config.Upstream with { Trust = Trusted(config.Upstream.TrustFile) },
                Providers = [.. config.Providers.Select(p => p with { Trust = Trusted(p.TrustFile) })],
            };
            // Bundles of an upstream stream are known only when a version of it is chosen.
            if (config.Upstream.Type != "stream")
                BundleSet.Close(config.Bundles.Select(b => b.Name), bundles, StreamConfigReader.FileName, errors);
        }
        catch (ConfigException e)
        {
            errors.AddRange(e.Errors);
        }
        return errors.Count == 0 && config is not null
            ? new StreamDefinition(commit, config, bundles) { Inputs = InputsOf(repository, commit, config) }
            : throw new ConfigException(errors);
    }

    private static List<InputState> InputsOf(Git repository, string commit, StreamConfig config)
    {
        (string Path, InputKind Kind)[] parts =
        [
            (StreamConfigReader.FileName, InputKind.Stream), ("bundles", InputKind.Bundles), ("packages", InputKind.Bundles), ("content", InputKind.Bundles),
            ("images", InputKind.Images), ("scripts", InputKind.Scripts),
        ];
        var trust = config.Providers.Select(p => p.TrustFile).Append(config.Upstream.TrustFile).OfType<string>().Distinct().Select(file => (file, InputKind.Stream));
        return [.. parts.Concat(trust).Select(p => (p, Object: repository.ObjectOf(commit, BytePath.From(p.Item1))))
            .Where(p => p.Object is not null).Select(p => InputState.Available(p.p.Item1, p.p.Item2, p.Object!))];
    }

    private static SortedDictionary<string, BundleDefinition> ReadBundles(Git repository, string commit, List<ConfigError> errors)
    {
        var bundles = new SortedDictionary<string, BundleDefinition>(StringComparer.Ordinal);
        foreach (var package in ReadText(repository, commit, "packages") is { } list ? BundleParser.ParsePackagesList("packages", list, errors) : [])
            bundles[package.Name] = package;
        foreach (var entry in repository.ListTree(commit, BytePath.From("bundles")))
        {
            var file = entry.Path.ToString();
            var name = entry.Path.Name.ToString();
            if (entry.Kind == "blob" && !name.StartsWith('.') && ReadText(repository, commit, file) is { } text)
                bundles[name] = BundleParser.Parse(name, file, text, errors);
        }
        return bundles;
    }

    private static string? ReadText(Git repository, string commit, string file)
    {
        var content = repository.ReadFile(commit, BytePath.From(file));
        if (content is { Length: > MaxFileBytes })
            throw new ConfigException([new ConfigError(file, 1, $"the file has more than {MaxFileBytes} bytes", "split it")]);
        return content is null ? null : Encoding.UTF8.GetString(content);
    }
}
