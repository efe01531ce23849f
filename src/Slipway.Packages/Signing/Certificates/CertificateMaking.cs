using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>Makes and reads the certificates of update content.</summary>
internal static class CertificateMaking
{
    private const int RootYears = 10;
    private const int SignerYears = 1;
    private const int RootBits = 4096;
    private const int SignerBits = 3072;
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    public static X509Certificate2 Root(string stream, DateTimeOffset now)
    {
        using var key = RSA.Create(RootBits);
        // The year tells a root from its successor of the same name.
        var request = Request($"O=Slipway, CN={stream} root {now.Year}-{Serial()}", key, authority: true);
        return request.CreateSelfSigned(From(now), now.AddYears(RootYears));
    }

    public static X509Certificate2 Signer(string stream, X509Certificate2 root, DateTimeOffset now)
    {
        using var key = RSA.Create(SignerBits);
        var request = Request($"O=Slipway, CN={stream} signer {now.Year}-{Serial()}", key, authority: false);
        using var certificate = request.Create(root, From(now), Earlier(now.AddYears(SignerYears), root), RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The other root's name and key, certified by this one: whoever trusts this one can follow signatures that end in the other.</summary>
    public static X509Certificate2 Vouch(X509Certificate2 by, X509Certificate2 other)
    {
        using var key = other.GetRSAPublicKey()!;
        var request = Request(other.SubjectName, key, authority: true);
        return request.Create(by, other.NotBefore, Earlier(other.NotAfter, by), RandomNumberGenerator.GetBytes(16));
    }

    public static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority == true;

    public static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public static IReadOnlyList<X509Certificate2> Read(string pem, string stream)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            throw new SlipwayException($"certificate of stream {stream}", error.Message, "give a PEM file that begins with -----BEGIN CERTIFICATE-----") { Kind = FailureKind.Usage };
        }
        return all.Count > 0 ? [.. all] : throw new SlipwayException($"certificate of stream {stream}", "the file holds none", "give a PEM file that begins with -----BEGIN CERTIFICATE-----") { Kind = FailureKind.Usage };
    }

    public static X509Certificate2 WithKey(X509Certificate2 certificate, string keyPem, string stream)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(keyPem);
            return certificate.CopyWithPrivateKey(key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new SlipwayException($"key of stream {stream}", $"it is not the RSA key of {certificate.Subject}: {error.Message}", "give the private.pem that belongs to the certificate, without a passphrase") { Kind = FailureKind.Usage };
        }
    }

    /// <summary>Certificate, what vouches for it, and the key: one file, so that one rename makes all.</summary>
    public static string Pem(X509Certificate2 certificate, IEnumerable<X509Certificate2> chain)
    {
        using var key = certificate.GetRSAPrivateKey()!;
        var text = new StringBuilder(certificate.ExportCertificatePem()).Append('\n');
        foreach (var link in chain) text.Append(link.ExportCertificatePem()).Append('\n');
        return text.Append(key.ExportPkcs8PrivateKeyPem()).Append('\n').ToString();
    }

    private static CertificateRequest Request(string name, RSA key, bool authority) => Request(new X500DistinguishedName(name), key, authority);

    private static CertificateRequest Request(X500DistinguishedName name, RSA key, bool authority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, authority, authority ? 1 : 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(authority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature, true));
        if (!authority) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static string Serial() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    // A device whose clock is a little behind must not reject a fresh certificate.
    private static DateTimeOffset From(DateTimeOffset now) => now.AddDays(-1);

    private static DateTimeOffset Earlier(DateTimeOffset end, X509Certificate2 issuer) => end < issuer.NotAfter ? end : issuer.NotAfter;
}
