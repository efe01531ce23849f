using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Packages.Signing;

/// <summary>Signatures in the form of RFC 4880: the packet (5.2), its armour (6.2) and the framework of a signed text (7).</summary>
internal static class OpenPgpSignature
{
    private const byte Version = 4;
    private const byte Rsa = 1;
    private const byte Sha256 = 8;
    private const int ArmorLine = 64;
    private const string Begin = "-----BEGIN PGP SIGNATURE-----\n";
    private const string End = "-----END PGP SIGNATURE-----\n";

    /// <summary>What a signature is of (5.2.1).</summary>
    public enum Of : byte { Document = 0, Text = 1 }

    /// <summary>One signature packet.</summary>
    /// <param name="content">For a text in its canonical form.</param>
    /// <param name="time">Seconds since 1970 that it states.</param>
    /// <param name="sign">Makes the RSA signature of a digest.</param>
    public static byte[] Packet(Of of, Stream content, string fingerprint, long time, Func<byte[], byte[]> sign)
    {
        var issuer = Convert.FromHexString(fingerprint);
        Span<byte> created = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(created, checked((uint)time));
        // Subpackets (5.2.3.1): the issuer's fingerprint with the version of its key, and the time; below, unsigned, the issuer's key ID.
        byte[] hashed = [22, 33, Version, .. issuer, 5, 2, .. created];
        byte[] unhashed = [9, 16, .. issuer[^8..]];
        byte[] head = [Version, (byte)of, Rsa, Sha256, .. Length(hashed), .. hashed];
        var digest = Hash(content, head);
        var number = sign(digest).AsSpan().TrimStart((byte)0);
        // A number (3.2) states its length in bits.
        var bits = 8 * number.Length - BitOperations.LeadingZeroCount((uint)number[0]) + 24;
        byte[] body = [.. head, .. Length(unhashed), .. unhashed, .. digest[..2], (byte)(bits >> 8), (byte)bits, .. number];
        // Tag 2 with a length of two bytes (4.2.1).
        return [0x89, .. Length(body), .. body];
    }

    /// <summary>The fingerprint, or only the key ID, of the key that a signature packet says it is by; null where it says nothing of it.</summary>
    public static string? IssuerOf(ReadOnlySpan<byte> packet)
    {
        // The body follows two or three bytes of the packet's head (4.2.1); version, kind and two algorithms come before the subpackets.
        var body = packet.Length > 3 && packet[0] == 0x89 ? packet[3..] : packet.Length > 2 && packet[0] == 0x88 ? packet[2..] : [];
        if (body.Length < 6 || body[0] != Version) return null;
        var rest = body[4..];
        string? keyId = null;
        for (var area = 0; area < 2 && rest.Length >= 2; area++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length > rest.Length - 2) return null;
            var subpackets = rest.Slice(2, length);
            rest = rest[(2 + length)..];
            // Those that tell the issuer are short, and so are those that stand before them.
            while (subpackets.Length > 1 && subpackets[0] is > 0 and < 192 and var size && size < subpackets.Length)
            {
                if (subpackets[1] == 33 && size == 22) return Convert.ToHexString(subpackets.Slice(3, 20));
                if (subpackets[1] == 16 && size == 9) keyId = Convert.ToHexString(subpackets.Slice(2, 8));
                subpackets = subpackets[(size + 1)..];
            }
        }
        return keyId;
    }

    public static byte[] Armored(byte[] packets)
    {
        var text = new StringBuilder(Begin).Append('\n');
        var base64 = Convert.ToBase64String(packets);
        for (var at = 0; at < base64.Length; at += ArmorLine) text.Append(base64, at, Math.Min(ArmorLine, base64.Length - at)).Append('\n');
        text.Append('=').Append(Convert.ToBase64String(Crc24(packets))).Append('\n').Append(End);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The text with the signatures below it.</summary>
    public static byte[] ClearSigned(byte[] text, byte[] packets)
    {
        var all = new MemoryStream(text.Length + 2048);
        all.Write("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"u8);
        foreach (var line in Lines(text))
        {
            if (text[line].AsSpan().StartsWith("-"u8)) all.Write("- "u8);
            all.Write(text[line]);
            all.WriteByte((byte)'\n');
        }
        all.Write(Armored(packets));
        return all.ToArray();
    }

    /// <summary>What is signed of a text (7.1): lines without blanks at their ends, CR LF between them, and none after the last.</summary>
    public static Stream Canonical(byte[] text)
    {
        var all = new MemoryStream(text.Length + 1024);
        foreach (var line in Lines(text))
        {
            if (line.Start.Value > 0) all.Write("\r\n"u8);
            all.Write(text[line].AsSpan().TrimEnd(" \t\r"u8));
        }
        all.Position = 0;
        return all;
    }

    // The newline at the end of a text begins no line.
    private static IEnumerable<Range> Lines(byte[] text)
    {
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\n') continue;
            yield return start..at;
            start = at + 1;
        }
        if (start < text.Length) yield return start..;
    }

    private static byte[] Hash(Stream content, byte[] head)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 16];
        int read;
        while ((read = content.Read(block)) > 0) hash.AppendData(block, 0, read);
        hash.AppendData(head);
        Span<byte> trailer = [Version, 0xff, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(trailer[2..], head.Length);
        hash.AppendData(trailer);
        return hash.GetHashAndReset();
    }

    private static byte[] Length(byte[] of) => [(byte)(of.Length >> 8), (byte)of.Length];

    private static byte[] Crc24(byte[] packets)
    {
        var crc = 0xb704ce;
        foreach (var one in packets)
        {
            crc ^= one << 16;
            for (var bit = 0; bit < 8; bit++)
            {
                crc <<= 1;
                if ((crc & 0x1000000) != 0) crc ^= 0x1864cfb;
            }
        }
        return [(byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
    }
}
