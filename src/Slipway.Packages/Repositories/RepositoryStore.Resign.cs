using System.Collections.Concurrent;
using Slipway.Packages.Rpm;
using Slipway.Packages.Signing;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    /// <summary>The same packages; those whose signature is by a key of ours that was retired are signed anew, so that a client needs no key but the living ones.</summary>
    /// <returns>All of them, and of these the ones that were signed.</returns>
    private (IReadOnlyList<PackageEntry> Entries, IReadOnlyCollection<PackageEntry> Signed) SignedByLiving(RepositoryId id, PackageType type, IReadOnlyList<PackageEntry> entries)
    {
        if (type == PackageType.Deb || entries.Count == 0) return (entries, []);
        var keys = signer.Keys();
        var retired = keys.Where(key => key.State is SigningKeyState.Retired or SigningKeyState.Withdrawn).Select(key => key.Fingerprint).ToList();
        if (retired.Count == 0) return (entries, []);
        var signing = keys.Single(key => key.State == SigningKeyState.Signing).Fingerprint;
        var signed = new ConcurrentDictionary<string, PackageEntry>(StringComparer.Ordinal);
        var work = Tree(id).WorkDirectory();
        try
        {
            // A signature names its key by the fingerprint or by the end of it. What others signed is theirs.
            Several.Run(entries, entry =>
            {
                if (IssuerOf(entry) is { } issuer && retired.Exists(fingerprint => fingerprint.EndsWith(issuer, StringComparison.OrdinalIgnoreCase))) signed[entry.Path] = SignAnew(id, entry, signing, work);
            });
        }
        finally
        {
            Directory.Delete(work);
        }
        return ([.. entries.Select(entry => signed.GetValueOrDefault(entry.Path, entry))], [.. signed.Values]);
    }

    private string? IssuerOf(PackageEntry entry)
    {
        if (entry.Type == PackageType.Pacman) return OpenPgpSignature.IssuerOf(entry.Parts[2]);
        return PackageFile.With(store.PathOf(entry.Digest), entry.Type, (file, _) =>
            OpenPgpSignature.IssuerOf(RpmFile.Open(file).Signature.Binary(RpmTag.SignatureRsa)));
    }

    // The signature states the least time there is, which is that of the key: signing again, here or elsewhere, gives the same bytes.
    private PackageEntry SignAnew(RepositoryId id, PackageEntry entry, string fingerprint, string work)
    {
        var subject = SigningSubject.Repository(id.ToString());
        var given = new PublishedFile(entry.SourceDigest, entry.FileName);
        if (entry.Type == PackageType.Pacman)
            return PackageEntry.Make(entry.Type, store.PathOf(entry.Digest), given, entry.Digest, signer.DetachSignFile(subject, store.PathOf(entry.Digest), DateTimeOffset.UnixEpoch));
        var published = Signed(subject, new(entry.Digest, entry.FileName), work, DateTimeOffset.UnixEpoch);
        // A path has one content for ever, and this is another.
        return PackageEntry.Make(entry.Type, store.PathOf(published), given, published, null, below: fingerprint[^16..].ToLowerInvariant());
    }
}
