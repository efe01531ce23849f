using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>
/// The certificates of each stream's update content, which devices verify. Of a new stream: a root for ten years, whose key belongs off this
/// machine, and a signer for one year that the root vouches for; a lost signer is replaced without any device having to learn anything.
/// </summary>
internal sealed class ContentCertificates(string directory, TimeProvider clock) : IDisposable
{
    private const int MaxKept = 32;

    private readonly Dictionary<string, StreamCertificates> _loaded = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>What devices trust.</summary>
    public byte[] TrustPem(string stream) => Of(stream).Trust;

    /// <summary>Detached SignedData with the certificate inside and SHA-256; PKCS#1 v1.5 signatures and the given time make it deterministic.</summary>
    public byte[] Sign(string stream, byte[] content, DateTimeOffset time)
    {
        var keys = Of(stream);
        var message = new SignedCms(new ContentInfo(content), detached: true);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, keys.Signer)
        {
            DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1"),
            IncludeOption = X509IncludeOption.EndCertOnly,
        };
        foreach (var link in keys.Chain) signer.Certificates.Add(link);
        signer.SignedAttributes.Add(new Pkcs9SigningTime(time.UtcDateTime));
        message.ComputeSignature(signer);
        return message.Encode();
    }

    /// <summary>All certificates of a stream, or of every stream.</summary>
    public IReadOnlyList<ContentCertificate> All(string? stream)
    {
        var streams = stream is not null ? [stream] : Directory.EnumerateFiles(directory, "*" + StreamCertificates.SignerEnd)
            .Select(f => Path.GetFileName(f)[..^StreamCertificates.SignerEnd.Length]).Order(StringComparer.Ordinal).ToList();
        return [.. streams.SelectMany(s => Of(s).Describe())];
    }

    /// <summary>Takes over a certificate and key that were made elsewhere; what signed before is kept beside it and signs no more.</summary>
    public void Import(string stream, CertificateImport import)
    {
        var certificates = CertificateMaking.Read(import.Certificate, stream);
        using var signer = CertificateMaking.WithKey(certificates[0], import.Key, stream);
        lock (_lock)
        {
            Keep(stream);
            Write(stream, StreamCertificates.TrustEnd, import.Trust ?? import.Certificate);
            File.Delete(FileOf(stream, StreamCertificates.RootEnd));
            File.Delete(FileOf(stream, StreamCertificates.NextEnd));
            Write(stream, StreamCertificates.SignerEnd, CertificateMaking.Pem(signer, certificates.Skip(1)));
            Forget(stream);
        }
    }

    /// <summary>A new signer under the same root: devices notice nothing.</summary>
    /// <param name="rootPem">The root with its key, where that is kept elsewhere.</param>
    public void RotateSigner(string stream, string? rootPem)
    {
        lock (_lock)
        {
            var present = Of(stream);
            using var root = RootOf(stream, rootPem);
            if (!present.Roots.Any(r => r.RawDataMemory.Span.SequenceEqual(root.RawDataMemory.Span)))
                throw Refused(stream, "the given root is not one that its devices trust", "give the key of the root that `slipway keys list --certificates` shows");
            using var signer = CertificateMaking.Signer(stream, root, clock.GetUtcNow());
            Keep(stream);
            Write(stream, StreamCertificates.SignerEnd, CertificateMaking.Pem(signer, []));
            Forget(stream);
        }
    }

    /// <summary>A new root and its signer. From now on devices are told to trust it beside the present one, which goes on signing until it is revoked.</summary>
    public void RotateRoot(string stream, string? rootPem)
    {
        lock (_lock)
        {
            var present = Of(stream);
            if (present.Roots.Any(r => CertificateMaking.Fingerprint(r) == present.NextRoot))
                throw Refused(stream, "a new root is on its way to devices already", "when they have it, revoke the old one");
            using var root = CertificateMaking.Root(stream, clock.GetUtcNow());
            using var signer = CertificateMaking.Signer(stream, root, clock.GetUtcNow());
            // What the old root says of the new one carries devices that were switched off all the while.
            var links = Vouch(stream, rootPem, root);
            Write(stream, StreamCertificates.NextRootEnd, CertificateMaking.Pem(root, []));
            Write(stream, StreamCertificates.NextEnd, CertificateMaking.Pem(signer, links));
            Write(stream, StreamCertificates.TrustEnd, Encoding.ASCII.GetString(present.Trust).TrimEnd() + "\n" + root.ExportCertificatePem() + "\n");
            Forget(stream);
        }
    }

    /// <summary>Nothing is signed by this certificate any more. Of a root: the new one takes over, and devices are told to forget the old one.</summary>
    public void Revoke(string stream, string fingerprint)
    {
        lock (_lock)
        {
            var present = Of(stream);
            var known = present.Describe().FirstOrDefault(c => c.Fingerprint == fingerprint)
                ?? throw Refused(stream, $"it has no certificate {fingerprint}", "slipway keys list --certificates");
            var hasNext = File.Exists(FileOf(stream, StreamCertificates.NextEnd));
            // Without a next one it is the second half of a revocation that was cut off.
            if (known.Role is not (CertificateRole.Root or CertificateRole.RootAndSigner) || !(hasNext || (known.Role == CertificateRole.Root && present.Roots.Count > 1)))
                throw Refused(stream, $"{fingerprint} is all that it signs with", known.Role == CertificateRole.Signer ? "slipway keys rotate --stream: the new signer replaces it" : "slipway keys rotate --stream --root first, and publish a version");
            var kept = present.Roots.Where(r => CertificateMaking.Fingerprint(r) != fingerprint).ToList();
            Keep(stream);
            foreach (var (from, to) in ((string, string)[])[(StreamCertificates.NextEnd, StreamCertificates.SignerEnd), (StreamCertificates.NextRootEnd, StreamCertificates.RootEnd)])
                if (File.Exists(FileOf(stream, from))) File.Move(FileOf(stream, from), FileOf(stream, to), overwrite: true);
            Write(stream, StreamCertificates.TrustEnd, string.Concat(kept.Select(r => r.ExportCertificatePem() + "\n")));
            Forget(stream);
        }
    }

    public void Dispose()
    {
        foreach (var keys in _loaded.Values) keys.Dispose();
    }

    private StreamCertificates Of(string stream)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(stream, out var known)) return known;
            if (!File.Exists(FileOf(stream, StreamCertificates.SignerEnd))) Make(stream);
            return _loaded[stream] = StreamCertificates.Load(directory, stream);
        }
    }

    private void Make(string stream)
    {
        var now = clock.GetUtcNow();
        using var root = CertificateMaking.Root(stream, now);
        using var signer = CertificateMaking.Signer(stream, root, now);
        Write(stream, StreamCertificates.RootEnd, CertificateMaking.Pem(root, []));
        Write(stream, StreamCertificates.TrustEnd, root.ExportCertificatePem() + "\n");
        // Last: its being there says that all is made.
        Write(stream, StreamCertificates.SignerEnd, CertificateMaking.Pem(signer, []));
    }

    private X509Certificate2 RootOf(string stream, string? given)
    {
        var file = FileOf(stream, StreamCertificates.RootEnd);
        var pem = given ?? (File.Exists(file) ? File.ReadAllText(file) : null)
            ?? throw Refused(stream, "the key of its root is not on this machine", "give it: --root-key FILE (root certificate and key in one PEM file)");
        return CertificateMaking.WithKey(CertificateMaking.Read(pem, stream)[0], pem, stream);
    }

    private IReadOnlyList<X509Certificate2> Vouch(string stream, string? rootPem, X509Certificate2 next)
    {
        if (rootPem is null && !File.Exists(FileOf(stream, StreamCertificates.RootEnd))) return [];
        using var old = RootOf(stream, rootPem);
        return CertificateMaking.IsAuthority(old) ? [CertificateMaking.Vouch(old, next)] : [];
    }

    private void Keep(string stream)
    {
        var file = FileOf(stream, StreamCertificates.SignerEnd);
        if (!File.Exists(file)) return;
        var kept = Enumerable.Range(1, MaxKept).Select(n => $"{file}.{n}").FirstOrDefault(f => !File.Exists(f))
            ?? throw Refused(stream, $"{MaxKept} former keys are kept already", $"remove the oldest of {file}.*");
        AtomicFile.Write(kept, File.ReadAllBytes(file), 0x180);
    }

    private void Forget(string stream)
    {
        if (_loaded.Remove(stream, out var old)) old.Dispose();
    }

    private void Write(string stream, string end, string pem) => AtomicFile.Write(FileOf(stream, end), Encoding.ASCII.GetBytes(pem), 0x180);

    private string FileOf(string stream, string end) => Path.Combine(directory, stream + end);

    private static SlipwayException Refused(string stream, string why, string remedy) => new($"keys of stream {stream}", why, remedy) { Kind = FailureKind.Usage };
}
