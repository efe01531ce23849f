using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Pacman;

/// <summary>A package's .MTREE: its file list in BSD's mtree form (mtree(5)), gzip-compressed, with a sha256 of each file.</summary>
internal static class PacmanTree
{
    private const int MaxBytes = 64 << 20;
    private const int MaxFiles = 2_000_000;
    private const int DigestLength = 64;

    public static readonly BytePath Name = BytePath.From(".MTREE");

    /// <summary>sha256 in lower-case hex by the path without a leading slash; files that state none are left out.</summary>
    public static IReadOnlyDictionary<BytePath, string> ReadDigests(Stream content)
    {
        var text = ReadText(content).AsSpan();
        var digests = new Dictionary<BytePath, string>();
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].Trim(" \t\r"u8);
            // Comments, and /set and /unset, which never set a digest.
            if (line.IsEmpty || line[0] is (byte)'#' or (byte)'/') continue;
            if (digests.Count == MaxFiles) throw new PackageFormatException($"its .MTREE lists more than {MaxFiles} files");
            var end = line.IndexOf((byte)' ');
            if (end > 0 && Digest(line[end..]) is { } digest) digests[Path(line[..end]).Relative] = digest;
        }
        return digests;
    }

    private static byte[] ReadText(Stream content)
    {
        using var plain = Compressor.DecompressDetected(content);
        try
        {
            return BoundedRead.All(plain, MaxBytes, "its .MTREE");
        }
        catch (SlipwayException error) when (error is not CompressionException)
        {
            throw new PackageFormatException($"its .MTREE: {error.Why}");
        }
    }

    private static string? Digest(ReadOnlySpan<byte> keywords)
    {
        var at = keywords.IndexOf(" sha256digest="u8);
        if (at < 0) return null;
        var value = keywords[(at + " sha256digest=".Length)..];
        var end = value.IndexOf((byte)' ');
        if (end >= 0) value = value[..end];
        var hex = Encoding.Latin1.GetString(value);
        return hex.Length == DigestLength && hex.All(char.IsAsciiHexDigit) ? hex.ToLowerInvariant() : throw new PackageFormatException($"its .MTREE has a sha256 of {hex.Length} letters");
    }

    /// <summary>Bytes that are no plain letters stand as a backslash and three octal digits.</summary>
    private static BytePath Path(ReadOnlySpan<byte> written)
    {
        if (!written.Contains((byte)'\\')) return new BytePath(written);
        var path = new List<byte>(written.Length);
        for (var i = 0; i < written.Length; i++)
        {
            if (written[i] == '\\' && i + 3 < written.Length && IsOctal(written.Slice(i + 1, 3)))
            {
                path.Add((byte)((written[i + 1] - '0') << 6 | (written[i + 2] - '0') << 3 | (written[i + 3] - '0')));
                i += 3;
            }
            else path.Add(written[i]);
        }
        return new BytePath(path.ToArray());
    }

    private static bool IsOctal(ReadOnlySpan<byte> digits) => !digits.ContainsAnyExceptInRange((byte)'0', (byte)'7');
}
