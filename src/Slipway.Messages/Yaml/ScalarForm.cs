namespace Slipway.Messages.Yaml;

/// <summary>Which block-context styles can carry a text unchanged, by PyYAML's rules.</summary>
internal readonly record struct ScalarForm(bool PlainAllowed, bool SingleQuotedAllowed)
{
    private const string StartIndicators = "#,[]{}&*!|>'\"%@`";

    public static ScalarForm Of(ReadOnlySpan<int> chars)
    {
        if (chars.IsEmpty) return new(true, true);
        var special = false;
        var breaks = false;
        var spaceThenBreak = false;
        var breakThenSpace = false;
        for (var at = 0; at < chars.Length; at++)
        {
            var c = chars[at];
            breaks |= IsBreak(c);
            special |= c != '\n' && c is < 0x20 or > 0x7e;
            if (at == 0) continue;
            spaceThenBreak |= chars[at - 1] == ' ' && IsBreak(c);
            breakThenSpace |= IsBreak(chars[at - 1]) && c == ' ';
        }
        var edges = IsBlank(chars[0]) || IsBlank(chars[^1]);
        var quotable = !special && !spaceThenBreak && !breakThenSpace;
        return new(quotable && !edges && !breaks && !HasIndicator(chars), quotable);
    }

    public static bool IsBreak(int c) => c is '\n' or 0x85 or 0x2028 or 0x2029;

    private static bool IsBlank(int c) => c == ' ' || IsBreak(c);

    private static bool EndsWord(ReadOnlySpan<int> chars, int at) =>
        at >= chars.Length || chars[at] is 0 or ' ' or '\t' or '\r' || IsBreak(chars[at]);

    private static bool HasIndicator(ReadOnlySpan<int> chars)
    {
        if (StartsWith(chars, '-') || StartsWith(chars, '.')) return true;
        if (chars[0] < 0x80 && StartIndicators.Contains((char)chars[0])) return true;
        if (chars[0] is '?' or ':' or '-' && EndsWord(chars, 1)) return true;
        for (var at = 1; at < chars.Length; at++)
        {
            if (chars[at] == ':' && EndsWord(chars, at + 1)) return true;
            if (chars[at] == '#' && EndsWord(chars, at - 1)) return true;
        }
        return false;
    }

    private static bool StartsWith(ReadOnlySpan<int> chars, int c) =>
        chars.Length >= 3 && chars[0] == c && chars[1] == c && chars[2] == c;
}
