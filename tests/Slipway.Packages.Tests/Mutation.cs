using System.Buffers.Binary;

namespace Slipway.Packages.Tests;

/// <summary>Damages bytes the way attackers and broken disks do; the same seed gives the same damage.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly uint[] Telling = [0, 1, 2, 7, 8, 9, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];
    private readonly Random random = new(seed);

    public byte[] Of(byte[] whole, byte[] other)
    {
        var bytes = whole;
        for (var rounds = random.Next(1, 5); rounds > 0; rounds--) bytes = Once(bytes.Length == 0 ? other : bytes, other);
        return bytes;
    }

    private byte[] Once(byte[] from, byte[] other)
    {
        var bytes = (byte[])from.Clone();
        var at = random.Next(bytes.Length);
        switch (random.Next(10))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); return bytes;
            case 1: bytes[at] = (byte)random.Next(256); return bytes;
            case 2 or 3: return Number(bytes, at);
            case 4: return bytes[..at];
            case 5: return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 200))..]];
            case 6: return [.. bytes[..at], .. bytes[Math.Max(0, at - random.Next(1, 200))..]];
            case 7: return [.. bytes[..at], .. other[Math.Min(other.Length, at)..]];
            case 8: return Digits(bytes, at);
            default:
                bytes.AsSpan(at, Math.Min(random.Next(1, 64), bytes.Length - at)).Fill((byte)random.Next(256));
                return bytes;
        }
    }

    private byte[] Number(byte[] bytes, int at)
    {
        // Fields of rpm's headers stand at multiples of four.
        at &= ~3;
        if (at + 4 <= bytes.Length) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), Telling[random.Next(Telling.Length)]);
        return bytes;
    }

    /// <summary>Sizes in ar, tar and cpio are written in digits.</summary>
    private byte[] Digits(byte[] bytes, int at)
    {
        while (at < bytes.Length && !char.IsAsciiHexDigit((char)bytes[at])) at++;
        for (; at < bytes.Length && char.IsAsciiHexDigit((char)bytes[at]); at++) bytes[at] = (byte)"0179f"[random.Next(5)];
        return bytes;
    }
}
