using System.Globalization;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Cli.Compat;

/// <summary>cb-image: one image description built, bundled, and laid out under the names that the ancestor's other programs look for.</summary>
internal sealed class CbImage(CompatOptions options)
{
    private const string NoServer = "none";

    private string Target => Path.GetFullPath(options.Required("--target-dir"));

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess) throw new CompatException("KiwiPrivilegesError", "operation requires root permissions");
        if (options.Text("--repo-server") is { } server and not NoServer)
            throw new CompatException("CBParameterError", $"results are not sent to {server}: repositories are published by slipway collect. Try: without --repo-server, the files are below {Target}.binaries");
        var isLocal = options.Has("--local");
        var results = Directory.CreateTempSubdirectory("slipway-cb-image-").FullName;
        try
        {
            var outcome = await BuildAsync(results, isLocal, cancellation);
            var files = Place(outcome.ResultFiles);
            if (!isLocal) Answer(outcome, files, results);
            if (outcome.Succeeded) return 0;
            CompatProgram.Log("ERROR", outcome.Cause ?? ResponseTexts.ImageBuildFailed);
            return ExitCode(outcome);
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    private async Task<BuildOutcome> BuildAsync(string results, bool isLocal, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(30) };
        await using var console = Console.OpenStandardOutput();
        var build = new DirectoryBuild(new DataDirectory(GlobalOptions.DataDirectory(given: null)), TimeProvider.System, http);
        try
        {
            var (outcome, _) = await build.RunAsync(new DirectoryBuildOptions
            {
                Directory = options.Required("--description"),
                Image = new(options.Texts("--profile"), options.Texts("<kiwi_custom_build_command_args>"), options.Required("--bundle-id")),
                Results = results,
            }, bytes =>
            {
                if (isLocal) console.Write(bytes.Span);
            }, cancellation);
            return outcome;
        }
        catch (SlipwayException refused)
        {
            throw new CompatException("CBExecutionError", refused.Message);
        }
    }

    // Where files go: the original's placement of packages by their names.
    private List<string> Place(IReadOnlyList<string> made)
    {
        var binaries = Path.Combine(Target + ".binaries", (options.Text("--repo-path") ?? "").TrimStart('/'));
        if (!Path.GetFullPath(binaries).StartsWith(Target + ".binaries", StringComparison.Ordinal))
            throw new CompatException("CBParameterError", $"--repo-path {options.Text("--repo-path")} leads out of {Target}.binaries");
        var placed = new List<string>();
        foreach (var file in made)
        {
            var name = Path.GetFileName(file);
            var place = Path.Combine(binaries, name.EndsWith(".rpm", StringComparison.Ordinal) && name.Split('.') is [.., var arch, _] ? arch : "", name);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place, overwrite: true);
            placed.Add(place);
        }
        return placed;
    }

    private void Answer(BuildOutcome outcome, List<string> files, string results)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        File.Copy(Path.Combine(results, "build.log"), Target + ".build.log", overwrite: true);
        File.Copy(Path.Combine(results, "solver.json"), Target + ".solver.json", overwrite: true);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Required("--description"))));
        var host = SiteConfig.Read(given: null).Broker.ThisHost;
        var body = MessageCodec.Write(new BuildResponse
        {
            Identity = string.Create(CultureInfo.InvariantCulture, $"CBImage:{host}:{Environment.ProcessId}:{name}"),
            RequestId = options.Required("--request-id"),
            Project = name,
            Message = outcome.Succeeded ? ResponseTexts.ImageBuildFinished : ResponseTexts.ImageBuildFailed,
            ResponseCode = outcome.Succeeded ? ResponseCodes.ImageBuildSucceeded : ResponseCodes.ImageBuildFailed,
            Image = new(Target + ".build.log", Target + ".solver.json", files, outcome.Succeeded ? 0 : ExitCode(outcome)),
        });
        AtomicFile.Write(Target + ".result.yml", body);
        using var broker = CompatBroker.Open(TimeProvider.System);
        broker.Publish([new(Topics.Response, options.Required("--request-id"), body)]);
    }

    // A signal is no exit code of kiwi, and what kiwi never began has none.
    private static int ExitCode(BuildOutcome outcome) => outcome.Record?.ExitCode is { } code and > 0 ? code : 1;
}
