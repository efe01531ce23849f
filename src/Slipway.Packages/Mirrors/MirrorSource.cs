namespace Slipway.Packages.Mirrors;

/// <summary>An upstream repository.</summary>
public sealed record MirrorSource
{
    public required PackageType Type { get; init; }

    /// <summary>deb: what stands above <c>dists/</c>; rpm: above <c>repodata/</c>; pacman: the directory of the database.</summary>
    public required string Url { get; init; }

    /// <summary>The OpenPGP keys that must have signed its index: armoured, or base64 of a keyring. Null: its index is taken as it is; nobody but who wrote the configuration vouches for it.</summary>
    public required string? Keys { get; init; }

    /// <summary>deb: the suite or codename, or <c>./</c> of a repository that has its index at its top; pacman: the name of the repository. rpm has none.</summary>
    public string Suite { get; init; } = "";

    /// <summary>deb: which components. Unset: main.</summary>
    public IReadOnlyList<string> Components { get; init; } = ["main"];

    /// <summary>Which architectures, in the type's own words. Unset: amd64 of deb; all of the others.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>Which packages, by name. Unset: all.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];
}

/// <summary>A package that a verified index names.</summary>
/// <param name="Location">Below the address of the source.</param>
/// <param name="Checksum">What its content must have.</param>
public sealed record UpstreamPackage(string Name, string Version, string Architecture, string Location, Checksum Checksum, long Size)
{
    public string FileName => Location[(Location.LastIndexOf('/') + 1)..];
}

/// <summary>What a mirror run found and has in the store now.</summary>
/// <param name="State">Which state of the source it is: the digest of its signed index.</param>
/// <param name="Fetched">Files that had to be fetched, indexes with them.</param>
/// <param name="Bytes">Bytes that came over the network for them.</param>
public sealed record MirrorReport(string State, IReadOnlyList<(UpstreamPackage Package, Content.Digest Digest)> Packages, int Fetched, long Bytes);
