using Slipway.Content;
using Slipway.State;

namespace Slipway.Packages.Repositories;

/// <summary>A package file to publish, already in the content store.</summary>
/// <param name="FileName">The name it is published under, as its build tool made it.</param>
/// <param name="MadeFrom">What made it, for the ledger: usually the build. Null when the ledger has the edge already or there is none.</param>
public sealed record PublishedFile(Digest Digest, string FileName, Node? MadeFrom = null);

/// <summary>Why a snapshot was made, in words for the history: "build 12", "rollback to 3".</summary>
/// <param name="MadeFrom">The snapshot of another repository that it repeats, for the ledger. Null: it repeats none.</param>
public sealed record SnapshotOrigin(string Reason, Node? MadeFrom = null)
{
    /// <summary>rpm: metadata that is passed through, by name: updateinfo.xml, modules.yaml, comps.xml, uncompressed. Unset: what the snapshot before has stays.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Extras { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}

/// <summary>An immutable state of a repository.</summary>
/// <param name="Number">Grows by one or more per repository; never used twice.</param>
/// <param name="Time">Whole seconds; what its indexes and signatures state.</param>
/// <param name="Fingerprint">A digest over the paths and digests of its packages: equal when and only when the packages are.</param>
/// <param name="Packages">How many package files it has.</param>
/// <param name="Path">The directory with its complete tree.</param>
public sealed record Snapshot(
    RepositoryId Repository, PackageType Type, long Number, DateTimeOffset Time, string Fingerprint, int Packages, string Reason, string Path)
{
    /// <summary>The ledger's name of it.</summary>
    public Node Node => new("snapshot", $"{Repository}#{Number}");

    /// <summary>Adds the index that clients of the pool's architecture read; a repository without packages for it has none, and adds nothing.</summary>
    public void AddTo(SolverPool pool, int priority = 0, string? name = null)
    {
        name ??= Repository.ToString();
        var index = System.IO.Path.Combine(Path, Type switch
        {
            PackageType.Deb => $"dists/{Repository.Dist}/main/binary-{pool.Architecture}/Packages",
            PackageType.Rpm => "repodata/repomd.xml",
            _ => $"{pool.Architecture}/{Repository.Word}.db",
        });
        if (!File.Exists(index)) return;
        if (Type == PackageType.Deb) pool.AddDebIndex(name, index, priority);
        else if (Type == PackageType.Rpm) pool.AddRpmMd(name, Path, priority);
        else pool.AddPacmanDatabase(name, index, priority);
    }
}

/// <summary>One package of a snapshot.</summary>
/// <param name="Path">Below the repository's base; pacman packages of architecture <c>any</c> are in every architecture's directory and named here without one.</param>
/// <param name="Digest">Of the published file; a signed rpm differs from what the build made.</param>
/// <param name="SourceDigest">Of the file as it was given to be published.</param>
public sealed record SnapshotFile(
    string Path, Digest Digest, Digest SourceDigest, string Name, string Version, string Architecture, string Source, long Size);

/// <summary>What a re-reading of a snapshot found.</summary>
/// <param name="Installable">Packages that the solver could install with all they need; 0 when that was not asked, or damage was found before.</param>
/// <param name="Problems">In words, one per thing that is wrong; empty for a sound snapshot.</param>
public sealed record SnapshotVerification(long Number, int Files, long Bytes, int Installable, IReadOnlyList<string> Problems);
