using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Which compressor is used for what. Chosen by measuring; docs/decisions says what was tried.</summary>
internal static class CompressorTable
{
    private const uint Mebibyte = 1 << 20;

    /// <summary>Each is tried, the smallest result is kept; the plain tar where none is smaller.</summary>
    public static (Compression Kind, CompressionOptions Options)[] ForFullfile(ContentItem item, ContentProfile profile)
    {
        if (item.Type != NodeType.Regular) return [(Compression.Gzip, new CompressionOptions { Level = 9 })];
        if (profile == ContentProfile.Small)
            return
            [
                (Compression.Xz, Xz(item.Size, filter: false)),
                (Compression.Xz, Xz(item.Size, filter: true)),
                (Compression.Gzip, new CompressionOptions { Level = 9 }),
            ];
        return item.Size <= 4096
            ? [(Compression.Gzip, new CompressionOptions { Level = 9 })]
            : [(Compression.Zstd, Zstd(item.Size > Mebibyte ? 12 : 13))];
    }

    public static (Compression Kind, CompressionOptions Options) ForZeroPack(ContentProfile profile, long bytes) =>
        profile == ContentProfile.Small
            ? (Compression.Xz, Xz(bytes, filter: true))
            : (Compression.Zstd, Zstd(12));

    public static (Compression Kind, CompressionOptions Options) ForDeltaPack => (Compression.Zstd, Zstd(15));

    // A dictionary larger than the text only costs both sides memory.
    public static (Compression Kind, CompressionOptions Options) ForManifest(long size) =>
        (Compression.Xz, new CompressionOptions { Level = 6, XzDictionaryBytes = (uint)Math.Clamp(size + 4096, 4096, 8 * Mebibyte) });

    private static CompressionOptions Zstd(int level) => new() { Level = level };

    private static CompressionOptions Xz(long size, bool filter) => new()
    {
        Level = 6,
        XzDictionaryBytes = (uint)Math.Clamp(size + size / 8 + 65_536, 4096, 64 * Mebibyte),
        XzX86Filter = filter,
    };
}
