using Slipway.Packages;

namespace Slipway.Compose.Workspace;

/// <summary>What builder.conf says (format clause 2.2), with variables replaced. Paths are absolute.</summary>
public sealed record BuilderConfig
{
    /// <summary>The certificate that content is signed with; the key is private.pem beside it.</summary>
    public required string Certificate { get; init; }

    /// <summary>The directory of image/ and www/.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The directory of mixversion, upstreamversion, upstreamurl and mixbundles.</summary>
    public required string VersionsPath { get; init; }

    /// <summary>The file that names the repositories.</summary>
    public required string RepositoriesFile { get; init; }

    /// <summary>The bundle that carries a device's URLs, format and certificate.</summary>
    public required string UpdateBundle { get; init; }

    /// <summary>Where devices fetch content.</summary>
    public required string ContentUrl { get; init; }

    /// <summary>Where devices ask for the newest version.</summary>
    public required string VersionUrl { get; init; }

    /// <summary>Programs of the ancestor that compressed full files; here the codec follows from the content.</summary>
    public required IReadOnlyList<string> Compression { get; init; }

    /// <summary>What the version and .tar.gz are put behind to fetch upstream's bundle definitions. Unset: there are none to fetch.</summary>
    public required string UpstreamBundlesUrl { get; init; }

    /// <summary>True leaves debug files out of bundles.</summary>
    public required bool DebugInfoBanned { get; init; }

    public required string DebugInfoLib { get; init; }

    public required string DebugInfoSrc { get; init; }

    public required string LocalBundles { get; init; }

    /// <summary>The directory with the local repository.</summary>
    public required string LocalRepository { get; init; }

    /// <summary>The directory that `mix add-rpms` takes packages from.</summary>
    public required string LocalPackages { get; init; }

    /// <summary>An os-release file to start from. Unset: that of the packages.</summary>
    public required string OsReleasePath { get; init; }

    /// <summary>A file that gets a copy of what a run says. Unset: none.</summary>
    public required string Log { get; init; }

    /// <summary>The type of all packages of the mix. Unset: rpm, as the ancestor.</summary>
    public required PackageType Type { get; init; }

    /// <summary>In the type's own word. Unset: x86_64, for deb amd64.</summary>
    public required string Architecture { get; init; }

    /// <summary>The directory of the key that belongs to the certificate, and the key.</summary>
    public string PrivateKey => Path.Combine(Path.GetDirectoryName(Certificate)!, "private.pem");

    /// <summary>What was found and does not stop a run: unknown keys.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
