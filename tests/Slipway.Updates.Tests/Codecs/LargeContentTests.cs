using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Slipway.Content;
using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Codecs;

public sealed class LargeContentTests : IDisposable
{
    private readonly TestRelease _os = new();

    public LargeContentTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    public void A_file_larger_than_a_window_is_compressed_once_for_its_full_file_and_its_pack()
    {
        var program = Program((15 << 20) + 5);
        _os.File("/usr/bin/large", program, bundle: "b");
        _os.File("/usr/bin/small", Program(9000), bundle: "b");
        _os.Build(10);

        var hash = SwupdHash.OfFile(420, 0, 0, program);
        var compressed = File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(_os.State, "cache/contents"), "*", SearchOption.AllDirectories)));
        var fullfile = _os.Published($"10/files/{hash}.tar");
        var pack = _os.Published("10/pack-b-from-0.tar");
        Assert.True(File.ReadAllBytes(fullfile).AsSpan().IndexOf(compressed) > 0);
        Assert.True(File.ReadAllBytes(pack).AsSpan().IndexOf(compressed) > 0);
        Assert.Equal(program, Fullfile.Describe(fullfile, hash).ReadVerified());
        Assert.Contains(PackReader.Read(pack), m => m.Name == "staged/" + hash);
    }

    [Fact]
    public void Long_streams_of_xz_are_made_by_the_program_that_is_given_and_short_ones_are_not()
    {
        var (large, group) = (Program((15 << 20) + 5), Program(3 << 20));
        _os.File("/usr/bin/large", large, bundle: "b");
        _os.File("/usr/bin/group", group, bundle: "b");
        _os.Bundle("c");
        _os.File("/usr/bin/short", Program(9000), bundle: "c");
        var asked = new ConcurrentBag<long>();
        _os.Build(10, change: o => o with { Xz = Compress });

        Assert.Equal([TarWriter.Padded(group.Length) + 512, TarWriter.Padded(large.Length)], asked.Order());
        var members = PackReader.Read(_os.Published("10/pack-b-from-0.tar"));
        foreach (var content in (byte[][])[large, group])
            Assert.Contains(members, m => m.Name == "staged/" + SwupdHash.OfFile(420, 0, 0, content));

        // Whoever made the streams, nothing that is signed changes.
        var manifest = File.ReadAllBytes(_os.Published("10/Manifest.MoM"));
        _os.Build(10);
        Assert.Equal(manifest, File.ReadAllBytes(_os.Published("10/Manifest.MoM")));

        void Compress(CompressionOptions options, SafeFileHandle source, SafeFileHandle target, CancellationToken cancellation)
        {
            using var from = new FileStream(source, FileAccess.Read);
            asked.Add(from.Length);
            using var to = Compressor.Compress(new FileStream(target, FileAccess.Write), Compression.Xz, options);
            from.CopyTo(to);
        }
    }

    private static byte[] Program(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)((i >> 8) * 31 + i % 7);
        byte[] head = [0x7f, .. "ELF"u8, 2, 1, 1, 0, .. new byte[8], 3, 0, 62, 0];
        head.CopyTo(bytes, 0);
        return bytes;
    }
}
