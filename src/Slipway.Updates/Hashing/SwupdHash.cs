using System.Buffers.Binary;

namespace Slipway.Updates;

/// <summary>The hash of one file, directory or link in update content: over type, mode, owner, size and content.
/// All zeros stands for a file that is not there.</summary>
public readonly record struct SwupdHash : IComparable<SwupdHash>
{
    public const int TextLength = 64;

    private readonly ulong _a, _b, _c, _d;

    public SwupdHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 32) throw new ArgumentException("a hash has 32 bytes", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    public static SwupdHash Zero => default;

    public bool IsZero => (_a | _b | _c | _d) == 0;

    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _a);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _d);
    }

    /// <summary>Reads exactly 64 hexadecimal digits of lower case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out SwupdHash hash)
    {
        hash = default;
        if (text.Length != TextLength) return false;
        Span<byte> bytes = stackalloc byte[32];
        for (var i = 0; i < 32; i++)
        {
            int high = Digit(text[2 * i]), low = Digit(text[2 * i + 1]);
            if (high < 0 || low < 0) return false;
            bytes[i] = (byte)(high << 4 | low);
        }
        hash = new SwupdHash(bytes);
        return true;
    }

    public static bool TryParse(string text, out SwupdHash hash)
    {
        hash = default;
        if (text.Length != TextLength) return false;
        Span<byte> ascii = stackalloc byte[TextLength];
        for (var i = 0; i < TextLength; i++) ascii[i] = text[i] < 128 ? (byte)text[i] : (byte)0;
        return TryParse(ascii, out hash);
    }

    public static SwupdHash Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"not a hash of 64 hexadecimal digits: {text}");

    public void Format(Span<byte> ascii)
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        for (var i = 0; i < 32; i++)
        {
            ascii[2 * i] = "0123456789abcdef"u8[bytes[i] >> 4];
            ascii[2 * i + 1] = "0123456789abcdef"u8[bytes[i] & 15];
        }
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public int CompareTo(SwupdHash other)
    {
        var order = _a.CompareTo(other._a);
        if (order == 0) order = _b.CompareTo(other._b);
        if (order == 0) order = _c.CompareTo(other._c);
        return order != 0 ? order : _d.CompareTo(other._d);
    }

    public static SwupdHash OfFile(uint mode, uint uid, uint gid, ReadOnlySpan<byte> content)
    {
        using var hasher = SwupdHasher.ForFile(mode, uid, gid, content.Length);
        hasher.Append(content);
        return hasher.Finish();
    }

    /// <summary>Reads <paramref name="content"/> to its end; its length must be <paramref name="size"/>.</summary>
    public static SwupdHash OfFile(uint mode, uint uid, uint gid, long size, Stream content)
    {
        using var hasher = SwupdHasher.ForFile(mode, uid, gid, size);
        hasher.Append(content);
        return hasher.Finish();
    }

    public static SwupdHash OfDirectory(uint mode, uint uid, uint gid)
    {
        using var hasher = SwupdHasher.ForStat(FileModes.Directory | mode & FileModes.Permissions, uid, gid, 0);
        hasher.Append("DIRECTORY"u8);
        return hasher.Finish();
    }

    /// <summary>The mode of a link takes no part: it means nothing on Linux.</summary>
    public static SwupdHash OfLink(uint uid, uint gid, ReadOnlySpan<byte> target)
    {
        using var hasher = SwupdHasher.ForStat(0, uid, gid, target.Length);
        hasher.Append(target);
        return hasher.Finish();
    }

    /// <summary>The hash of a manifest in the MoM: a file of mode 0644 that belongs to root.</summary>
    public static SwupdHash OfManifest(ReadOnlySpan<byte> text) => OfFile(420 /* 0644 */, 0, 0, text);

    private static int Digit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        _ => -1,
    };

    public static bool operator <(SwupdHash left, SwupdHash right) => left.CompareTo(right) < 0;

    public static bool operator >(SwupdHash left, SwupdHash right) => left.CompareTo(right) > 0;

    public static bool operator <=(SwupdHash left, SwupdHash right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SwupdHash left, SwupdHash right) => left.CompareTo(right) >= 0;
}
