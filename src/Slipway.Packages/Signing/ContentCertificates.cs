using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>A certificate and key for each stream's update content, made at first use; what swupd clients verify.</summary>
internal sealed class ContentCertificates(string directory, TimeProvider clock) : IDisposable
{
    private readonly Dictionary<string, X509Certificate2> _loaded = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public byte[] CertificatePem(string stream) => Encoding.ASCII.GetBytes(Of(stream).ExportCertificatePem() + "\n");

    /// <summary>Detached SignedData with the certificate inside and SHA-256; PKCS#1 v1.5 signatures and the given time make it deterministic.</summary>
    public byte[] Sign(string stream, byte[] content, DateTimeOffset time)
    {
        var message = new SignedCms(new ContentInfo(content), detached: true);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, Of(stream))
        {
            DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1"),
            IncludeOption = X509IncludeOption.EndCertOnly,
        };
        signer.SignedAttributes.Add(new Pkcs9SigningTime(time.UtcDateTime));
        message.ComputeSignature(signer);
        return message.Encode();
    }

    public void Dispose()
    {
        foreach (var certificate in _loaded.Values) certificate.Dispose();
    }

    private X509Certificate2 Of(string stream)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(stream, out var known)) return known;
            // Key and certificate are one file, so that one rename makes both.
            var file = Path.Combine(directory, stream + ".pem");
            if (!File.Exists(file)) AtomicFile.Write(file, Encoding.ASCII.GetBytes(Make(stream)), 0x180);
            return _loaded[stream] = X509Certificate2.CreateFromPemFile(file);
        }
    }

    private string Make(string stream)
    {
        using var key = RSA.Create(4096);
        var request = new CertificateRequest($"O=Slipway, CN={stream}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        // As mixer's own certificates: a client takes the signer itself as its trust anchor.
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        // A device whose clock is a little behind must not reject a fresh certificate.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
