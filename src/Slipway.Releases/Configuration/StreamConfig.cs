using Slipway.Packages;

namespace Slipway.Releases.Configuration;

/// <summary>What a stream's stream.yml says: what it derives from, what it ships, how it is judged and where it goes.</summary>
public sealed record StreamConfig
{
    /// <summary>The stream's name; part of paths and addresses.</summary>
    public required string Name { get; init; }

    /// <summary>The format number of its first version, 1 to 65535; one that has a format moves on only by a format bump. Unset: 30, or the upstream stream's.</summary>
    public int Format { get; init; } = 30;

    /// <summary>What the stream derives from.</summary>
    public required UpstreamConfig Upstream { get; init; }

    /// <summary>Further sources of packages. Unset: none.</summary>
    public IReadOnlyList<ProviderConfig> Providers { get; init; } = [];

    /// <summary>The bundles it ships; os-core is always among them.</summary>
    public required IReadOnlyList<StreamBundle> Bundles { get; init; }

    /// <summary>How its versions are numbered. Unset: 10, 20, 30 ...</summary>
    public VersionScheme Versions { get; init; } = new(10, 10, 10);

    /// <summary>From how many versions back delta packs are made. Unset: 1.</summary>
    public int DeltasFromPrevious { get; init; } = 1;

    /// <summary>Where devices fetch content.</summary>
    public required string ContentUrl { get; init; }

    /// <summary>Where devices ask for the newest version. Unset: the content address.</summary>
    public required string VersionUrl { get; init; }

    /// <summary>Paths in the root of the os-release file to start from; the first that exists is taken. Unset: the distribution's.</summary>
    public IReadOnlyList<string> OsRelease { get; init; } = [];

    /// <summary>The bundle that tells a device where its updates come from and whom to trust, as a mixer's os-core-update. Unset: os-core.</summary>
    public string? UpdateBundle { get; init; }

    /// <summary>The checks a release must pass, in order. Unset: manifest, signatures, install, update.</summary>
    public required IReadOnlyList<GateConfig> Gates { get; init; }

    /// <summary>Limits that a release may not pass.</summary>
    public Budgets Budgets { get; init; } = new();

    /// <summary>Where releases go beside the data directory's own tree. Unset: nowhere.</summary>
    public IReadOnlyList<DestinationConfig> Destinations { get; init; } = [];

    /// <summary>The channels devices follow. The first one is also what the stream's own version address says.</summary>
    public required IReadOnlyList<ChannelConfig> Channels { get; init; }
}

/// <summary>What a stream derives from.</summary>
/// <param name="Type"><c>apt</c>, <c>rpm-md</c> or <c>pacman</c>: a distribution; <c>stream</c>: another stream; <c>none</c>: all content comes from providers.</param>
/// <param name="Sources"><c>host</c>: the machine's own apt sources. Anything else: <see cref="Url"/> says where it is.</param>
public sealed record UpstreamConfig(string Type, string Sources)
{
    /// <summary>The type of all packages of the stream. Unset: what the upstream's type says, deb for a stream.</summary>
    public PackageType Packages { get; init; } = PackageType.Deb;

    /// <summary>Of a stream: above <c>latest</c> and <c>update/</c>. Of apt: above <c>dists/</c>. Of rpm-md: above <c>repodata/</c>. Of pacman: the database's directory.</summary>
    public string? Url { get; init; }

    /// <summary>Of apt: the suite; of pacman: the name of the repository.</summary>
    public string Suite { get; init; } = "";

    /// <summary>Of apt: the components. Unset: main.</summary>
    public IReadOnlyList<string>? Components { get; init; }

    /// <summary>A file of the stream's repository with what must have signed the upstream: its certificate (of a stream, PEM) or its OpenPGP keys.</summary>
    public string? TrustFile { get; init; }

    /// <summary>The content of <see cref="TrustFile"/> at the stream's commit.</summary>
    public string? Trust { get; init; }

    /// <summary>Of a stream: which of its versions.</summary>
    public UpstreamPolicy Policy { get; init; } = UpstreamPolicy.Follow;

    /// <summary>Of a stream that went back to an older version: what changes otherwise is built on what was used last. Unset: it blocks.</summary>
    public bool StayWhenWentBack { get; init; }

    /// <summary>Of a stream: the bundles to take over, beside those that the stream defines itself. Unset: all.</summary>
    public IReadOnlyList<string>? Bundles { get; init; }

    /// <summary>Of a stream: where the packages of a version are; <c>{version}</c> and <c>{arch}</c> are filled in.</summary>
    public string PackagesPath { get; init; } = StreamPublic.PackagesPath;

