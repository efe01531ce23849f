using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A compressor and what it is told.</summary>
internal sealed record Codec(Compression Kind, CompressionOptions Options);

/// <summary>What of update content is being compressed.</summary>
internal enum ContentKind
{
    /// <summary>The tar of one manifest.</summary>
    Manifest,

    /// <summary>The fullfile of a directory or link.</summary>
    Node,

    /// <summary>The fullfile of a file.</summary>
    File,

    ZeroPack,
    DeltaPack,
}

/// <summary>What the user asked for that bears on codecs.</summary>
internal sealed record CodecRules(ContentProfile Profile)
{
    /// <summary>What was compressed under other rules is kept apart. The number changes when the table does.</summary>
    public string CacheName => Profile == ContentProfile.Small ? "small-3" : "default-3";
}

/// <summary>The table of format 1.8.5 as a function: from rules, kind, shape and size to codecs. Chosen by measuring; docs/decisions
/// says what was tried.</summary>
internal static class CodecTable
{
    private const uint Mebibyte = 1 << 20;
    private const int MaxWindowLog = 24;

    private static Codec Gzip { get; } = new(Compression.Gzip, new CompressionOptions { Level = 9 });

    /// <summary>Each is tried and the smallest result kept; a fullfile stays plain where none is smaller. Packs and manifests have exactly one.</summary>
    /// <param name="rules">What was asked for.</param>
    /// <param name="kind">What is compressed.</param>
    /// <param name="shape">What its content looks like.</param>
    /// <param name="bytes">How much it is before compression.</param>
    public static IReadOnlyList<Codec> Choose(CodecRules rules, ContentKind kind, ContentShape shape, long bytes) => kind switch
    {
        ContentKind.Node => [Gzip],
        // A dictionary larger than the text only costs both sides memory.
        ContentKind.Manifest => [Xz(bytes, 8 * Mebibyte, filter: false)],
        ContentKind.DeltaPack => [new Codec(Compression.Zstd, new CompressionOptions { Level = 15 })],
        ContentKind.ZeroPack => [rules.Profile == ContentProfile.Small ? Xz(bytes, 64 * Mebibyte, filter: true) : PackedZstd(bytes)],
        _ => rules.Profile == ContentProfile.Small
            ? [Xz(bytes, 64 * Mebibyte, filter: shape == ContentShape.MachineCode), Gzip]
            : [bytes <= 4096 ? Gzip : FileZstd(bytes)],
    };

    // zstd parts inputs into classes by size and means another method by the same level in each; these are the steps before it
    // becomes several times slower for a percent or two.
    private static Codec FileZstd(long bytes) => new(Compression.Zstd, new CompressionOptions
    {
        Level = bytes <= 16 << 10 || bytes > 256 << 10 ? 12 : 10,
        ZstdWindowLog = WindowLog(bytes),
    });

    private static Codec PackedZstd(long bytes) => new(Compression.Zstd, new CompressionOptions
    {
        Level = 11,
        ZstdWindowLog = WindowLog(bytes),
        ZstdLongDistance = bytes > Mebibyte,
    });

    // A device keeps the window in memory: 16 MiB are what the default profile allows.
    private static int? WindowLog(long bytes) => bytes > 8 * Mebibyte ? MaxWindowLog : null;

    private static Codec Xz(long bytes, uint largest, bool filter) => new(Compression.Xz, new CompressionOptions
    {
        Level = 6,
        XzDictionaryBytes = (uint)Math.Clamp(bytes + bytes / 8 + 65_536, 4096, largest),
        XzX86Filter = filter,
    });
}
