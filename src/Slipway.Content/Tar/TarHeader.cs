using System.Buffers.Binary;

namespace Slipway.Content;

/// <summary>The 512-byte block of POSIX ustar (IEEE 1003.1, pax, "ustar Interchange Format"), with GNU's numbers.</summary>
internal static class TarHeader
{
    internal const int Block = 512;
    internal const int NameLength = 100;
    internal const int PrefixLength = 155;

    internal static readonly Range Name = 0..100;
    internal static readonly Range Mode = 100..108;
    internal static readonly Range Uid = 108..116;
    internal static readonly Range Gid = 116..124;
    internal static readonly Range Size = 124..136;
    internal static readonly Range Modified = 136..148;
    internal static readonly Range Checksum = 148..156;
    internal const int TypeFlag = 156;
    internal static readonly Range LinkName = 157..257;
    internal static readonly Range Magic = 257..265;
    internal static readonly Range DeviceMajor = 329..337;
    internal static readonly Range DeviceMinor = 337..345;
    internal static readonly Range Prefix = 345..500;

    internal static bool HasValidChecksum(ReadOnlySpan<byte> block)
    {
        long unsigned = 0, signed = 0;
        for (var i = 0; i < Block; i++)
        {
            // The field itself counts as eight spaces; some old writers summed signed bytes.
            var value = i is >= 148 and < 156 ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        var written = Number(block[Checksum]);
        return written == unsigned || written == signed;
    }

    /// <summary>Octal digits, or, with the first bit set, a big-endian number in two's complement (GNU's base-256).</summary>
    internal static long? Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0) return Base256(field);
        long value = 0;
        var digits = field.TrimStart(" \0"u8);
        var end = digits.IndexOfAny((byte)' ', (byte)0);
        foreach (var digit in end < 0 ? digits : digits[..end])
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private static long? Base256(ReadOnlySpan<byte> field)
    {
        var negative = (field[0] & 0x40) != 0;
        var head = field[..^8];
        for (var i = 0; i < head.Length; i++)
        {
            var expected = negative ? (byte)0xff : i == 0 ? (byte)0x80 : (byte)0;
            if (head[i] != expected) return null;
        }

        // An eight-byte field has no head: its marker bits are in the number itself.
        var low = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
        if (head.IsEmpty) low = negative ? low : low & long.MaxValue;
        return negative == low < 0 ? low : null;
    }

    internal static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
