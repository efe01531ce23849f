using System.Buffers.Binary;
using System.Security.Cryptography;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

/// <summary>A reader of something that is downloaded, and how damaged input for it is made.</summary>
/// <param name="Share">Its part of the inputs of a long run, in thousandths.</param>
/// <param name="Samples">Valid inputs.</param>
/// <param name="Read">Gives a result, or a <see cref="SlipwayException"/>.</param>
/// <param name="Mend">Makes a damaged input fit again on the outside, so that the damage gets past the first checks.</param>
internal sealed record HostileReader(int Share, IReadOnlyList<byte[]> Samples, Action<byte[]> Read, Func<byte[], Random, byte[]>? Mend = null);

/// <summary>All readers of what is downloaded, by name.</summary>
internal static class HostileReaders
{
    private const int MaxSampleBytes = 6000;
    private static readonly byte[] OldText = "MANIFEST\t30\nversion:\t10\nold old old old"u8.ToArray();
    private static readonly SigningCertificate Signer = DeviceScene.Signer;
    private static readonly TrustRoots Roots = TrustRoots.Of(Signer.Signer);
    private static readonly ECDsa Reporter = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly string ReporterKey = Convert.ToBase64String(Reporter.ExportSubjectPublicKeyInfo());
    private static readonly string ReporterId = Convert.ToHexStringLower(SHA256.HashData(Reporter.ExportSubjectPublicKeyInfo()))[..32];
    private static readonly byte[] Signed = "what is signed"u8.ToArray();
    private static readonly byte[] OldManifest = Manifests().First();

    public static IReadOnlyDictionary<string, HostileReader> All { get; } = new Dictionary<string, HostileReader>(StringComparer.Ordinal)
    {
        ["manifest"] = new(250, Manifests(), bytes => Manifest.Parse(bytes, "os-core", ManifestLimits.Client)),
        ["mom"] = new(150, Moms(), bytes => Manifest.Parse(bytes, Manifest.MoM, ManifestLimits.Client)),
        ["tar"] = new(150, Tars(Compression.None), ReadTar, MendTar),
        ["tar-gzip"] = new(25, Tars(Compression.Gzip), ReadTar),
        ["tar-bzip2"] = new(20, Tars(Compression.Bzip2), ReadTar),
        ["tar-xz"] = new(25, Tars(Compression.Xz), ReadTar),
        ["tar-zstd"] = new(25, Tars(Compression.Zstd), ReadTar),
        ["tar-in-zstd"] = new(50, Tars(Compression.None), bytes => ReadTar(Compressor.Compress(bytes, Compression.Zstd)), MendTar),
        ["pointer"] = new(80, Pointers(), bytes => ChannelPointer.Parse(bytes, "channel.json")),
        ["latest"] = new(40, ["10"u8.ToArray(), "4294967295\n20\n"u8.ToArray()], bytes => PointerReader.Version(bytes, "latest")),
        ["delta"] = new(100, Deltas(), bytes => DeltaDecoder.Apply(bytes, OldText, "delta"), MendDelta),
        ["manifest-delta"] = new(50, [TestDelta.Make(OldManifest, Manifests()[^1]), DeltaEncoder.Encode(OldManifest, Manifests()[1], 420, 0, 0) ?? TestDelta.Make(OldManifest, Manifests()[1])], ReadManifestDelta, MendDelta),
        ["signature"] = new(15, [Signer.Sign(Signed, DeviceScene.Noon)], bytes =>
        {
            if (ContentSignature.Refusal(Signed, bytes, Roots, DeviceScene.Noon) is { } refusal) throw new SlipwayException("signature", refusal);
        }),
        ["report"] = new(20, [new DeviceReport { Device = ReporterId, Stream = "harbor", Action = "update", Result = "changed", From = 10, To = 20 }.ToBytes()], ReadReport),
    };

    private static void ReadTar(byte[] bytes) => PackedTar.Read("tar", new MemoryStream(bytes), new TarLimits { MaxEntries = 100, MaxTotalBytes = 1 << 20 }, tar =>
    {
        while (tar.Next() is { } entry)
        {
            DeltaName.Parse(entry.Name.Name.ToString());
            tar.Content.CopyTo(Stream.Null);
        }
        return 0;
    });

