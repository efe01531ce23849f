using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Releases.Configuration;

/// <summary>A stream's repository at one commit: its configuration and the bundles that are defined in it.</summary>
public sealed record StreamDefinition(string Commit, StreamConfig Config, IReadOnlyDictionary<string, BundleDefinition> Bundles)
{
    private const int MaxFileBytes = 1 << 20;

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
            BundleSet.Close(config.Bundles.Select(b => b.Name), bundles, StreamConfigReader.FileName, errors);
        }
        catch (ConfigException e)
        {
            errors.AddRange(e.Errors);
        }
        return errors.Count == 0 && config is not null ? new StreamDefinition(commit, config, bundles) : throw new ConfigException(errors);
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
