using Slipway.Packages.Signing;
using Slipway.Releases.Adoption;

namespace Slipway.Releases.Tests.Adoption;

public sealed class KeyChangeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_old_device_is_carried_over_a_change_of_root_and_over_a_lost_signer()
    {
        using var scene = new AdoptionScene();
        scene.MakeOld();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var serving = SignerServer.RunAsync(scene.Data, end.Token);
        try
        {
            await CarryAsync(scene, scene.Signer = new SignerClient(scene.Data.SignerSocket) { Patience = TimeSpan.FromMinutes(2) });
        }
        finally
        {
            await end.CancelAsync();
            await serving;
        }
    }

    private static async Task CarryAsync(AdoptionScene scene, SignerClient signer)
    {
        var certificate = await File.ReadAllTextAsync(scene.Old.Certificate, Cancel);
        signer.ImportCertificate(AdoptionScene.Stream, new CertificateImport(certificate, await File.ReadAllTextAsync(scene.Old.Key, Cancel)));
        Assert.Equal(await File.ReadAllBytesAsync(scene.Old.Certificate, Cancel), signer.CertificatePem(AdoptionScene.Stream));
        var report = await scene.Adoption.AdoptAsync(AdoptionScene.Stream, new AdoptionOrder(scene.Old.Www, CertificatePem: certificate), "test", Cancel);
        Assert.Empty(report.Notes);
        await scene.DeviceOf("old", new Uri(scene.Old.Www).AbsoluteUri).InstallAsync(50, ["os-core-update", "editors"], Cancel);

        var old = signer.Certificates(AdoptionScene.Stream).Single(c => c.Role == CertificateRole.RootAndSigner);
        signer.RotateRoot(AdoptionScene.Stream);
        await NextAsync(scene, 60);
        signer.RevokeCertificate(AdoptionScene.Stream, old.Fingerprint);
        await NextAsync(scene, 70);
        var lost = signer.Certificates(AdoptionScene.Stream).Single(c => c.Role == CertificateRole.Signer);
        signer.RotateSigner(AdoptionScene.Stream);
        Assert.DoesNotContain(signer.Certificates(AdoptionScene.Stream), c => c.Fingerprint == lost.Fingerprint || c.Fingerprint == old.Fingerprint);
        await NextAsync(scene, 80);
    }

    private static async Task NextAsync(AdoptionScene scene, uint version)
    {
        Assert.True(await scene.Loop.TickAsync(AdoptionScene.Stream, forced: true, Cancel));
        var device = scene.DeviceOf("old", new Uri(scene.Www).AbsoluteUri, ownTrust: true);
        Assert.Equal(version, (await device.UpdateAsync(null, Cancel)).To);
        Assert.True((await device.VerifyAsync(Cancel)).Good);
    }
}