    /// <summary>Of a stream: the archive of a version's bundle definitions.</summary>
    public string BundlesPath { get; init; } = StreamPublic.BundlesPath;

    /// <summary>Of a stream: false when its package index and its bundles are not signed, as the ancestor's are not. Unset: they must be.</summary>
    public bool SignedIndex { get; init; } = true;
}

/// <summary>The paths of a stream that others derive from.</summary>
public static class StreamPublic
{
    public const string PackagesPath = "releases/{version}/clear/{arch}/os";
    public const string BundlesPath = "releases/{version}/bundles-def-{version}.tar.gz";
}

/// <summary>A source of packages beside the upstream.</summary>
/// <param name="Name">The word other keys refer to it by.</param>
/// <param name="Project">The project's path without projects/.</param>
/// <param name="Dist">The build target whose repository it is.</param>
/// <param name="Priority">Over the distribution's 0; the higher one wins, whatever the versions.</param>
public sealed record ProviderConfig(string Name, string Project, string Dist, int Priority)
{
    /// <summary><c>repository</c>: of this machine's build service; <c>directory</c>: package files; <c>remote</c>: an apt, rpm-md or pacman repository elsewhere; <c>koji</c>: a tag.</summary>
    public string Type { get; init; } = "repository";

    /// <summary>Of a directory: its path. Of a remote repository: its address.</summary>
    public string? Url { get; init; }

    /// <summary>Of a remote apt repository: the suite; of pacman: its name.</summary>
    public string Suite { get; init; } = "";

    /// <summary>Of a remote apt repository: the components. Unset: main.</summary>
    public IReadOnlyList<string>? Components { get; init; }

    /// <summary>Of koji: the profile in koji's own configuration. Unset: koji.</summary>
    public string Profile { get; init; } = "koji";

    /// <summary>Of koji: the tag.</summary>
    public string Tag { get; init; } = "";

    /// <summary>Of a remote repository: the file of the stream's repository with the OpenPGP keys that must have signed its index.</summary>
    public string? TrustFile { get; init; }

    /// <summary>The content of <see cref="TrustFile"/> at the stream's commit.</summary>
    public string? Trust { get; init; }
}

/// <summary>A place that releases are published to.</summary>
/// <param name="To">An absolute path, <c>ssh://[USER@]HOST[:PORT]/PATH</c>, or <c>NAME:PATH</c> of a store in the data directory's rclone.conf.</param>
public sealed record DestinationConfig(string Name, string To);

/// <summary>A bundle of the stream.</summary>
/// <param name="Needs">The provider without whose first snapshot the bundle is left out; null when it needs none.</param>
public sealed record StreamBundle(string Name, string? Needs);

/// <summary>A check that must pass before a release moves on.</summary>
public sealed record GateConfig(GateKind Kind, string Name)
{
    /// <summary>For <see cref="GateKind.Run"/>: program and arguments, run inside the installed root.</summary>
    public IReadOnlyList<string> Run { get; init; } = [];

    /// <summary>Text that the program's output must contain. Unset: any output will do.</summary>
    public string? Expect { get; init; }

    /// <summary>For <see cref="GateKind.Update"/>: from how many of the last published versions. Unset: 1.</summary>
    public int From { get; init; } = 1;

    /// <summary>Judge only releases that have this bundle. Unset: all.</summary>
    public string? Bundle { get; init; }

    public static IReadOnlyList<GateConfig> Default { get; } =
        [new(GateKind.Manifest, "manifest"), new(GateKind.Signatures, "signatures"), new(GateKind.Install, "install"), new(GateKind.Update, "update")];
}

public enum GateKind
{
    /// <summary>Every manifest agrees with the full root.</summary>
    Manifest,

    /// <summary>The manifest of manifests is signed by the stream's certificate.</summary>
    Signatures,

    /// <summary>A scratch root installed from the staged content verifies.</summary>
    Install,

    /// <summary>A scratch root of the last published version updates to this one and verifies.</summary>
    Update,

    /// <summary>A program runs in the installed root and says what is expected.</summary>
    Run,
}

/// <summary>Limits of a release. What is unset is not limited.</summary>
/// <param name="RemovedPackagesPercent">Share of the last release's packages that may go at once.</param>
/// <param name="RootMegabytes">Size of the files of the full root, in units of 1,000,000 bytes.</param>
public sealed record Budgets(int? RemovedPackagesPercent = null, int? RootMegabytes = null);

/// <summary>A named pointer to a release.</summary>
/// <param name="PublishAutomatically">True: a release that passed its gates is published there at once.</param>
/// <param name="ExpiresDays">After so many days without a new signature, devices refuse the pointer.</param>
public sealed record ChannelConfig(string Name, bool PublishAutomatically, int ExpiresDays);
