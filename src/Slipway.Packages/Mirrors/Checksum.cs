using System.Security.Cryptography;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>What an index says of a file's content, in one of the two hashes that still prove something.</summary>
/// <param name="Kind">sha256 or sha512.</param>
/// <param name="Hex">Lower case.</param>
public sealed record Checksum(string Kind, string Hex)
{
    private const int Sha512Digits = 128;

    public static Checksum Parse(string kind, string hex)
    {
        var known = kind switch { "sha256" => Slipway.Content.Digest.TryParse(hex, out _), "sha512" => hex.Length == Sha512Digits && hex.All(char.IsAsciiHexDigit), _ => false };
        return known ? new(kind, hex.ToLowerInvariant()) : throw new SlipwayException("read an upstream index", $"`{kind} {hex}` is no sha256 or sha512", "ask its maintainers for stronger checksums");
    }

    /// <summary>The same as the store's digest; null for sha512.</summary>
    public Digest? Digest => Kind == "sha256" ? Content.Digest.Parse(Hex) : null;

    public bool IsOf(string file)
    {
        if (Digest is { } digest) return Content.Digest.OfFile(file) == digest;
        using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA512.HashData(content)) == Hex;
    }

    public override string ToString() => $"{Kind} {Hex}";
}
