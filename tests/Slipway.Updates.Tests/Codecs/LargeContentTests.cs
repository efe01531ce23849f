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

    private static byte[] Program(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)((i >> 8) * 31 + i % 7);
        byte[] head = [0x7f, .. "ELF"u8, 2, 1, 1, 0, .. new byte[8], 3, 0, 62, 0];
        head.CopyTo(bytes, 0);
        return bytes;
    }
}
