using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The certificates a device trusts: the only ones a signature's chain may end in.</summary>
public sealed class TrustRoots
{
    private const int MaxPemBytes = 256 * 1024;
    private const int MaxCertificates = 32;

    private TrustRoots(X509Certificate2Collection certificates) => Certificates = certificates;

    internal X509Certificate2Collection Certificates { get; }

    /// <summary>Reads a PEM file that holds one or more certificates.</summary>
    public static TrustRoots Load(string pemFile)
    {
        var file = new FileInfo(pemFile);
        if (!file.Exists)
        {
            throw new SlipwayException($"trust root {pemFile}", "the file is not there", "give the stream's certificate, for example by --certificate FILE");
        }
        if (file.Length > MaxPemBytes)
        {
            throw new SlipwayException($"trust root {pemFile}", $"the file has {file.Length} bytes, at most {MaxPemBytes} are read", null);
        }
        return Parse(File.ReadAllText(pemFile), pemFile);
    }

    /// <summary>Reads certificates from PEM text; <paramref name="origin"/> names it in errors.</summary>
    public static TrustRoots Parse(string pem, string origin)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            throw new SlipwayException($"trust root {origin}", $"it is not a PEM certificate ({error.Message})", "give a file that begins with -----BEGIN CERTIFICATE-----");
        }
        if (certificates.Count is 0 or > MaxCertificates)
        {
            throw new SlipwayException($"trust root {origin}", $"it holds {certificates.Count} certificates, 1 to {MaxCertificates} are expected", null);
        }
        return new TrustRoots(certificates);
    }

    /// <summary>Trusts the given certificate alone.</summary>
    public static TrustRoots Of(X509Certificate2 certificate) => new([certificate]);
}
