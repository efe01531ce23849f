using System.Diagnostics;
using System.Security.Cryptography;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

/// <summary>
/// Every reader of what is downloaded takes anything: it gives a result or a <see cref="SlipwayException"/>, never another
/// exception, and never without bound. What breaks a reader is kept in testdata/hostile, beside files made by hand.
/// </summary>
public sealed class HostileInputTests
{
    private const int ShortRun = 4_000;
    private static readonly int Runs = int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_FUZZ_RUNS"), out var runs) ? runs : ShortRun;
    private static readonly byte[] OldText = "MANIFEST\t30\nversion:\t10\nold old old old"u8.ToArray();
    private static readonly SigningCertificate Signer = DeviceScene.Signer;
    private static readonly ECDsa Reporter = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly byte[] Signed = "what is signed"u8.ToArray();

    public static TheoryData<string> Readers() => [.. All.Keys];

    private static Dictionary<string, (Func<IEnumerable<byte[]>> Samples, Action<byte[]> Read)> All { get; } = new()
    {
        ["manifest"] = (Manifests, bytes => Manifest.Parse(bytes, "os-core", ManifestLimits.Client)),
        ["mom"] = (Moms, bytes => Manifest.Parse(bytes, Manifest.MoM, ManifestLimits.Client)),
        ["tar"] = (() => Tars(Compression.None), ReadTar),
        ["tar-gzip"] = (() => Tars(Compression.Gzip), ReadTar),
        ["tar-bzip2"] = (() => Tars(Compression.Bzip2), ReadTar),
        ["tar-xz"] = (() => Tars(Compression.Xz), ReadTar),
        ["tar-zstd"] = (() => Tars(Compression.Zstd), ReadTar),
        ["pointer"] = (Pointers, bytes => ChannelPointer.Parse(bytes, "channel.json")),
        ["signature"] = (() => [Signer.Sign(Signed, DeviceScene.Noon)], bytes => ContentSignature.Refusal(Signed, bytes, TrustRoots.Of(Signer.Signer), DeviceScene.Noon)),
        ["delta"] = (Deltas, bytes => DeltaDecoder.Apply(bytes, OldText, "delta")),
        ["report"] = (() => [new DeviceReport { Device = new string('a', 32), Stream = "harbor", Action = "update", Result = "changed", From = 10, To = 20 }.ToBytes()], ReadReport),
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_reader_takes_any_bytes(string reader)
    {
        var (samples, read) = All[reader];
        var valid = samples().ToList();
        Assert.All(valid, sample => Assert.Null(Breaks(read, sample)));
        var mutator = new Mutator(20261120);
        var watch = Stopwatch.StartNew();
        for (var run = 0; run < Runs; run++)
        {
            var input = mutator.Next(valid[run % valid.Count]);
            if (Breaks(read, input) is { } error)
            {
                Assert.Fail($"run {run}: {error}\nkeep it: echo {Convert.ToBase64String(input)} | base64 -d > tests/testdata/hostile/{reader}-{error.GetType().Name}");
            }
        }
        Assert.True(watch.Elapsed < TimeSpan.FromMilliseconds(Math.Max(60_000, Runs * 20L)), "a reader does work without bound");
    }

    [Fact]
    public void Hostile_files_kept_from_thought_and_fuzzing_are_refused()
    {
        var kept = Directory.GetFiles(Path.Combine(TestData.Vectors, "../hostile"));
        Assert.NotEmpty(kept);
        foreach (var file in kept)
        {
            var reader = All.Keys.Where(name => Path.GetFileName(file).StartsWith(name + "-", StringComparison.Ordinal)).MaxBy(name => name.Length)!;
            Assert.True(IsRefused(reader, File.ReadAllBytes(file)), Path.GetFileName(file));
        }
    }

    private static bool IsRefused(string reader, byte[] input)
    {
        try
        {
            if (reader == "signature")
            {
                return ContentSignature.Refusal(Signed, input, TrustRoots.Of(Signer.Signer), DeviceScene.Noon) is not null;
            }
            All[reader].Read(input);
            return false;
        }
        catch (SlipwayException)
        {
            return true;
        }
    }

    private static Exception? Breaks(Action<byte[]> read, byte[] input)
    {
        try
        {
            read(input);
            return null;
        }
        catch (SlipwayException)
        {
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private static void ReadTar(byte[] bytes) => PackedTar.Read("tar", new MemoryStream(bytes), new TarLimits { MaxEntries = 100, MaxTotalBytes = 1 << 20 }, tar =>
    {
        while (tar.Next() is not null)
        {
            tar.Content.CopyTo(Stream.Null);
        }
        return 0;
    });

    private static void ReadReport(byte[] bytes)
    {
        var publicKey = Convert.ToBase64String(Reporter.ExportSubjectPublicKeyInfo());
        var signature = Convert.ToBase64String(Reporter.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        if (DeviceReport.ReadSigned(bytes, publicKey, signature, out var refusal) is null)
        {
            throw new SlipwayException("report", refusal!);
        }
    }

    private static IEnumerable<byte[]> Manifests() => Directory.EnumerateFiles(TestData.Vectors, "Manifest.*", SearchOption.AllDirectories)
        .Where(file => file.Contains("/expected/", StringComparison.Ordinal) && !file.EndsWith(".MoM", StringComparison.Ordinal)).Order().Where((_, index) => index % 9 == 0).Select(File.ReadAllBytes);

    private static IEnumerable<byte[]> Moms() => Directory.EnumerateFiles(TestData.Vectors, "Manifest.MoM", SearchOption.AllDirectories).Order().Select(File.ReadAllBytes);

    private static IEnumerable<byte[]> Tars(Compression compression)
    {
        yield return TestContent.Tar(compression, ("Manifest.x", TestNode.File("text")));
        yield return TestContent.Tar(compression, ("delta", TestNode.Directory()), ($"staged/{new string('a', 64)}", TestNode.Link("target")), (new string('n', 150), TestNode.File("long name")));
    }

    private static IEnumerable<byte[]> Pointers()
    {
        yield return new ChannelPointer("harbor", "stable", 7, 20, 30, Digest.Of("mom"u8), RollOut.Full, DeviceScene.Noon).ToBytes();
        yield return new ChannelPointer("harbor", "dev", 1, 2, 3, Digest.Of("x"u8), new RollOut(5, "s", ["a", "b"], new RollOutWindow(new TimeOnly(1, 0), new TimeOnly(2, 0))), DeviceScene.Noon).ToBytes();
    }

    private static IEnumerable<byte[]> Deltas()
    {
        yield return TestDelta.Make(OldText, "MANIFEST\t30\nversion:\t20\nnew new new"u8.ToArray());
        foreach (var sample in Directory.EnumerateFiles(Path.Combine(TestData.Vectors, "delta-sizes/decoder-samples"), "*.delta").Order())
        {
            yield return File.ReadAllBytes(sample);
        }
    }
}
