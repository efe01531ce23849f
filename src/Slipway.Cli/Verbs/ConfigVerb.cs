using System.CommandLine;
using System.Text;
using Slipway.Builds.Roots;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Releases.Configuration;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway config check`: what is wrong in a source or stream repository, with file, line and remedy.</summary>
internal static class ConfigVerb
{
    public static Command Create() => new("config", "Check configuration") { Check() };

    private static Command Check()
    {
        var directory = new Argument<string>("DIR") { Description = "Work tree of a source or stream repository", DefaultValueFactory = _ => "." };
        var command = new Command("check", "Check every configuration file below a directory") { directory };
        command.SetAction(parsed =>
        {
            var root = Path.GetFullPath(parsed.GetValue(directory)!);
            var (files, errors) = CheckAll(root);
            foreach (var error in errors) Console.Error.WriteLine($"error: {error.File}:{error.Line}: {error.Message}. Try: {error.Remedy}");
            new Output(parsed).Done($"{files} files checked, {errors.Count} errors", new { files, errors });
            return files == 0
                ? throw new SlipwayException($"configuration below {root}", "there is none", "name the work tree of a source or stream repository") { Kind = FailureKind.Usage }
                : errors.Count == 0 ? ExitCodes.Done : ExitCodes.Usage;
        });
        return command;
    }

    private static (int Files, List<ConfigError> Errors) CheckAll(string root)
    {
        var (files, errors) = (0, new List<ConfigError>());
        foreach (var (file, check) in Checks(root))
        {
            files++;
            try
            {
                check(File.ReadAllText(file), Path.GetRelativePath(root, file));
            }
            catch (ConfigException found)
            {
                errors.AddRange(found.Errors);
            }
        }
        return (files, errors);
    }

    private static IEnumerable<(string File, Action<string, string> Check)> Checks(string root)
    {
        foreach (var file in Below(root, "dists", "*.yml")) yield return (file, (_, name) => Dist.Parse(DistText.Whole(Path.GetFileNameWithoutExtension(file), other => Beside(file, other))!, name));
        foreach (var file in Below(root, "projects", "cloud_builder.yml")) yield return (file, CheckMetadata);
        foreach (var file in Below(root, "bundles", "*")) yield return (file, CheckBundle);
        var stream = Path.Combine(root, StreamConfigReader.FileName);
        if (File.Exists(stream)) yield return (stream, (text, name) => StreamConfigReader.Parse(text, name));
    }

    private static string? Beside(string file, string name) => Path.Combine(Path.GetDirectoryName(file)!, name + ".yml") is var other && File.Exists(other) ? File.ReadAllText(other) : null;

    private static void CheckMetadata(string text, string name)
    {
        if (ProjectMetadata.Read(Encoding.UTF8.GetBytes(text), out var errors) is null)
            throw new ConfigException([.. errors.Select(e => new ConfigError(name, e.Line, e.Text, "write it as docs/operating.md shows"))]);
    }

    private static void CheckBundle(string text, string name)
    {
        var errors = new List<ConfigError>();
        BundleParser.Parse(Path.GetFileName(name), name, text, errors);
        if (errors.Count > 0) throw new ConfigException(errors);
    }

    private static IEnumerable<string> Below(string root, string directory, string pattern)
    {
        var path = Path.Combine(root, directory);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Order(StringComparer.Ordinal)
            : [];
    }
}
