using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>
/// Detached PKCS#7 signatures in DER over manifests of manifests, version pointers and channel pointers
/// (format 1.11), as the openssl command and the swupd client make and read them.
/// </summary>
public static class ContentSignature
{
    /// <summary>The longest signature that is read, in bytes; room for a chain of several RSA-4096 certificates.</summary>
    public const int MaxSignatureBytes = 64 * 1024;

    private const int MaxChainCertificates = 16;
    private const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";
    private static readonly Oid Sha256 = new("2.16.840.1.101.3.4.2.1");
    private static readonly string[] AcceptedDigests = [Sha256.Value!, "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"];

    /// <summary>Signs with the certificate's RSA key: the same content, key and time give the same bytes.</summary>
    /// <param name="content">What is signed; it is not part of the result.</param>
    /// <param name="certificate">The signer, with its private key.</param>
    /// <param name="signingTime">The time stated in the signature; whole seconds are kept.</param>
    /// <param name="chain">Certificates between the signer and the trust root, embedded for the verifier.</param>
    public static byte[] Sign(ReadOnlySpan<byte> content, X509Certificate2 certificate, DateTimeOffset signingTime, IReadOnlyList<X509Certificate2>? chain = null)
    {
        var cms = new SignedCms(new ContentInfo(content.ToArray()), detached: true);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate)
        {
            DigestAlgorithm = Sha256,
            IncludeOption = X509IncludeOption.EndCertOnly,
        };
        var seconds = DateTimeOffset.FromUnixTimeSeconds(signingTime.ToUnixTimeSeconds());
        signer.SignedAttributes.Add(new Pkcs9SigningTime(seconds.UtcDateTime));
        foreach (var link in chain ?? [])
        {
            signer.Certificates.Add(link);
        }
        cms.ComputeSignature(signer, silent: true);
        return cms.Encode();
    }

    /// <summary>Throws unless the signature is one of a trusted key over exactly this content.</summary>
    /// <param name="content">The signed bytes.</param>
    /// <param name="signature">The detached signature.</param>
    /// <param name="roots">What is trusted.</param>
    /// <param name="at">The time at which every certificate must be valid; null ignores expiry, as for version pointers.</param>
    /// <param name="subject">What is verified, for the error.</param>
    public static void Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, TrustRoots roots, DateTimeOffset? at, string subject)
    {
        if (Refusal(content, signature, roots, at) is { } reason)
        {
            throw new SlipwayException($"signature of {subject}", reason, "check that the trust root belongs to this stream; otherwise the content was changed on its way");
        }
    }

    /// <summary>Why the signature is not accepted, or null when it is.</summary>
    public static string? Refusal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, TrustRoots roots, DateTimeOffset? at)
    {
        if (signature.Length is 0 or > MaxSignatureBytes)
        {
            return $"it has {signature.Length} bytes, 1 to {MaxSignatureBytes} are expected";
        }
        var cms = new SignedCms(new ContentInfo(content.ToArray()), detached: true);
        try
        {
            cms.Decode(signature);
            return ShapeRefusal(cms, content) ?? KeyRefusal(cms, roots) ?? ChainRefusal(cms, roots, at);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or InvalidOperationException)
        {
            return $"it cannot be read as a PKCS#7 signature ({error.Message})";
        }
    }

    /// <summary>Throws unless somebody's signature, such as an external signer's, fits the content and brings its certificate along.</summary>
    /// <param name="content">The signed bytes.</param>
    /// <param name="signature">The detached signature.</param>
    /// <param name="signer">Who made it, for the error.</param>
    public static void RequireFitting(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, string signer)
    {
        var cms = new SignedCms(new ContentInfo(content.ToArray()), detached: true);
        string? refusal;
        try
        {
            cms.Decode(signature);
            refusal = ShapeRefusal(cms, content);
            if (refusal is null) cms.CheckSignature(verifySignatureOnly: true);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or InvalidOperationException)
        {
            refusal = error.Message;
        }
        if (refusal is not null)
            throw new SlipwayException($"signature of {signer}", $"it is no detached PKCS#7 signature over the content given to it: {refusal}", "let it write DER to standard output, with its certificate inside");
    }

    private static string? ShapeRefusal(SignedCms cms, ReadOnlySpan<byte> content)
    {
        // A signature that brings its own content would be checked against that, not against the file.
        if (!cms.Detached || !cms.ContentInfo.Content.AsSpan().SequenceEqual(content))
        {
            return "it is not detached: it holds content of its own";
        }
        if (cms.SignerInfos.Count != 1)
        {
            return $"it has {cms.SignerInfos.Count} signers, exactly one is expected";
        }
        if (cms.Certificates.Count > MaxChainCertificates)
        {
            return $"it holds {cms.Certificates.Count} certificates, at most {MaxChainCertificates} are read";
        }
        var digest = cms.SignerInfos[0].DigestAlgorithm.Value;
        return AcceptedDigests.Contains(digest) ? null : $"its digest algorithm {digest} is not SHA-256 or stronger";
    }

    private static string? KeyRefusal(SignedCms cms, TrustRoots roots)
    {
        try
        {
            cms.CheckSignature(roots.Certificates, verifySignatureOnly: true);
            return null;
        }
        catch (CryptographicException)
        {
            return "it does not fit the content: one of the two was changed, or no certificate of its signer is at hand";
        }
    }

    private static string? ChainRefusal(SignedCms cms, TrustRoots roots, DateTimeOffset? at)
    {
        var signer = cms.SignerInfos[0].Certificate;
        if (signer is null)
        {
            return "its signer's certificate is not at hand";
        }
        // An online status check is demanded there, which a device that may be offline cannot do: refused, as the swupd client does.
        var demanding = cms.Certificates.Append(signer).FirstOrDefault(certificate =>
            certificate.Extensions.Any(extension => extension.Critical && extension.Oid?.Value == AuthorityInformationAccess));
        if (demanding is not null)
        {
            return $"the certificate {demanding.Subject} has a critical authority information access extension";
        }
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.Certificates);
        chain.ChainPolicy.ExtraStore.AddRange(cms.Certificates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = (at ?? signer.NotBefore).UtcDateTime;
        if (at is null)
        {
            chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid | X509VerificationFlags.IgnoreCtlNotTimeValid;
        }
        if (!chain.Build(signer))
        {
            var problems = chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Where(text => text.Length > 0).Distinct();
            return $"the certificate of its signer ({signer.Subject}) does not lead to the trust root: {string.Join("; ", problems)}";
        }
        return null;
    }
}
