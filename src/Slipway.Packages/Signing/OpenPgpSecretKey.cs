using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>An RSA key as GnuPG exports it (RFC 4880 5.5.3), without a passphrase. It never leaves the signer.</summary>
internal sealed class OpenPgpSecretKey
{
    private const int SecretKeyTag = 5;
    private const byte Version = 4;
    private const byte Rsa = 1;
    private readonly RSAParameters _key;

    private OpenPgpSecretKey(RSAParameters key) => _key = key;

    /// <summary>The signature of a SHA-256, as a number with its most significant byte first.</summary>
    public byte[] Sign(byte[] sha256)
    {
        // One for each signature: several are made at the same time, and setting it up is a fraction of signing.
        using var rsa = RSA.Create(_key);
        return rsa.SignHash(sha256, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <param name="export">The secret key packet, and others behind it.</param>
    public static OpenPgpSecretKey Read(ReadOnlySpan<byte> export, string fingerprint)
    {
        try
        {
            var body = Body(export);
            if (body[0] != Version || body[5] != Rsa) throw new SlipwayException($"key {fingerprint}", $"it is of version {body[0]} and algorithm {body[5]}, not an RSA key of version 4", "slipway keys rotate makes one that is");
            var rest = body[6..];
            BigInteger modulus = Take(ref rest), exponent = Take(ref rest);
            if (rest[0] != 0) throw new SlipwayException($"key {fingerprint}", "it is protected by a passphrase, which nobody types when a repository is published", "gpg --edit-key KEY passwd, and an empty one");
            rest = rest[1..];
            BigInteger d = Take(ref rest), p = Take(ref rest), q = Take(ref rest), u = Take(ref rest);
            return new(Parameters(modulus, exponent, d, p, q, u));
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new SlipwayException($"key {fingerprint}", "what GnuPG exports of it ends early", inner: error);
        }
    }

    // u is the inverse of p modulo q, the runtime wants that of its second prime modulo its first: they change places.
    private static RSAParameters Parameters(BigInteger modulus, BigInteger exponent, BigInteger d, BigInteger p, BigInteger q, BigInteger u)
    {
        var whole = (int)((modulus.GetBitLength() + 7) / 8);
        var half = (whole + 1) / 2;
        return new()
        {
            Modulus = Bytes(modulus, whole),
            Exponent = exponent.ToByteArray(isUnsigned: true, isBigEndian: true),
            D = Bytes(d, whole),
            P = Bytes(q, half),
            Q = Bytes(p, half),
            DP = Bytes(d % (q - 1), half),
            DQ = Bytes(d % (p - 1), half),
            InverseQ = Bytes(u, half),
        };
    }

    private static byte[] Bytes(BigInteger number, int length)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[length];
        bytes.CopyTo(padded, length - bytes.Length);
        return padded;
    }

    // 4.2: the length of a packet in either of its forms.
    private static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> packet)
    {
        var head = packet[0];
        var isNew = (head & 0x40) != 0;
        if ((isNew ? head & 0x3f : head >> 2 & 0xf) != SecretKeyTag) throw new SlipwayException("secret key", "what GnuPG exports does not begin with one");
        var (start, length) = isNew
            ? packet[1] < 192 ? (2, packet[1]) : packet[1] < 224 ? (3, (packet[1] - 192 << 8) + packet[2] + 192) : (6, BinaryPrimitives.ReadInt32BigEndian(packet[2..]))
            : (head & 3) switch { 0 => (2, packet[1]), 1 => (3, BinaryPrimitives.ReadUInt16BigEndian(packet[1..])), _ => (5, BinaryPrimitives.ReadInt32BigEndian(packet[1..])) };
        return packet.Slice(start, length);
    }

    private static BigInteger Take(ref ReadOnlySpan<byte> rest)
    {
        var length = (BinaryPrimitives.ReadUInt16BigEndian(rest) + 7) / 8;
        var number = new BigInteger(rest.Slice(2, length), isUnsigned: true, isBigEndian: true);
        rest = rest[(2 + length)..];
        return number;
    }
}
