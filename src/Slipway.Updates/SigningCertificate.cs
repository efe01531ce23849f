using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The key pair that signs a stream's content: the signer, and the certificates between it and the trust root.</summary>
public sealed record SigningCertificate(X509Certificate2 Signer, IReadOnlyList<X509Certificate2> Chain)
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <summary>Makes a self-signed RSA certificate (format 1.11), valid for <paramref name="years"/> years from a minute before <paramref name="now"/>.</summary>
    public static SigningCertificate Create(string organization, DateTimeOffset now, int years = 1, int keyBits = 4096)
    {
        using var key = RSA.Create(keyBits);
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName(organization);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        const X509KeyUsageFlags Usage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(Usage, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], false));
        return new SigningCertificate(request.CreateSelfSigned(now.AddMinutes(-1), now.AddYears(years)), []);
    }

    /// <summary>Reads the signer (first certificate of the file), its chain (the others) and its private key from PEM files.</summary>
    public static SigningCertificate Load(string certificateFile, string keyFile)
    {
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(certificateFile);
            var signer = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return new SigningCertificate(signer, [.. all.Skip(1)]);
        }
        catch (Exception error) when (error is CryptographicException or IOException or ArgumentException)
        {
            throw new SlipwayException($"signing key {keyFile} with certificate {certificateFile}", error.Message, "give a PEM certificate and the private key that belongs to it");
        }
    }

    /// <summary>Writes certificate and chain, and the private key (mode 0600).</summary>
    public void Save(string certificateFile, string keyFile)
    {
        using var key = Signer.GetRSAPrivateKey() ?? throw new SlipwayException("signing certificate", "it has no RSA key", null);
        AtomicFile.WriteText(keyFile, key.ExportRSAPrivateKeyPem() + "\n", 0x180);
        AtomicFile.WriteText(certificateFile, CertificatePem());
    }

    /// <summary>Certificate and chain as PEM text, the signer first.</summary>
    public string CertificatePem() => string.Concat(new[] { Signer }.Concat(Chain).Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>Signs content at the given time; see <see cref="ContentSignature.Sign"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content, DateTimeOffset signingTime) => ContentSignature.Sign(content, Signer, signingTime, Chain);
}
