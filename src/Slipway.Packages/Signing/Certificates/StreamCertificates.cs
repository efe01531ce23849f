using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Packages.Signing;

/// <summary>What a certificate of a stream is for.</summary>
public enum CertificateRole
{
    /// <summary>Devices trust it; it vouches for signers.</summary>
    Root,

    /// <summary>It signs; a root vouches for it.</summary>
    Signer,

    /// <summary>Devices trust it and it signs, as a mixer's Swupd_Root.pem.</summary>
    RootAndSigner,

    /// <summary>Devices are told to trust it; it has not taken over yet.</summary>
    NextRoot,
}

/// <summary>One certificate of a stream's update content.</summary>
/// <param name="Fingerprint">SHA-256, in hexadecimal.</param>
/// <param name="KeyHere">Whether its private key lies on the signer's machine; that of a root belongs elsewhere.</param>
public sealed record ContentCertificate(string Stream, CertificateRole Role, string Fingerprint, string Subject, DateTimeOffset From, DateTimeOffset Until, bool KeyHere)
{
    private static readonly int[] s_warnings = [30, 90, 180];

    /// <summary>The mark before its end that was passed last: 180, 90 or 30 days, 0 when it has ended; null before them.</summary>
    public int? Warning(DateTimeOffset now) => now >= Until ? 0 : s_warnings.Where(days => now.AddDays(days) >= Until).Select(days => (int?)days).FirstOrDefault();

    /// <summary>What is to be done about its end, in words; null when nothing is yet.</summary>
    public string? Advice(DateTimeOffset now) => Warning(now) is not { } days ? null
        : $"the {Role.ToString().ToLowerInvariant()} certificate of stream {Stream} {(days == 0 ? "ended" : $"ends within {days} days,")} on {Until:yyyy-MM-dd}: "
        + $"slipway keys rotate --stream {Stream}{(Role == CertificateRole.Signer ? "" : " --root")}";
}

/// <summary>A certificate and key that were made elsewhere.</summary>
/// <param name="Certificate">PEM: the signer first, then what vouches for it.</param>
/// <param name="Key">PEM of the signer's RSA key.</param>
/// <param name="Trust">PEM of what devices trust. Unset: the certificate.</param>
public sealed record CertificateImport(string Certificate, string Key, string? Trust = null);

/// <summary>The certificates of one stream, loaded.</summary>
internal sealed record StreamCertificates(
    string Stream, X509Certificate2 Signer, IReadOnlyList<X509Certificate2> Chain, byte[] Trust, IReadOnlyList<X509Certificate2> Roots, string? NextRoot, bool RootKeyHere) : IDisposable
{
    public const string SignerEnd = ".pem";
    public const string TrustEnd = ".trust";
    public const string RootEnd = ".root";
    public const string NextEnd = ".next";
    public const string NextRootEnd = ".next-root";

    public static StreamCertificates Load(string directory, string stream)
    {
        string? Read(string end) => File.Exists(Path.Combine(directory, stream + end)) ? File.ReadAllText(Path.Combine(directory, stream + end)) : null;
        var own = Read(SignerEnd)!;
        var certificates = CertificateMaking.Read(own, stream);
        // Streams of earlier versions of this program have one self-signed certificate and no more.
        var trust = Read(TrustEnd) ?? certificates[0].ExportCertificatePem() + "\n";
        var next = Read(NextRootEnd) is { } pem ? CertificateMaking.Fingerprint(CertificateMaking.Read(pem, stream)[0]) : null;
        return new(stream, CertificateMaking.WithKey(certificates[0], own, stream), [.. certificates.Skip(1)], Encoding.ASCII.GetBytes(trust), CertificateMaking.Read(trust, stream), next, Read(RootEnd) is not null);
    }

    public IReadOnlyList<ContentCertificate> Describe()
    {
        var signer = CertificateMaking.Fingerprint(Signer);
        var rows = new List<ContentCertificate>();
        foreach (var root in Roots)
        {
            var fingerprint = CertificateMaking.Fingerprint(root);
            rows.Add(fingerprint == signer ? Row(root, CertificateRole.RootAndSigner, true)
                : fingerprint == NextRoot ? Row(root, CertificateRole.NextRoot, true)
                : Row(root, CertificateRole.Root, RootKeyHere));
        }
        if (rows.All(r => r.Role != CertificateRole.RootAndSigner)) rows.Add(Row(Signer, CertificateRole.Signer, true));
        return rows;
    }

    public void Dispose()
    {
        Signer.Dispose();
        foreach (var certificate in Chain.Concat(Roots)) certificate.Dispose();
    }

    private ContentCertificate Row(X509Certificate2 certificate, CertificateRole role, bool keyHere) =>
        new(Stream, role, CertificateMaking.Fingerprint(certificate), certificate.Subject, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), keyHere);
}