    private static void ReadManifestDelta(byte[] bytes)
    {
        if (DeltaDecoder.Apply(bytes, OldManifest, "delta") is { } text) Manifest.Parse(text, "os-core", ManifestLimits.Client);
    }

    private static void ReadReport(byte[] bytes)
    {
        var signature = Convert.ToBase64String(Reporter.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        if (DeviceReport.ReadSigned(bytes, ReporterKey, signature, out var refusal) is null) throw new SlipwayException("report", refusal!);
    }

    /// <summary>Gives each header its checksum again.</summary>
    private static byte[] MendTar(byte[] bytes, Random random)
    {
        for (var at = 0; at + 512 <= bytes.Length; at += 512)
        {
            var header = bytes.AsSpan(at, 512);
            if (!header.Slice(257, 5).SequenceEqual("ustar"u8)) continue;
            header.Slice(148, 8).Fill((byte)' ');
            var sum = 0;
            foreach (var value in header) sum += value;
            System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        }
        return bytes;
    }

    /// <summary>Makes the lengths in the head add up to the file again.</summary>
    private static byte[] MendDelta(byte[] bytes, Random random)
    {
        if (bytes.Length < 67) return bytes;
        var rest = bytes.Length - (bytes[7] == 'U' ? 67 : 32);
        var control = random.Next(Math.Min(rest, 255) + 1);
        var diff = random.Next(rest - control + 1);
        var head = bytes.AsSpan();
        if (bytes[7] == 'U')
        {
            BinaryPrimitives.WriteUInt32LittleEndian(head[9..], (uint)control);
            BinaryPrimitives.WriteInt64LittleEndian(head[13..], diff);
            BinaryPrimitives.WriteInt64LittleEndian(head[21..], rest - control - diff);
        }
        else
        {
            head[9] = (byte)control;
            BinaryPrimitives.WriteUInt16LittleEndian(head[10..], (ushort)diff);
            BinaryPrimitives.WriteUInt16LittleEndian(head[12..], (ushort)(rest - control - diff));
        }
        return bytes;
    }

    private static List<byte[]> Manifests() => Small(Directory.EnumerateFiles(TestData.Vectors, "Manifest.*", SearchOption.AllDirectories)
        .Where(file => file.Contains("/expected/", StringComparison.Ordinal) && !file.EndsWith(".MoM", StringComparison.Ordinal)).Order().Where((_, index) => index % 5 == 0));

    private static List<byte[]> Moms() => Small(Directory.EnumerateFiles(TestData.Vectors, "Manifest.MoM", SearchOption.AllDirectories).Order());

    private static List<byte[]> Small(IEnumerable<string> files) => [.. files.Select(File.ReadAllBytes).Where(bytes => bytes.Length <= MaxSampleBytes)];

    private static byte[][] Tars(Compression compression) =>
    [
        TestContent.Tar(compression, ("Manifest.x", TestNode.File("text"))),
        TestContent.Tar(compression, ("delta", TestNode.Directory()), ($"staged/{new string('a', 64)}", TestNode.Link("target")), (new string('n', 150), TestNode.File("long name"))),
    ];

    private static byte[][] Pointers() =>
    [
        new ChannelPointer("harbor", "stable", 7, 20, 30, Digest.Of("mom"u8), RollOut.Full, DeviceScene.Noon).ToBytes(),
        new ChannelPointer("harbor", "dev", 1, 2, 3, Digest.Of("x"u8), new RollOut(5, "s", ["a", "b"], new RollOutWindow(new TimeOnly(1, 0), new TimeOnly(2, 0))), DeviceScene.Noon).ToBytes(),
    ];

    private static byte[][] Deltas() =>
    [
        TestDelta.Make(OldText, "MANIFEST\t30\nversion:\t20\nnew new new"u8.ToArray()),
        .. Small(Directory.EnumerateFiles(Path.Combine(TestData.Vectors, "delta-sizes/decoder-samples"), "*.delta").Order()),
    ];
}
