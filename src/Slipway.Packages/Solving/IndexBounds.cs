using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Solving;

/// <summary>
/// What an index may be before libsolv's parsers see it. They are written in C, grow their buffers by what they meet and go as deep as the
/// document does; an index comes from elsewhere, and a signature only says from whom.
/// </summary>
internal static class IndexBounds
{
    /// <summary>Fedora's whole primary has 0.2 GB.</summary>
    public const long MaxBytes = 1L << 30;

    // The longest line of a distribution has 20 KB.
    private const int MaxLine = 4 << 20;
    private const int MaxDepth = 32;
    private const int MaxPackages = 2_000_000;

    /// <summary>A Packages file. Its SHA512 fields are renamed in place: libsolv 0.7.23 copies the first digest of a package into room for a SHA256.</summary>
    public static void MakeSafeDeb(string repository, Span<byte> text)
    {
        CheckNoZero(repository, text);
        var packages = 0;
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf((byte)'\n');
            var length = end < 0 ? text.Length : end;
            if (length > MaxLine) throw Refused(repository, $"line {number} has {length} bytes, more than {MaxLine}");
            if (Ascii.EqualsIgnoreCase(text[..Math.Min(length, 6)], "SHA512"u8)) text[0] = (byte)'X';
            if (length == 0 && ++packages > MaxPackages) throw Refused(repository, $"it has more than {MaxPackages} packages");
            text = end < 0 ? [] : text[(end + 1)..];
        }
    }

    /// <summary>A document of rpm-md: no declarations of its own, and elements as few, short and shallow as metadata has them.</summary>
    public static void CheckXml(string repository, ReadOnlySpan<byte> text)
    {
        CheckNoZero(repository, text);
        var depth = 0;
        while (true)
        {
            var start = text.IndexOf((byte)'<');
            if ((start < 0 ? text.Length : start) > MaxLine) throw Refused(repository, $"a text of it has more than {MaxLine} bytes");
            if (start < 0) return;
            text = text[start..];
            if (text.StartsWith("<!--"u8)) text = After(repository, text, "-->"u8);
            else if (text.StartsWith("<![CDATA["u8)) text = After(repository, text, "]]>"u8);
            else if (text.StartsWith("<!"u8)) throw Refused(repository, "it declares a document type or entities, which metadata does not");
            else if (text.StartsWith("<?"u8)) text = After(repository, text, "?>"u8);
            else
            {
                var length = TagLength(repository, text);
                var tag = text[..length];
                if (tag.StartsWith("</"u8)) depth--;
                else if (!tag.EndsWith("/>"u8) && ++depth > MaxDepth) throw Refused(repository, $"its elements go deeper than {MaxDepth}");
                text = text[length..];
            }
        }
    }

    /// <summary>A database of pacman's, uncompressed: entries of bounded size, each NAME-VERSION/FILE.</summary>
    public static void CheckPacman(string repository, byte[] tar)
    {
        try
        {
            var reader = new TarReader(new MemoryStream(tar, writable: false));
            for (var entries = 0; reader.Next() is { } entry;)
            {
                if (++entries > 3 * MaxPackages) throw Refused(repository, $"it has more than {3 * MaxPackages} entries");
                if (entry.Size > MaxLine) throw Refused(repository, $"{entry.Name} has {entry.Size} bytes, more than {MaxLine}");
                if (entry.Type is not (NodeType.Regular or NodeType.Directory)) throw Refused(repository, $"{entry.Name} is neither a file nor a directory");
            }
        }
        catch (TarException damaged)
        {
            throw Refused(repository, damaged.Message);
        }
    }

    // A > may stand in the value of an attribute.
    private static int TagLength(string repository, ReadOnlySpan<byte> text)
    {
        byte quote = 0;
        for (var at = 1; at < text.Length && at <= MaxLine; at++)
        {
            var one = text[at];
            if (quote != 0) quote = one == quote ? (byte)0 : quote;
            else if (one is (byte)'"' or (byte)'\'') quote = one;
            else if (one == '>') return at + 1;
        }
        throw Refused(repository, $"an element has no end within {MaxLine} bytes");
    }

    private static ReadOnlySpan<byte> After(string repository, ReadOnlySpan<byte> text, ReadOnlySpan<byte> end)
    {
        var at = text.IndexOf(end);
        if (at < 0 || at > MaxLine) throw Refused(repository, $"a comment, section or instruction has no end within {MaxLine} bytes");
        return text[(at + end.Length)..];
    }

    // The parsers take the text as it comes, and zeros end texts in C.
    private static void CheckNoZero(string repository, ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)0) is >= 0 and var at) throw Refused(repository, string.Create(CultureInfo.InvariantCulture, $"there is a zero byte at {at}"));
    }

    private static SlipwayException Refused(string repository, string why) =>
        new($"read the index of {repository}", why, "make the repository's index anew, or take another repository");
}
