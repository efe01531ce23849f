using System.Buffers.Binary;

namespace Slipway.Updates;

/// <summary>How a block of a delta is encoded.</summary>
public enum BlockEncoding
{
    None,
    Bzip2,
    Gzip,
    Xz,

    /// <summary>Eight bytes that say how many zeros the block has.</summary>
    Zeros,
}

/// <summary>The head of a binary delta (format 1.9), checked against the size of its file. TakeFullFile: the file is only a
/// marker, no delta was worth making.</summary>
public sealed record DeltaHeader(
    bool TakeFullFile,
    int HeaderSize,
    long ControlLength,
    long DiffLength,
    long ExtraLength,
    long OldSize,
    long NewSize,
    uint Mode,
    uint Uid,
    uint Gid,
    BlockEncoding Control,
    BlockEncoding Diff,
    BlockEncoding Extra)
{
    /// <summary>The largest file that a client makes from a delta.</summary>
    public const long MaxNewSize = 512L << 20;

    internal const int SmallSize = 32;
    internal const int LargeSize = 67;

    internal static ReadOnlySpan<byte> SmallMagic => "BSDIFF4V"u8;

    internal static ReadOnlySpan<byte> LargeMagic => "BSDIFF4U"u8;

    internal static ReadOnlySpan<byte> FullMagic => "FULLV20U"u8;

    /// <exception cref="InvalidContentException">It is no delta, or its lengths do not fit.</exception>
    public static DeltaHeader Read(ReadOnlySpan<byte> delta, string file)
    {
        if (delta.SequenceEqual(FullMagic))
            return new DeltaHeader(true, 8, 0, 0, 0, 0, 0, 0, 0, 0, BlockEncoding.None, BlockEncoding.None, BlockEncoding.None);
        var header =
            delta.Length >= SmallSize && delta.StartsWith(SmallMagic) ? ReadSmall(delta, file)
            : delta.Length >= LargeSize && delta.StartsWith(LargeMagic) ? ReadLarge(delta, file)
            : throw new InvalidContentException(file, "head", "it is not a delta of a known kind");
        var rest = delta.Length - header.HeaderSize;
        if (header.ControlLength > rest || header.DiffLength > rest || header.ExtraLength > rest
            || header.ControlLength + header.DiffLength + header.ExtraLength != rest)
            throw new InvalidContentException(file, "head", $"its blocks do not add up to its {delta.Length} bytes");
        if (header.NewSize > MaxNewSize)
            throw new InvalidContentException(file, "head", $"it makes {header.NewSize} bytes; at most {MaxNewSize} are allowed");
        return header;
    }

    private static DeltaHeader ReadSmall(ReadOnlySpan<byte> d, string file)
    {
        if (d[8] != SmallSize) throw new InvalidContentException(file, "head", "its offset field is wrong");
        var encodings = BinaryPrimitives.ReadUInt16LittleEndian(d[30..]);
        return new DeltaHeader(
            false,
            SmallSize,
            d[9],
            BinaryPrimitives.ReadUInt16LittleEndian(d[10..]),
            BinaryPrimitives.ReadUInt16LittleEndian(d[12..]),
            BinaryPrimitives.ReadUInt16LittleEndian(d[14..]),
            BinaryPrimitives.ReadUInt16LittleEndian(d[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(d[18..]),
            BinaryPrimitives.ReadUInt32LittleEndian(d[22..]),
            BinaryPrimitives.ReadUInt32LittleEndian(d[26..]),
            ControlOf(encodings, file), DiffOf(encodings, file), ExtraOf(encodings, file));
    }

    private static DeltaHeader ReadLarge(ReadOnlySpan<byte> d, string file)
    {
        if (d[8] != LargeSize) throw new InvalidContentException(file, "head", "its offset field is wrong");
        var encodings = BinaryPrimitives.ReadUInt16LittleEndian(d[65..]);
        return new DeltaHeader(
            false,
            LargeSize,
            BinaryPrimitives.ReadUInt32LittleEndian(d[9..]),
            Length(d[13..], file),
            Length(d[21..], file),
            Length(d[29..], file),
            Length(d[37..], file),
            BinaryPrimitives.ReadUInt32LittleEndian(d[53..]),
            BinaryPrimitives.ReadUInt32LittleEndian(d[57..]),
            BinaryPrimitives.ReadUInt32LittleEndian(d[61..]),
            ControlOf(encodings, file), DiffOf(encodings, file), ExtraOf(encodings, file));
    }

    private static long Length(ReadOnlySpan<byte> field, string file)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(field);
        return value <= 1UL << 48 ? (long)value : throw new InvalidContentException(file, "head", $"a length of {value} bytes");
    }

    private static BlockEncoding ControlOf(int bits, string file) => (bits & 0x1F) switch
    {
        1 => BlockEncoding.None,
        2 => BlockEncoding.Bzip2,
        4 => BlockEncoding.Gzip,
        8 => BlockEncoding.Xz,
        _ => throw new InvalidContentException(file, "head", "unknown encoding of the control block"),
    };

    private static BlockEncoding DiffOf(int bits, string file) => Encoding(bits >> 5 & 0x1F, "diff", file);

    private static BlockEncoding ExtraOf(int bits, string file) => Encoding(bits >> 10, "extra", file);

    private static BlockEncoding Encoding(int bits, string block, string file) => bits switch
    {
        1 => BlockEncoding.None,
        2 => BlockEncoding.Bzip2,
        4 => BlockEncoding.Gzip,
        8 => BlockEncoding.Xz,
        16 => BlockEncoding.Zeros,
        _ => throw new InvalidContentException(file, "head", $"unknown encoding of the {block} block"),
    };

    /// <summary>The two bytes that hold the three encodings.</summary>
    internal ushort EncodingBits => (ushort)(1 << (int)Control | 1 << (int)Diff + 5 | 1 << (int)Extra + 10);
}
