using Slipway.Content;

namespace Slipway.Packages;

/// <summary>What an update did.</summary>
/// <param name="Indexes">Packages files at hand now.</param>
/// <param name="Failures">One line for each list that could not be had or verified, with apt's own reason.</param>
/// <param name="Asked">False when the indexes were young enough to be taken as they are.</param>
public sealed record AptUpdate(int Indexes, IReadOnlyList<string> Failures, bool Asked, TimeSpan Duration);

/// <summary>One verified index file.</summary>
/// <param name="Name">Unique among the machine's indexes, without slashes; the repository name in solutions.</param>
/// <param name="BaseUri">What a package's location is below; ends with a slash.</param>
/// <param name="Release">Digest of the signed release file that vouches for it.</param>
/// <param name="Content">The sha256 that the release file gives for the uncompressed index; null where it gives none.</param>
public sealed record AptIndexFile(
    string Name, string BaseUri, string Suite, string Component, string Architecture, string File, Digest Release, Digest? Content);

/// <summary>A fetched source package.</summary>
/// <param name="Dsc">File name of the source control file.</param>
/// <param name="Files">The .dsc first, then what it names.</param>
public sealed record AptSource(string Name, string Version, string Dsc, IReadOnlyList<AptSourceFile> Files);

/// <summary>One file of a source package.</summary>
public sealed record AptSourceFile(string Name, Digest Digest, long Size);
