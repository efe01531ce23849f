using Slipway.Messages;

namespace Slipway.Builds;

/// <summary>What the source repository has at a package's path.</summary>
/// <param name="DirectoryExists">Whether the path is a directory.</param>
/// <param name="Metadata">The bytes of its <c>.cb/cloud_builder.yml</c>; null when there is no such file.</param>
/// <param name="Place">The path as answers name it.</param>
public sealed record ProjectView(bool DirectoryExists, byte[]? Metadata, string Place);

/// <summary>The answer to a request, decided by the original's checks in the original's order; the first failure wins.</summary>
/// <param name="Accepted">Whether the request becomes a build.</param>
/// <param name="WrongArch">Accepted, but for another architecture than this machine's: it waits for a runner that has it.</param>
/// <param name="Project">What the answer names as project.</param>
public sealed record RequestDecision(bool Accepted, bool WrongArch, string Code, string Message, string Project, ResponseTarget? Target)
{
    private const string AnyGroup = "local";

    public static RequestDecision Of(BuildRequest request, ProjectView view, string hostArch)
    {
        var metadataPlace = $"{view.Place}/.cb/cloud_builder.yml";
        if (!view.DirectoryExists) return Refuse(request, ResponseCodes.ProjectDoesNotExist, ResponseTexts.NoProject(view.Place));
        if (view.Metadata is null) return Refuse(request, ResponseCodes.ProjectMetadataDoesNotExist, ResponseTexts.NoMetadata(metadataPlace));
        if (ProjectMetadata.Read(view.Metadata, out var errors, forPackage: request.Image is null) is not { } metadata)
            return Refuse(request, ResponseCodes.InvalidPackageMetadata, $"ValidationError in '{metadataPlace}': {string.Join("; ", errors)}") with { Project = view.Place };
        if (request.Package is { } package && !(metadata.Distributions ?? []).Any(target =>
                target.Dist == package.Dist && target.Arch == package.Arch && Serves(request.RunnerGroup, target.RunnerGroup)))
            return Refuse(request, ResponseCodes.PackageTargetNotConfigured, ResponseTexts.NoPackageTarget(package.Dist, package.Arch, request.RunnerGroup));
        if (request.Image is { } image && !(metadata.Images ?? []).Any(target =>
                target.Selection == image.Selection && target.Arch == image.Arch && Serves(request.RunnerGroup, target.RunnerGroup)))
            return Refuse(request, ResponseCodes.ImageTargetNotConfigured, ResponseTexts.NoImageTarget(image.Selection, image.Arch, request.RunnerGroup));
        return Arch(request) == hostArch
            ? Accept(request)
            : Accept(request) with { WrongArch = true, Code = ResponseCodes.IncompatibleBuildArch, Message = ResponseTexts.IncompatibleArch(hostArch), Target = null, Accepted = Arch(request) is not null };
    }

    private static bool Serves(string requested, string configured) => requested == configured || requested == AnyGroup;

    // With both bodies the original compares the image's architecture and builds the package.
    private static string? Arch(BuildRequest request) => request.Image?.Arch ?? request.Package?.Arch;

    private static RequestDecision Accept(BuildRequest request) => request.Package is { } package
        ? new(true, false, ResponseCodes.PackageRequestAccepted, ResponseTexts.AcceptPackage, request.Project, new(Arch(request)!, package.Dist))
        : new(true, false, ResponseCodes.ImageRequestAccepted, ResponseTexts.AcceptImage, request.Project, new(request.Image?.Arch ?? "", null, request.Image?.Selection));

    private static RequestDecision Refuse(BuildRequest request, string code, string message) => new(false, false, code, message, request.Project, null);
}
