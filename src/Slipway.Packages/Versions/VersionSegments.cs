namespace Slipway.Packages;

/// <summary>What the three orders share: runs of digits and runs of letters (ASCII alone, whatever the locale).</summary>
internal static class VersionSegments
{
    public static ReadOnlySpan<char> TakeDigits(ref ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        return Take(ref rest, length < 0 ? rest.Length : length);
    }

    public static ReadOnlySpan<char> TakeLetters(ref ReadOnlySpan<char> rest)
    {
        var length = 0;
        while (length < rest.Length && char.IsAsciiLetter(rest[length])) length++;
        return Take(ref rest, length);
    }

    /// <summary>Numbers of any length, so compared as text: without leading zeroes, the longer is the greater.</summary>
    public static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : Math.Sign(left.SequenceCompareTo(right));
    }

    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}

/// <summary>Debian policy 5.6.12: runs of non-digits and of digits in turn; <c>~</c> before the end, letters before other characters.</summary>
internal static class DebOrder
{
    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (left.Length > 0 || right.Length > 0)
        {
            var order = CompareText(TakeText(ref left), TakeText(ref right));
            if (order == 0) order = VersionSegments.CompareNumbers(VersionSegments.TakeDigits(ref left), VersionSegments.TakeDigits(ref right));
            if (order != 0) return order;
        }
        return 0;
    }

    private static ReadOnlySpan<char> TakeText(ref ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOfAnyInRange('0', '9');
        if (length < 0) length = rest.Length;
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static int CompareText(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        for (var i = 0; i < left.Length || i < right.Length; i++)
        {
            var order = Weight(left, i) - Weight(right, i);
            if (order != 0) return Math.Sign(order);
        }
        return 0;
    }

    private static int Weight(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length) return 0;
        if (text[at] == '~') return -1;
        return char.IsAsciiLetter(text[at]) ? text[at] : text[at] + 256;
    }
}

/// <summary>rpm 4.15 and later: runs of digits or letters between separators; <c>~</c> before everything, <c>^</c> after the end but before anything else.</summary>
internal static class RpmOrder
{
    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (true)
        {
            left = SkipSeparators(left);
            right = SkipSeparators(right);
            if (Starts(left, '~') || Starts(right, '~'))
            {
                if (!Starts(left, '~')) return 1;
                if (!Starts(right, '~')) return -1;
            }
            else if (Starts(left, '^') || Starts(right, '^'))
            {
                if (left.IsEmpty) return -1;
                if (right.IsEmpty) return 1;
                if (!Starts(left, '^')) return 1;
                if (!Starts(right, '^')) return -1;
            }
            else
            {
                if (left.IsEmpty || right.IsEmpty) return right.IsEmpty.CompareTo(left.IsEmpty);
                var order = CompareSegment(ref left, ref right);
                if (order != 0) return order;
                continue;
            }
            left = left[1..];
            right = right[1..];
        }
    }

    /// <summary>A number is newer than a word in the same place.</summary>
    private static int CompareSegment(ref ReadOnlySpan<char> left, ref ReadOnlySpan<char> right)
    {
        if (char.IsAsciiDigit(left[0]) != char.IsAsciiDigit(right[0])) return char.IsAsciiDigit(left[0]) ? 1 : -1;
        return char.IsAsciiDigit(left[0])
            ? VersionSegments.CompareNumbers(VersionSegments.TakeDigits(ref left), VersionSegments.TakeDigits(ref right))
            : Math.Sign(VersionSegments.TakeLetters(ref left).SequenceCompareTo(VersionSegments.TakeLetters(ref right)));
    }

    private static bool Starts(ReadOnlySpan<char> text, char with) => text.Length > 0 && text[0] == with;

    private static ReadOnlySpan<char> SkipSeparators(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && !char.IsAsciiLetterOrDigit(text[at]) && text[at] is not ('~' or '^')) at++;
        return text[at..];
    }
}

/// <summary>pacman: as rpm's older order without <c>~</c> and <c>^</c>, but the length of separators counts and a trailing word makes a version older (1.0alpha before 1.0).</summary>
internal static class PacmanOrder
{
    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.SequenceEqual(right)) return 0;
        while (left.Length > 0 && right.Length > 0)
        {
            var leftSeparators = SkipSeparators(ref left);
            var rightSeparators = SkipSeparators(ref right);
            if (left.IsEmpty || right.IsEmpty) break;
            if (leftSeparators != rightSeparators) return leftSeparators.CompareTo(rightSeparators);
            if (char.IsAsciiDigit(left[0]) != char.IsAsciiDigit(right[0])) return char.IsAsciiDigit(left[0]) ? 1 : -1;
            var order = char.IsAsciiDigit(left[0])
                ? VersionSegments.CompareNumbers(VersionSegments.TakeDigits(ref left), VersionSegments.TakeDigits(ref right))
                : Math.Sign(VersionSegments.TakeLetters(ref left).SequenceCompareTo(VersionSegments.TakeLetters(ref right)));
            if (order != 0) return order;
        }
        if (left.IsEmpty && right.IsEmpty) return 0;
        var rightIsNewer = left.IsEmpty ? !char.IsAsciiLetter(right[0]) : char.IsAsciiLetter(left[0]);
        return rightIsNewer ? -1 : 1;
    }

    private static int SkipSeparators(ref ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && !char.IsAsciiLetterOrDigit(text[at])) at++;
        text = text[at..];
        return at;
    }
}
