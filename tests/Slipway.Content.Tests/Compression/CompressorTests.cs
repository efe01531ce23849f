namespace Slipway.Content.Tests.Compression;

using Compression = Slipway.Content.Compression;

public class CompressorTests
{
    public static TheoryData<Compression> Kinds => [Compression.Gzip, Compression.Bzip2, Compression.Xz, Compression.Zstd];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_come_back(Compression kind)
    {
        foreach (var length in new[] { 0, 1, 65_536, 1_000_003 })
        {
            var content = Sample(length);
            var compressed = Compressor.Compress(content, kind);
            Assert.Equal(kind, Compressor.Detect(compressed));
            Assert.Equal(content, Compressor.Decompress(compressed, kind, length));
            Assert.Equal(compressed, Compressor.Compress(content, kind));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Concatenated_streams_are_read_as_one(Compression kind)
    {
        byte[] two = [.. Compressor.Compress("first "u8, kind), .. Compressor.Compress("second"u8, kind)];
        Assert.Equal("first second"u8.ToArray(), Compressor.Decompress(two, kind, 100));
    }

    [Theory]
    [InlineData(Compression.Gzip, "gzip")]
    [InlineData(Compression.Bzip2, "bzip2")]
    [InlineData(Compression.Xz, "xz")]
    [InlineData(Compression.Zstd, "zstd")]
    public void The_system_s_tool_reads_ours_and_we_read_its(Compression kind, string tool)
    {
        var content = Sample(300_000);
        Assert.Equal(content, Tool.Feed(tool, Compressor.Compress(content, kind), "-dc"));
        Assert.Equal(content, Compressor.Decompress(Tool.Feed(tool, content, "-c"), kind, content.Length));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cut_data_is_refused(Compression kind)
    {
        var compressed = Compressor.Compress(Sample(200_000), kind);
        foreach (var length in new[] { 0, 3, compressed.Length / 2, compressed.Length - 1 })
            Assert.ThrowsAny<SlipwayException>(() => Compressor.Decompress(compressed.AsMemory(0, length), kind, int.MaxValue));
    }

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Bzip2)]
    [InlineData(Compression.Xz)]
    public void Changed_byte_is_refused(Compression kind)
    {
        var compressed = Compressor.Compress(Sample(50_000), kind);
        compressed[compressed.Length / 2] ^= 0x55;
        Assert.ThrowsAny<SlipwayException>(() => Compressor.Decompress(compressed, kind, int.MaxValue));
    }

    [Fact]
    public void Changed_byte_is_refused_by_the_checksum_of_zstd()
    {
        var compressed = Compressor.Compress(Sample(50_000), Compression.Zstd, new CompressionOptions { ZstdChecksum = true });
        compressed[^1] ^= 1;
        Assert.Throws<CompressionException>(() => Compressor.Decompress(compressed, Compression.Zstd, int.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bomb_is_stopped_at_the_limit(Compression kind)
    {
        var bomb = Compressor.Compress(new byte[10_000_000], kind);
        var refused = Assert.Throws<CompressionException>(() => Compressor.Decompress(bomb, kind, 1_000_000));
        Assert.Contains("more than 1000000 bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Window_larger_than_a_reader_has_is_refused()
    {
        // The frame of content whose size is known keeps that instead of the window; a stream does not know its size.
        using var wide = new MemoryStream();
        using (var stream = Compressor.Compress(wide, Compression.Zstd, new CompressionOptions { Level = 19, ZstdWindowLog = 28 }, leaveOpen: true))
            stream.Write(Sample(300_000));
        Assert.Throws<CompressionException>(() => Compressor.Decompress(wide.ToArray(), Compression.Zstd, int.MaxValue));
    }

    [Fact]
    public void Options_of_xz_are_obeyed()
    {
        var content = Sample(100_000);
        var options = new CompressionOptions { Level = 9, XzExtreme = true, XzDictionaryBytes = 1 << 16, XzX86Filter = true };
        var compressed = Compressor.Compress(content, Compression.Xz, options);
        Assert.Equal(content, Tool.Feed("xz", compressed, "-dc"));
        Assert.NotEqual(compressed, Compressor.Compress(content, Compression.Xz));
    }

    [Fact]
    public void Detected_stream_need_not_seek()
    {
        var xz = Compressor.Compress("text"u8, Compression.Xz);
        Assert.Equal("text", new StreamReader(Compressor.DecompressDetected(new MemoryStream(xz))).ReadToEnd());
        Assert.Equal("text", new StreamReader(Compressor.DecompressDetected(new TrickleStream(xz))).ReadToEnd());
        Assert.Equal("plain", new StreamReader(Compressor.DecompressDetected(new TrickleStream("plain"u8.ToArray()))).ReadToEnd());
        Assert.Equal("", new StreamReader(Compressor.DecompressDetected(new MemoryStream())).ReadToEnd());
    }

    private static byte[] Sample(int length)
    {
        var content = new byte[length];
        var random = new Random(7);
        for (var i = 0; i < length; i++) content[i] = (byte)(i % 7 == 0 ? random.Next(256) : i / 3);
        return content;
    }

    /// <summary>One byte at a time, and no way back: a pipe at its worst.</summary>
    private sealed class TrickleStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
