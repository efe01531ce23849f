using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests;

public sealed class ContentSignatureTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly SigningCertificate Signer = SigningCertificate.Create("Harbor", Noon, keyBits: 2048);
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("MANIFEST\t30\nversion:\t10\n");

    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-signature-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    [Trait("case", "43")]
    public void Openssl_accepts_what_we_sign_and_refuses_another_content()
    {
        Write("content", Content);
        Write("other", [.. Content, (byte)'x']);
        Write("sig", Signer.Sign(Content, DateTimeOffset.Now));
        // The command has no option to look at the certificate at another time, so it gets one that is valid now.
        var now = SigningCertificate.Create("Harbor", DateTimeOffset.Now, keyBits: 2048);
        Write("sig", now.Sign(Content, DateTimeOffset.Now));
        File.WriteAllText(At("root.pem"), now.CertificatePem());
        Assert.True(OpenSsl.Verifies(_directory, "content", "sig", "root.pem"));
        Assert.False(OpenSsl.Verifies(_directory, "other", "sig", "root.pem"));
    }

    [Fact]
    public void What_openssl_signs_verifies_and_a_changed_byte_does_not()
    {
        Write("content", Content);
        OpenSsl.Require(_directory, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "root.pem", "-days", "30", "-subj", "/O=Other");
        OpenSsl.Require(_directory, "smime", "-sign", "-binary", "-in", "content", "-signer", "root.pem", "-inkey", "key.pem", "-outform", "DER", "-out", "sig");
        var signature = File.ReadAllBytes(At("sig"));
        var roots = TrustRoots.Load(At("root.pem"));
        Assert.Null(ContentSignature.Refusal(Content, signature, roots, DateTimeOffset.Now));
        foreach (var at in new[] { 0, Content.Length / 2, Content.Length - 1 })
        {
            var changed = Content.ToArray();
            changed[at] ^= 1;
            Assert.NotNull(ContentSignature.Refusal(changed, signature, roots, DateTimeOffset.Now));
        }
    }

    [Fact]
    public void No_changed_byte_of_a_signature_lets_other_content_pass()
    {
        var signature = Signer.Sign(Content, Noon);
        var other = Content.ToArray();
        other[5] ^= 0x20;
        for (var at = 0; at < signature.Length; at += 7)
        {
            var changed = signature.ToArray();
            changed[at] ^= 0x41;
            Assert.NotNull(ContentSignature.Refusal(other, changed, Trust, Noon));
        }
    }

    [Fact]
    public void Same_content_key_and_time_give_the_same_bytes()
    {
        Assert.Equal(Signer.Sign(Content, Noon), Signer.Sign(Content, Noon.AddMilliseconds(300)));
        Assert.NotEqual(Signer.Sign(Content, Noon), Signer.Sign(Content, Noon.AddSeconds(1)));
    }

    [Fact]
    [Trait("case", "43")]
    public void Expiry_counts_for_the_mom_and_is_ignored_for_pointers()
    {
        var signature = Signer.Sign(Content, Noon);
        Assert.Null(ContentSignature.Refusal(Content, signature, Trust, Noon.AddDays(300)));
        Assert.NotNull(ContentSignature.Refusal(Content, signature, Trust, Noon.AddDays(400)));
        Assert.NotNull(ContentSignature.Refusal(Content, signature, Trust, Noon.AddDays(-1)));
        Assert.Null(ContentSignature.Refusal(Content, signature, Trust, null));
    }

    [Fact]
    public void Another_key_of_the_same_name_is_not_trusted()
    {
        var other = SigningCertificate.Create("Harbor", Noon, keyBits: 2048);
        var signature = other.Sign(Content, Noon);
        Assert.Null(ContentSignature.Refusal(Content, signature, TrustRoots.Of(other.Signer), Noon));
        Assert.NotNull(ContentSignature.Refusal(Content, signature, Trust, Noon));
    }

    [Fact]
    [Trait("case", "43")]
    public void A_chain_inside_the_signature_leads_to_the_root_and_expiry_of_its_signer_is_seen()
    {
        var (root, intermediate, signer) = Chain();
        var signature = ContentSignature.Sign(Content, signer, Noon, [intermediate]);
        Assert.Null(ContentSignature.Refusal(Content, signature, TrustRoots.Of(root), Noon));
        Assert.Null(ContentSignature.Refusal(Content, signature, TrustRoots.Of(root), null));
        Assert.NotNull(ContentSignature.Refusal(Content, ContentSignature.Sign(Content, signer, Noon), TrustRoots.Of(root), Noon));
        Assert.NotNull(ContentSignature.Refusal(Content, signature, Trust, null));
        Write("content", Content);
        Write("sig", signature);
        File.WriteAllText(At("root.pem"), root.ExportCertificatePem());
        Assert.Equal(0, OpenSsl.Run(_directory, "smime", "-verify", "-binary", "-inform", "DER", "-in", "sig", "-content", "content", "-purpose", "any", "-CAfile", "root.pem", "-attime", $"{Noon.ToUnixTimeSeconds()}").ExitCode);
    }

    [Fact]
    public void A_critical_authority_information_access_is_refused()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("O=Harbor", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(["http://127.0.0.1/ocsp"], [], critical: true));
        var certificate = request.CreateSelfSigned(Noon, Noon.AddDays(1));
        var refusal = ContentSignature.Refusal(Content, ContentSignature.Sign(Content, certificate, Noon), TrustRoots.Of(certificate), Noon);
        Assert.Contains("authority information access", refusal, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_signature_that_brings_its_own_content_is_refused()
    {
        Write("other", "other content"u8.ToArray());
        OpenSsl.Require(_directory, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "root.pem", "-days", "30", "-subj", "/O=Other");
        OpenSsl.Require(_directory, "smime", "-sign", "-binary", "-nodetach", "-in", "other", "-signer", "root.pem", "-inkey", "key.pem", "-outform", "DER", "-out", "sig");
        Assert.NotNull(ContentSignature.Refusal(Content, File.ReadAllBytes(At("sig")), TrustRoots.Load(At("root.pem")), null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ContentSignature.MaxSignatureBytes + 1)]
    public void A_signature_of_no_sensible_size_is_refused(int length) =>
        Assert.NotNull(ContentSignature.Refusal(Content, new byte[length], Trust, null));

    [Fact]
    public void A_signature_from_elsewhere_must_fit_the_content_given_to_it()
    {
        var signed = DeviceScene.Signer.Sign("content"u8, DeviceScene.Noon);
        ContentSignature.RequireFitting("content"u8, signed, "a signer");
        Assert.Throws<SlipwayException>(() => ContentSignature.RequireFitting("other"u8, signed, "a signer"));
        Assert.Throws<SlipwayException>(() => ContentSignature.RequireFitting("content"u8, "no signature"u8, "a signer"));
        Assert.Throws<SlipwayException>(() => ContentSignature.RequireFitting("content"u8, [], "a signer"));
    }

    [Fact]
    public void A_saved_key_is_private_and_signs_the_same()
    {
        Signer.Save(At("cert.pem"), At("private.pem"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("private.pem")));
        Assert.StartsWith("-----BEGIN RSA PRIVATE KEY-----", File.ReadAllText(At("private.pem")));
        var loaded = SigningCertificate.Load(At("cert.pem"), At("private.pem"));
        Assert.Equal(Signer.Sign(Content, Noon), loaded.Sign(Content, Noon));
    }

    [Fact]
    public void A_key_that_does_not_belong_to_the_certificate_is_refused()
    {
        var other = SigningCertificate.Create("Harbor", Noon, keyBits: 2048);
        other.Save(At("other.pem"), At("other.key"));
        Signer.Save(At("cert.pem"), At("private.pem"));
        Assert.Throws<SlipwayException>(() => SigningCertificate.Load(At("cert.pem"), At("other.key")));
    }

    private static TrustRoots Trust => TrustRoots.Of(Signer.Signer);

    private static (X509Certificate2 Root, X509Certificate2 Intermediate, X509Certificate2 Signer) Chain()
    {
        using var rootKey = RSA.Create(2048);
        using var middleKey = RSA.Create(2048);
        var key = RSA.Create(2048);
        var root = Request("O=Root", rootKey, authority: true).CreateSelfSigned(Noon.AddDays(-1), Noon.AddYears(5));
        var middle = Request("O=Middle", middleKey, authority: true).Create(root, Noon.AddDays(-1), Noon.AddYears(2), [1, 2]).CopyWithPrivateKey(middleKey);
        var signer = Request("O=Signer", key, authority: false).Create(middle, Noon.AddDays(-1), Noon.AddDays(9), [3, 4]).CopyWithPrivateKey(key);
        return (root, middle, signer);
    }

    private static CertificateRequest Request(string name, RSA key, bool authority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        return request;
    }

    private string At(string name) => Path.Combine(_directory, name);

    private void Write(string name, byte[] content) => File.WriteAllBytes(At(name), content);
}
