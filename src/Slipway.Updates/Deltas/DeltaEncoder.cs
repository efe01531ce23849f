using System.Buffers.Binary;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Makes binary deltas (format 1.9).</summary>
internal static class DeltaEncoder
{
    public const int MinNewBytes = 200;
    private const int SmallLimit = 65_536;

    /// <summary>What both files and the index over the old one take in memory.</summary>
    public static long MemoryFor(long oldSize, long newSize) => oldSize + 3 * newSize + MatchIndex.MemoryFor(oldSize);

    /// <summary>Null where a delta is not worth it: the whole file is nearly as small.</summary>
    public static byte[]? Encode(byte[] old, byte[] target, uint mode, uint uid, uint gid)
    {
        if (old.Length == 0 || target.Length < MinNewBytes || target.Length > DeltaHeader.MaxNewSize) return null;
        var (control, diff, extra) = DeltaSearch.Run(old, target);
        var (controlEncoding, controlBlock) = BlockEncoder.Encode(control, zeros: false);
        var (diffEncoding, diffBlock) = BlockEncoder.EncodeDifferences(diff);
        var (extraEncoding, extraBlock) = BlockEncoder.Encode(extra, zeros: true);
        var isSmall = old.Length < SmallLimit && target.Length < SmallLimit
            && controlBlock.Length < 256 && diffBlock.Length < SmallLimit && extraBlock.Length < SmallLimit;
        var header = new DeltaHeader(
            false, isSmall ? DeltaHeader.SmallSize : DeltaHeader.LargeSize, controlBlock.Length, diffBlock.Length, extraBlock.Length,
            old.Length, target.Length, FileModes.Regular | mode & FileModes.Permissions, uid, gid,
            controlEncoding, diffEncoding, extraEncoding);
        var size = header.HeaderSize + controlBlock.Length + diffBlock.Length + extraBlock.Length;
        // The original's bound: below a tenth saved, a client fares better with the whole file.
        if (size > target.Length * 0.9) return null;
        return [.. isSmall ? Small(header) : Large(header), .. controlBlock, .. diffBlock, .. extraBlock];
    }

    private static byte[] Small(DeltaHeader header)
    {
        var d = new byte[DeltaHeader.SmallSize];
        DeltaHeader.SmallMagic.CopyTo(d);
        d[8] = DeltaHeader.SmallSize;
        d[9] = (byte)header.ControlLength;
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(10), (ushort)header.DiffLength);
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(12), (ushort)header.ExtraLength);
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(14), (ushort)header.OldSize);
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(16), (ushort)header.NewSize);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(18), header.Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(22), header.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(26), header.Gid);
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(30), header.EncodingBits);
        return d;
    }

    private static byte[] Large(DeltaHeader header)
    {
        var d = new byte[DeltaHeader.LargeSize];
        DeltaHeader.LargeMagic.CopyTo(d);
        d[8] = DeltaHeader.LargeSize;
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(9), (uint)header.ControlLength);
        BinaryPrimitives.WriteUInt64LittleEndian(d.AsSpan(13), (ulong)header.DiffLength);
        BinaryPrimitives.WriteUInt64LittleEndian(d.AsSpan(21), (ulong)header.ExtraLength);
        BinaryPrimitives.WriteUInt64LittleEndian(d.AsSpan(29), (ulong)header.OldSize);
        BinaryPrimitives.WriteUInt64LittleEndian(d.AsSpan(37), (ulong)header.NewSize);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(53), header.Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(57), header.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(d.AsSpan(61), header.Gid);
        BinaryPrimitives.WriteUInt16LittleEndian(d.AsSpan(65), header.EncodingBits);
        return d;
    }
}

/// <summary>Chooses how a block of a delta is stored: the smallest of what every client reads.</summary>
internal static class BlockEncoder
{
    // From the sizes that each method won at, over the deltas of a whole distribution.
    private const int Tiny = 16;
    private const int GzipBytes = 64 << 10;
    private const int Bzip2Bytes = 1 << 10;
    private const int XzBytes = 4 << 10;

    /// <summary>Where fewer than one byte in so many differs, bzip2 is smaller and many times as quick; where more do, xz nearly always is.</summary>
    private const int DenseRatio = 25;

    // Clients give an xz block 80 MiB to decode; this dictionary needs less.
    private const uint MaxDictionary = 32 << 20;

    /// <summary>For any block but the control block all zeros are a case of their own.</summary>
    public static (BlockEncoding Encoding, byte[] Block) Encode(byte[] raw, bool zeros) =>
        zeros && IsZeros(raw) ? Zeros(raw) : Smallest(raw, bzip2: raw.Length > Bzip2Bytes, xz: raw.Length > XzBytes);

    /// <summary>Differences are mostly zeros; how many of them are not tells which method wins.</summary>
    public static (BlockEncoding Encoding, byte[] Block) EncodeDifferences(byte[] raw)
    {
        if (IsZeros(raw)) return Zeros(raw);
        var isDense = raw.Length - raw.AsSpan().Count((byte)0) > raw.Length / DenseRatio;
        return Smallest(raw, bzip2: raw.Length > Bzip2Bytes && !(isDense && raw.Length > XzBytes), xz: raw.Length > XzBytes && isDense);
    }

    private static bool IsZeros(byte[] raw) => raw.Length > sizeof(ulong) && !raw.AsSpan().ContainsAnyExcept((byte)0);

    private static (BlockEncoding Encoding, byte[] Block) Zeros(byte[] raw)
    {
        var count = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(count, (ulong)raw.Length);
        return (BlockEncoding.Zeros, count);
    }

    private static (BlockEncoding Encoding, byte[] Block) Smallest(byte[] raw, bool bzip2, bool xz)
    {
        var best = (Encoding: BlockEncoding.None, Block: raw);
        if (raw.Length is > Tiny and <= GzipBytes) TryEncoding(BlockEncoding.Gzip);
        if (bzip2) TryEncoding(BlockEncoding.Bzip2);
        if (xz) TryEncoding(BlockEncoding.Xz);
        return best;

        void TryEncoding(BlockEncoding encoding)
        {
            var block = Compress(raw, encoding);
            if (block.Length < best.Block.Length) best = (encoding, block);
        }
    }

    private static byte[] Compress(byte[] raw, BlockEncoding encoding) => encoding switch
    {
        BlockEncoding.Gzip => Compressor.Compress(raw, Compression.Gzip, new CompressionOptions { Level = 9 }),
        BlockEncoding.Bzip2 => Compressor.Compress(raw, Compression.Bzip2, new CompressionOptions { Level = Math.Clamp(raw.Length / 100_000 + 1, 1, 9) }),
        _ => Compressor.Compress(raw, Compression.Xz, new CompressionOptions
        {
            // A difference repeats itself at great length; long matches are worth more than many tries.
            Level = 6,
            XzNiceBytes = 128,
            XzSearchDepth = 48,
            XzDictionaryBytes = (uint)Math.Clamp(raw.Length, 4096, MaxDictionary),
        }),
    };
}
