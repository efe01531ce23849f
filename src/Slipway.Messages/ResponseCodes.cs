namespace Slipway.Messages;

/// <summary>The 23 status texts that all parties compare as whole strings (build requests carry some of them as <c>action</c>).</summary>
public static class ResponseCodes
{
    public const string PackageRebuildRequested = "package rebuild requested";
    public const string PackageSourceChanged = "package rebuild due to source change";
    public const string PackageBuildOnLocalhost = "package build on localhost requested";
    public const string ImageRebuildRequested = "image rebuild requested";
    public const string ImageSourceChanged = "image rebuild due to source change";
    public const string ImageBuildOnLocalhost = "image build on localhost requested";
    public const string PackageRequestAccepted = "package request accepted";
    public const string ImageRequestAccepted = "image request accepted";
    public const string ResetRunningBuild = "reset running build";
    public const string ProjectDoesNotExist = "project does not exist";
    public const string ProjectMetadataDoesNotExist = "project metadata does not exist";
    public const string InvalidPackageMetadata = "invalid package metadata";
    public const string PackageTargetNotConfigured = "package target not configured";
    public const string ImageTargetNotConfigured = "image target not configured";
    public const string IncompatibleBuildArch = "incompatible build arch";
    public const string BuildRootSetupSucceeded = "build root setup succeeded";
    public const string BuildRootSetupFailed = "build root setup failed";
    public const string PackageBuildSucceeded = "package build succeeded";
    public const string PackageBuildFailed = "package build failed";
    public const string PackageBuildFailedNoBinaries = "package build failed, no binaries found";
    public const string PackageBinariesSyncFailed = "package binaries sync failed";
    public const string ImageBuildSucceeded = "image build succeeded";
    public const string ImageBuildFailed = "image build failed";
}

/// <summary>The free texts that accompany the codes.</summary>
public static class ResponseTexts
{
    public const string PackageUpdateScheduled = "Package update request scheduled";
    public const string ImageUpdateScheduled = "Image update request scheduled";
    public const string AcceptPackage = "Accept package build request";
    public const string AcceptImage = "Accept image build request";
    public const string BuildRootReady = "Buildroot ready for package build";
    public const string BuildRootFailed = "Failed in kiwi stage, see logfile for details";
    public const string PackageBuildFinished = "Package build finished";
    public const string ImageBuildFinished = "Image build bundled as RPM package";
    public const string ImageBuildFailed = "Failed, see logfile for details";

    public static string NoProject(string path) => $"Project does not exist: {path}";
    public static string NoMetadata(string path) => $"Project metadata does not exist: {path}";
    public static string NoPackageTarget(string dist, string arch, string group) => $"No package config for: {dist}.{arch} in runner group {group}";
    public static string NoImageTarget(string selection, string arch, string group) => $"No image config for: {selection}.{arch} in runner group {group}";
    public static string IncompatibleArch(string hostArch) => $"Incompatible arch: {hostArch}";
    public static string ResetBuild(long process) => $"Kill job group for PID:{process} prior rebuild";
}
