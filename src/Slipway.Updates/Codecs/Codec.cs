using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A compressor and what it is told.</summary>
internal sealed record Codec(Compression Kind, CompressionOptions Options)
{
    private const long Own = 4 << 20;

    /// <summary>About what it takes to compress so many bytes: the window and the tables over it.</summary>
    public long MemoryFor(long bytes) => Own + Kind switch
    {
        Compression.Xz => Options.XzDictionaryBytes!.Value * (Options.Level > 3 ? 12L : 8L),
        Compression.Zstd => Math.Min(bytes, 16L << 20) * 5,
        _ => 0,
    };

    /// <summary>Compresses what is written to the stream; exactly so many bytes must be.</summary>
    public Stream Open(Stream target, long bytes) => Compressor.Compress(target, Kind, Options with { ZstdContentBytes = bytes }, leaveOpen: true);

    public byte[] Compress(ReadOnlySpan<byte> content) => Compressor.Compress(content, Kind, Options);
}
