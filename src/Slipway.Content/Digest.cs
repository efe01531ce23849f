using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Slipway.Content;

/// <summary>The SHA-256 of some bytes; written as 64 lower-case hexadecimal digits.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private const int HexLength = 64;
    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The digest of these bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content) => FromBytes(SHA256.HashData(content));

    /// <summary>The digest of everything from the stream's position to its end.</summary>
    public static Digest OfStream(Stream content) => FromBytes(SHA256.HashData(content));

    /// <summary>The digest of a file's content.</summary>
    public static Digest OfFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        return OfStream(file);
    }

    /// <summary>A digest from the 32 bytes of a finished SHA-256.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> sha256) => sha256.Length == 32
        ? new Digest(Convert.ToHexStringLower(sha256))
        : throw new ArgumentException("a SHA-256 has 32 bytes", nameof(sha256));

    /// <summary>Reads 64 hexadecimal digits of either case; throws for anything else.</summary>
    public static Digest Parse(string text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is not a SHA-256: 64 hexadecimal digits are needed");

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text?.Length != HexLength || !text.All(char.IsAsciiHexDigit)) return false;
        digest = new Digest(text.ToLowerInvariant());
        return true;
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(ToString());

    /// <inheritdoc/>
    public int CompareTo(Digest other) => string.CompareOrdinal(_hex, other._hex);

    /// <summary>64 lower-case hexadecimal digits; of the unset digest, 64 zeros.</summary>
    public override string ToString() => _hex ?? new string('0', HexLength);

    /// <summary>Order of the hexadecimal digits.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Order of the hexadecimal digits.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Order of the hexadecimal digits.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the hexadecimal digits.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
