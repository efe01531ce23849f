using System.Security.Cryptography.X509Certificates;
using Slipway.Content;
using Slipway.Packages.Signing;

namespace Slipway.Packages.Tests.Signing;

public sealed class CertificateTests(RunningSigner signer) : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void A_new_stream_has_a_root_for_ten_years_and_a_signer_for_one()
    {
        var certificates = signer.Client.Certificates("fresh");
        var (root, own) = (certificates.Single(c => c.Role == CertificateRole.Root), certificates.Single(c => c.Role == CertificateRole.Signer));
        Assert.InRange((root.Until - root.From).TotalDays, 3650, 3655);
        Assert.InRange((own.Until - own.From).TotalDays, 365, 368);
        Assert.True(Verifies("fresh", signer.Client.CertificatePem("fresh")));
        using var trusted = X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(signer.Client.CertificatePem("fresh")));
        Assert.Equal(root.Fingerprint, trusted.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
    }

    [Fact]
    public void A_mixers_certificate_and_key_are_imported_and_sign()
    {
        Mixer("mixer");
        var pem = File.ReadAllText(_temp["mixer.pem"]);
        var rows = signer.Client.ImportCertificate("imported", new CertificateImport(pem, File.ReadAllText(_temp["mixer.key"])));
        Assert.Equal(CertificateRole.RootAndSigner, Assert.Single(rows).Role);
        Assert.Equal(File.ReadAllBytes(_temp["mixer.pem"]), signer.Client.CertificatePem("imported"));
        Assert.True(Verifies("imported", File.ReadAllBytes(_temp["mixer.pem"])));
        Mixer("other");
        var foreign = Assert.Throws<SlipwayException>(() => signer.Client.ImportCertificate("imported", new CertificateImport(pem, File.ReadAllText(_temp["other.key"]))));
        Assert.Contains("key of stream imported", foreign.Message, StringComparison.Ordinal);
        Assert.True(Verifies("imported", File.ReadAllBytes(_temp["mixer.pem"])));
        Assert.Throws<SlipwayException>(() => signer.Client.RotateSigner("imported"));
    }

    [Fact]
    public void A_lost_signer_is_replaced_by_the_root_that_devices_trust()
    {
        var before = signer.Client.Certificates("lost").Single(c => c.Role == CertificateRole.Signer).Fingerprint;
        var trust = signer.Client.CertificatePem("lost");
        var file = Path.Combine(signer.Data.Keys, "streams", "lost.root");
        var root = File.ReadAllText(file);
        File.Delete(file);
        Assert.Contains("not on this machine", Assert.Throws<SlipwayException>(() => signer.Client.RotateSigner("lost")).Message, StringComparison.Ordinal);
        Assert.NotEqual(before, signer.Client.RotateSigner("lost", root).Single(c => c.Role == CertificateRole.Signer).Fingerprint);
        Assert.Equal(trust, signer.Client.CertificatePem("lost"));
        Assert.True(Verifies("lost", trust));
    }

    [Fact]
    public void A_new_root_is_announced_beside_the_old_one_which_vouches_for_it()
    {
        var old = signer.Client.Certificates("change").Single(c => c.Role == CertificateRole.Root).Fingerprint;
        var oldTrust = signer.Client.CertificatePem("change");
        signer.Client.RotateRoot("change");
        Assert.True(Verifies("change", oldTrust));
        Assert.Throws<SlipwayException>(() => signer.Client.RotateRoot("change"));
        var rows = signer.Client.RevokeCertificate("change", old);
        Assert.DoesNotContain(rows, c => c.Fingerprint == old || c.Role == CertificateRole.NextRoot);
        var newTrust = signer.Client.CertificatePem("change");
        Assert.NotEqual(oldTrust, newTrust);
        Assert.True(Verifies("change", newTrust));
        Assert.True(Verifies("change", oldTrust), "a device that was switched off all the while does not follow");
        Assert.Throws<SlipwayException>(() => signer.Client.RevokeCertificate("change", rows.Single(c => c.Role == CertificateRole.Root).Fingerprint));
    }

    [Theory]
    [InlineData(181, null)]
    [InlineData(180, 180)]
    [InlineData(91, 180)]
    [InlineData(90, 90)]
    [InlineData(30, 30)]
    [InlineData(0, 0)]
    public void Ends_are_announced_180_90_and_30_days_before(int days, int? warning)
    {
        var now = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        var one = new ContentCertificate("harbor", CertificateRole.Signer, "AB", "CN=harbor", now.AddYears(-1), now.AddDays(days), KeyHere: true);
        Assert.Equal(warning, one.Warning(now));
        Assert.Equal(warning is null, one.Advice(now) is null);
    }

    private void Mixer(string name) => Tool.Run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "365", "-subj", "/O=Mixer", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign", "-addext", "extendedKeyUsage=codeSigning", "-keyout", _temp[name + ".key"], "-out", _temp[name + ".pem"]);

    /// <summary>As the swupd client checks it.</summary>
    private bool Verifies(string stream, byte[] trust)
    {
        var content = "MANIFEST\t30\n"u8.ToArray();
        File.WriteAllBytes(_temp["content"], content);
        File.WriteAllBytes(_temp["content.sig"], signer.Client.SignCms(SigningSubject.Stream(stream), content, TimeProvider.System.GetUtcNow()));
        File.WriteAllBytes(_temp["trust.pem"], trust);
        return Tool.Try("openssl", "smime", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", _temp["content.sig"], "-content", _temp["content"], "-CAfile", _temp["trust.pem"]).Succeeded;
    }
}
