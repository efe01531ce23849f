using Slipway.Updates.Device;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Case 44 of the format: the way of a device from one format to the next.</summary>
public sealed class FormatBumpTests : IDisposable
{
    private readonly TestRelease _os = new();
    private readonly TemporaryDirectory _device = new();

    public FormatBumpTests()
    {
        File.WriteAllText(_device["root.pem"], DeviceScene.Signer.CertificatePem());
        _os.Bundle("b");
    }

    public void Dispose()
    {
        _os.Dispose();
        _device.Dispose();
    }

    [Fact]
    [Trait("case", "44")]
    public async Task A_device_crosses_over_the_last_version_of_the_old_format_and_goes_on_in_the_new_one()
    {
        Publish(10, 0, format: 29, says: 10, deviceFormat: 29);
        await Device().InstallAsync(null, ["b"], TestContext.Current.CancellationToken);
        // The last version of the old format holds the files of the first one of the new: its number and its format.
        Publish(20, 10, format: 29, says: 30, deviceFormat: 30);
        Publish(30, 20, format: 30, says: 30, deviceFormat: 30, minVersion: 30);
        Publish(40, 30, format: 30, says: 40, deviceFormat: 30);
        var result = await Device().UpdateAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal((10u, 40u, DeviceOutcome.Changed), (result.From, result.To, result.Outcome));
        Assert.Equal("40", File.ReadAllText(_device["root/usr/share/clear/version"]));
        Assert.True((await Device().VerifyAsync(TestContext.Current.CancellationToken)).Good);
        Assert.Equal("29", File.ReadAllText(_os.Published("20/format")));
    }

    private void Publish(uint version, uint previous, int format, int says, int deviceFormat, uint minVersion = 0)
    {
        _os.File("/usr/lib/os-release", $"VERSION_ID={says}\n", bundle: "os-core");
        _os.File("/usr/share/clear/version", $"{says}", bundle: "os-core");
        _os.File("/usr/share/defaults/swupd/format", $"{deviceFormat}", bundle: "os-core");
        _os.File("/usr/share/b", $"content of {says}", bundle: "b");
        _os.Build(version, previous, minVersion, format, previous == 0 ? [] : [previous], o => o with
        {
            Sign = content => DeviceScene.Signer.Sign(content.Span, DeviceScene.Noon),
        });
    }

    private Device.Device Device() => new(new DeviceOptions
    {
        Path = _device["root"],
        ContentUrl = "file://" + _os.Published(""),
        VersionUrl = "file://" + _os.Published(""),
        CertificateFile = _device["root.pem"],
        Format = Directory.Exists(_device["root"]) ? null : "29",
        Time = new NoonTime(),
    });

    private sealed class NoonTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DeviceScene.Noon;
    }
}
