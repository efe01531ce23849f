using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>The key a device signs its reports with; its id is made from it, so nobody else can speak for the device (format 4.1).</summary>
internal sealed class DeviceKey
{
    public const int IdLength = 32;
    private readonly ECDsa _key;

    private DeviceKey(ECDsa key)
    {
        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        DeviceId = Digest.Of(PublicKey).ToString()[..IdLength];
    }

    public string DeviceId { get; }

    public byte[] PublicKey { get; }

    public static DeviceKey LoadOrCreate(DeviceState state)
    {
        var file = state.Own("device-key.pem");
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            AtomicFile.WriteText(file, made.ExportPkcs8PrivateKeyPem() + "\n", 0x180);
        }
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(file));
        return new DeviceKey(key);
    }

    public byte[] Sign(byte[] content) => _key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
}
