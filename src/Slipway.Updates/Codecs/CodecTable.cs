using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What of update content is being compressed.</summary>
internal enum ContentKind
{
    /// <summary>The tar of one manifest.</summary>
    Manifest,

    /// <summary>The fullfile of a directory or link.</summary>
    Node,

    /// <summary>The fullfile of a file.</summary>
    File,

    DeltaPack,
}

/// <summary>What the user asked for that bears on codecs.</summary>
/// <param name="Profile">Time or bytes.</param>
/// <param name="Packs">The compressor of all packs; unset leaves the choice to the table.</param>
/// <param name="Xz">What makes long .xz streams; unset is liblzma in this process.</param>
internal sealed record CodecRules(ContentProfile Profile, Compression? Packs = null, XzProgram? Xz = null)
{
    /// <summary>What was compressed under other rules is kept apart. The number changes when the table does.</summary>
    public string CacheName => (Profile == ContentProfile.Small ? "small-9" : "default-9") + (Xz is null ? "-liblzma" : "");
}

/// <summary>The table of format 1.8.5 as functions: from rules, kind, shape and size to codecs. Chosen by measuring; docs/decisions
/// says what was tried.</summary>
internal static class CodecTable
{
    private const uint Mebibyte = 1 << 20;
    private const long TinyBytes = 4096;

    // What a device may need to decode: 16 MiB by default, 80 MiB in the small profile. The decoder's own tables come on top of
    // the window, so the window is the next smaller one that the format can say. zstd names its exact size where it is the whole content.
    private const uint DefaultDictionary = 12 * Mebibyte;
    private const uint SmallDictionary = 48 * Mebibyte;
    private const uint SmallTextDictionary = 16 * Mebibyte;
    private const long DefaultGroup = 15 * Mebibyte;
    private const int StreamedWindowLog = 23;
    private const int WholeWindowLog = 24;

    private static Codec Bzip2 { get; } = new(Compression.Bzip2, new CompressionOptions { Level = 9 });

    private static Codec Gzip { get; } = new(Compression.Gzip, new CompressionOptions { Level = 9 });

    /// <summary>Each is tried and the smallest result kept; a fullfile stays plain where none is smaller. Large files, packs and
    /// manifests take the first.</summary>
    /// <param name="rules">What was asked for.</param>
    /// <param name="kind">What is compressed.</param>
    /// <param name="shape">What its content looks like.</param>
    /// <param name="bytes">How much it is before compression.</param>
    public static IReadOnlyList<Codec> Choose(CodecRules rules, ContentKind kind, ContentShape shape, long bytes) => kind switch
    {
        ContentKind.Node => [Gzip],
        ContentKind.Manifest => [Bzip2],
        ContentKind.DeltaPack when rules.Packs == Compression.Xz => [Xz(bytes, DefaultDictionary, ContentShape.Other)],
        ContentKind.DeltaPack => [new Codec(Compression.Zstd, new CompressionOptions { Level = 17, ZstdWindowLog = WindowLog(bytes) })],
        _ when bytes <= TinyBytes => [Gzip],
        _ when rules.Profile == ContentProfile.Small => [Xz(bytes, SmallDictionary, shape), Gzip],
        _ when IsShared(rules, bytes) => [ForLarge(shape, bytes)],
        _ when shape == ContentShape.Packed => [new Codec(Compression.Zstd, new CompressionOptions { Level = 3 })],
        _ => [FileZstd(bytes)],
    };

    /// <summary>Zero packs have one compressor each, whose streams or frames follow each other. xz pays for machine code only.</summary>
    /// <param name="rules">What was asked for.</param>
    /// <param name="machineCode">How many bytes of the pack are machine code.</param>
    /// <param name="bytes">Of how many.</param>
    public static Compression OfZeroPack(CodecRules rules, long machineCode, long bytes) =>
        rules.Packs ?? (rules.Profile == ContentProfile.Small || machineCode > bytes / 4 ? Compression.Xz : Compression.Zstd);

