using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Which compressor is used for what. Chosen by measuring; docs/decisions says what was tried.</summary>
internal static class CompressorTable
{
    private const uint Mebibyte = 1 << 20;
    private const int MaxWindowLog = 24;

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
            : [(Compression.Zstd, new CompressionOptions { Level = FullfileLevel(item.Size), ZstdWindowLog = WindowLog(item.Size) })];
    }

    public static (Compression Kind, CompressionOptions Options) ForZeroPack(ContentProfile profile, long bytes) =>
        profile == ContentProfile.Small
            ? (Compression.Xz, Xz(bytes, filter: true))
            : (Compression.Zstd, new CompressionOptions { Level = 11, ZstdWindowLog = WindowLog(bytes), ZstdLongDistance = bytes > Mebibyte });

    public static (Compression Kind, CompressionOptions Options) ForDeltaPack => (Compression.Zstd, new CompressionOptions { Level = 15 });

    // A dictionary larger than the text only costs both sides memory.
    public static (Compression Kind, CompressionOptions Options) ForManifest(long size) =>
        (Compression.Xz, new CompressionOptions { Level = 6, XzDictionaryBytes = (uint)Math.Clamp(size + 4096, 4096, 8 * Mebibyte) });

    // zstd parts inputs into classes by size and means another method by the same level in each; these are the steps before it
    // becomes several times slower for a percent or two.
    private static int FullfileLevel(long size) => size <= 16 << 10 || size > 256 << 10 ? 12 : 10;

    // A device keeps the window in memory: 16 MiB are what the default profile allows.
    private static int? WindowLog(long bytes) => bytes > 8 * Mebibyte ? MaxWindowLog : null;

    private static CompressionOptions Xz(long size, bool filter) => new()
    {
        Level = 6,
        XzDictionaryBytes = (uint)Math.Clamp(size + size / 8 + 65_536, 4096, 64 * Mebibyte),
        XzX86Filter = filter,
    };
}
