using System.Runtime.InteropServices;
using Slipway.Builds;
using Slipway.Builds.Roots;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Cli.Compat;

/// <summary>cb-ctl's builds of the directory it is called in, done by slipway's own.</summary>
internal static class CbCtlLocal
{
    private const string AnyGroup = "local";

    public static async Task<int> BuildAsync(CompatOptions options, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess) throw new CompatException("KiwiPrivilegesError", "operation requires root permissions");
        var directory = Environment.CurrentDirectory;
        var arch = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        var isPackage = options.Has("--build-package-local");
        var target = isPackage ? options.Required("--dist") : options.Required("--selection");
        Validate(directory, isPackage, target, arch);
        var place = $"{directory}@{target}.{arch}";
        var results = Path.Combine(place, $"{Path.GetFileName(directory)}@{target}.{arch}.binaries", arch);
        if ((options.Has("--clean") || !isPackage) && Directory.Exists(place)) Directory.Delete(place, recursive: true);
        Directory.CreateDirectory(results);
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(30) };
        await using var log = Console.OpenStandardOutput();
        var build = new DirectoryBuild(new DataDirectory(GlobalOptions.DataDirectory(given: null)), TimeProvider.System, http);
        var (outcome, _) = await build.RunAsync(new DirectoryBuildOptions
        {
            Directory = directory,
            Dist = isPackage ? target : null,
            Selection = isPackage ? null : target,
            Results = results,
        }, bytes => log.Write(bytes.Span), cancellation);
        if (outcome.Succeeded) return 0;
        CompatProgram.Log("ERROR", outcome.Cause ?? "the build failed");
        return 1;
    }

    // As the scheduler does; the answer it would send is printed.
    private static void Validate(string directory, bool isPackage, string target, string arch)
    {
        var request = new BuildRequest
        {
            RequestId = CbCtl.NewRequestId(),
            Project = directory,
            RunnerGroup = AnyGroup,
            Action = isPackage ? ResponseCodes.PackageBuildOnLocalhost : ResponseCodes.ImageBuildOnLocalhost,
            Package = isPackage ? new(arch, target) : null,
            Image = isPackage ? null : new(arch, target),
        };
        var file = Path.Combine(directory, ".cb/cloud_builder.yml");
        var decision = RequestDecision.Of(request, new ProjectView(true, File.Exists(file) ? File.ReadAllBytes(file) : null, directory), arch);
        if (decision is { Accepted: true, WrongArch: false }) return;
        Console.WriteLine(MessageJson.Of(MessageCodec.Write(new BuildResponse
        {
            Identity = AnyGroup,
            RequestId = request.RequestId,
            Project = decision.Project,
            Message = decision.Message,
            ResponseCode = decision.Code,
        })));
        throw new CompatException("CBProjectMetadataError", $"No or invalid {(isPackage ? "package" : "image")} metadata in {directory}");
    }
}