    /// <summary>What a client was tested to read.</summary>
    public static bool IsReadBy(ContentClients clients, Compression codec) => clients switch
    {
        // By way of libarchive; several streams or frames after each other included.
        ContentClients.Swupd => codec is Compression.None or Compression.Gzip or Compression.Bzip2 or Compression.Xz or Compression.Zstd,
        _ => Enum.IsDefined(codec),
    };

    /// <summary>The codec of a part of a zero pack.</summary>
    public static Codec ForZeroPack(CodecRules rules, Compression pack, ContentShape shape, long bytes) =>
        pack == Compression.Zstd ? PackedZstd(bytes, shape)
        : rules.Profile == ContentProfile.Default ? FastXz(bytes, shape)
        : Xz(bytes, shape == ContentShape.MachineCode ? SmallDictionary : SmallTextDictionary, shape);

    /// <summary>True for files that no window reaches over: they are compressed once, for the fullfile and for packs.</summary>
    public static bool IsShared(CodecRules rules, long bytes) => rules.Profile == ContentProfile.Default && bytes > DefaultGroup;

    /// <summary>The codec of a file that is compressed once.</summary>
    public static Codec ForLarge(ContentShape shape, long bytes) => shape == ContentShape.MachineCode ? FastXz(bytes, shape) : PackedZstd(bytes, shape);

    /// <summary>How much of a zero pack is compressed together: a group ends where a hash says so from the first on, and at the second.</summary>
    public static (long Least, long Most) GroupOf(CodecRules rules, ContentShape shape) =>
        rules.Profile == ContentProfile.Default ? ((shape == ContentShape.MachineCode ? 4 : 2) * Mebibyte, DefaultGroup)
        : shape == ContentShape.MachineCode ? (512 * Mebibyte, 512 * Mebibyte)
        : (32 * Mebibyte, 64 * Mebibyte);

    // Up to 256 KiB the steps above 8 take up to five times as long for half a percent, and little less above.
    private static Codec FileZstd(long bytes) => new(Compression.Zstd, new CompressionOptions { Level = 8, ZstdWindowLog = WindowLog(bytes) });

    private static Codec PackedZstd(long bytes, ContentShape shape) => new(Compression.Zstd, new CompressionOptions
    {
        Level = shape == ContentShape.Packed ? 3 : 12,
        ZstdWindowLog = WindowLog(bytes),
        ZstdLongDistance = bytes > Mebibyte,
    });

    private static int? WindowLog(long bytes) =>
        bytes > DefaultGroup ? StreamedWindowLog : bytes > 4 * Mebibyte ? WholeWindowLog : null;

    // Machine code repeats what is near: a small window, whose tables the processor's caches hold, leaves time for more tries.
    private static Codec FastXz(long bytes, ContentShape shape) => new(Compression.Xz, new CompressionOptions
    {
        Level = shape switch { ContentShape.Packed => 0, ContentShape.MachineCode => 1, _ => 4 },
        XzSearchDepth = shape switch { ContentShape.Packed => 1, ContentShape.MachineCode => 8, _ => 2 },
        XzDictionaryBytes = DictionaryFor(bytes, shape switch { ContentShape.Packed => Mebibyte, ContentShape.MachineCode => 4 * Mebibyte, _ => DefaultDictionary }),
        XzX86Filter = shape == ContentShape.MachineCode,
    });

    private static Codec Xz(long bytes, uint largest, ContentShape shape) => new(Compression.Xz, new CompressionOptions
    {
        Level = 6,
        XzDictionaryBytes = DictionaryFor(bytes, largest),
        XzX86Filter = shape == ContentShape.MachineCode,
        XzText = shape == ContentShape.Text,
    });

    // A dictionary larger than the content only costs both sides memory.
    private static uint DictionaryFor(long bytes, uint largest) => (uint)Math.Clamp(bytes + bytes / 8 + 65_536, 65_536, largest);
}
