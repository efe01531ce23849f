using System.Text;

namespace Slipway.Messages.Yaml;

/// <summary>From bytes to the characters a YAML stream may have.</summary>
internal static class YamlText
{
    // Deeper than any of our documents is nested.
    private static readonly string QuotedIndent = new(' ', 40);

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Yaml11Reader.MaxBytes) throw new YamlLoadException($"{bytes.Length} bytes; at most {Yaml11Reader.MaxBytes} are read");
        Encoding encoding = bytes switch
        {
            [0xff, 0xfe, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true),
            [0xfe, 0xff, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true),
            _ => StrictUtf8,
        };
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new YamlLoadException($"byte {error.Index} is no {encoding.WebName}");
        }
    }

    /// <summary>Refuses characters outside YAML's printable set and takes the byte order mark off.</summary>
    public static string Check(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])) at++;
            else if (!IsPrintable(text[at])) throw new YamlLoadException($"character U+{(int)text[at]:X4} at {at} is not allowed");
        }
        return text.StartsWith('\uFEFF') ? text[1..] : text;
    }

    /// <summary>
    /// YamlDotNet wants the further lines of a quoted text indented, as YAML 1.2 says; the original's loader does not. Leading blanks are no
    /// part of the text, so the refused line is indented; null when that is not what was wrong.
    /// </summary>
    public static string? IndentQuoted(string text, YamlLoadException error)
    {
        if (error.EndLine < 2 || !error.Message.Contains("found wrong indentation", StringComparison.Ordinal)) return null;
        var at = 0;
        for (var line = 1; line < error.EndLine; line++)
        {
            var end = text.AsSpan(at).IndexOfAny("\n\r\u0085\u2028\u2029");
            if (end < 0) return null;
            at += end + (text.AsSpan(at + end).StartsWith("\r\n") ? 2 : 1);
        }
        var rest = text.AsSpan(at);
        return rest.StartsWith("---") || rest.StartsWith("...") || rest.StartsWith(QuotedIndent) ? null : text.Insert(at, QuotedIndent);
    }

    private static bool IsPrintable(char c) =>
        c is '\t' or '\n' or '\r' or (>= ' ' and <= '~') or '\u0085' or (>= '\u00A0' and <= '\uD7FF') or (>= '\uE000' and <= '\uFFFD');
}
