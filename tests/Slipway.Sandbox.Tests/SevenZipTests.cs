using Slipway.Content;

namespace Slipway.Sandbox.Tests;

public sealed class SevenZipTests : IDisposable
{
    private readonly ScratchDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, false)]
    [InlineData(4, false, false)]
    [InlineData(6, false, true)]
    [InlineData(6, true, false)]
    public void What_it_compresses_is_read_by_liblzma_and_is_the_same_each_time(int level, bool code, bool text)
    {
        var content = File.ReadAllBytes("/usr/bin/git");
        var options = new CompressionOptions
        {
            Level = level,
            XzDictionaryBytes = 3 << 20,
            XzSearchDepth = 4,
            XzX86Filter = code,
            XzText = text,
        };
        var compressed = Compress(options, content);
        Assert.InRange(compressed.Length, 1, content.Length / 2);
        Assert.Equal(content, Compressor.Decompress(compressed, Compression.Xz, content.Length));
        Assert.Equal(compressed, Compress(options, content));
    }

    [Fact]
    public void The_filter_for_machine_code_saves_bytes()
    {
        var content = File.ReadAllBytes("/usr/bin/git");
        var plain = new CompressionOptions { Level = 1, XzDictionaryBytes = 8 << 20, XzSearchDepth = 4 };
        Assert.True(Compress(plain with { XzX86Filter = true }, content).Length < Compress(plain, content).Length);
    }

    private byte[] Compress(CompressionOptions options, byte[] content)
    {
        var (source, target) = (Path.Combine(_place.Path, "plain"), Path.Combine(_place.Path, "packed"));
        File.WriteAllBytes(source, content);
        using (var from = File.OpenHandle(source))
        using (var to = File.OpenHandle(target, FileMode.Create, FileAccess.Write))
            SevenZip.Compress(options, from, to, TestContext.Current.CancellationToken);
        return File.ReadAllBytes(target);
    }
}
