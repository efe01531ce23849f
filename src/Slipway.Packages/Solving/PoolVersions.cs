using System.Text;

namespace Slipway.Packages.Solving;

/// <summary>
/// Versions as they go into a pool. libsolv orders deb and pacman versions otherwise than dpkg and pacman do, so each becomes
/// a text that libsolv's order puts where its own package manager would, and that can be turned back.
/// </summary>
internal static class PoolVersions
{
    public static string ToPool(PackageType type, string version) => type switch
    {
        PackageType.Deb => DebKey(version),
        PackageType.Pacman => PacmanKeys.Encode(version),
        _ => version,
    };

    public static string FromPool(PackageType type, string key) => type switch
    {
        PackageType.Deb => DebVersion(key),
        PackageType.Pacman => PacmanKeys.Decode(key),
        _ => key,
    };

    // dpkg takes a missing number for 0, at the end of a version, of a revision, and for a revision that is not there; libsolv puts
    // what is missing before every number. So it is written as zeroes, and what ends in as many already gets more of them.
    private const int NoNumber = 7, EmptyRevision = 8, ZeroesAdded = 2;

    private static string DebKey(string version)
    {
        var dash = version.LastIndexOf('-');
        if (dash < 0) return Pad(version) + "-" + Zeroes(NoNumber);
        var revision = version[(dash + 1)..];
        return Pad(version[..dash]) + "-" + (revision.Length == 0 ? Zeroes(EmptyRevision) : Pad(revision));
    }

    private static string DebVersion(string key)
    {
        var dash = key.LastIndexOf('-');
        if (dash < 0) return key;
        var version = Strip(key[..dash]);
        var revision = key[(dash + 1)..];
        if (revision.AsSpan().ContainsAnyExcept('0')) return version + "-" + Strip(revision);
        return revision.Length switch
        {
            NoNumber => version,
            EmptyRevision => version + "-",
            _ => version + "-" + Strip(revision),
        };
    }

    private static string Pad(string part) => LastZeroes(part) switch
    {
        0 => part + Zeroes(NoNumber),
        >= NoNumber => part + Zeroes(ZeroesAdded),
        _ => part,
    };

    private static string Strip(string part) => LastZeroes(part) switch
    {
        NoNumber => part[..^NoNumber],
        > NoNumber => part[..^ZeroesAdded],
        _ => part,
    };

    /// <summary>How many digits the last number has if it is nothing but zeroes, 0 if there is none; -1 for any other number.</summary>
    private static int LastZeroes(string part)
    {
        var text = part.AsSpan().TrimEnd('0');
        return text.Length > 0 && char.IsAsciiDigit(text[^1]) ? -1 : part.Length - text.Length;
    }

    private static string Zeroes(int count) => new('0', count);
}

/// <summary>
/// pacman's order in terms of rpm's, which libsolv uses for both. After a run of digits or letters pacman has, from old to new: letters at
/// once, the end, digits at once, then what one separator leads to (letters before digits), then two separators and so on.
/// In rpm's order <c>~</c> comes before the end and <c>^</c> right behind it, so those mark the two "at once"; a number that no version
/// reaches stands before what several separators lead to.
/// </summary>
internal static class PacmanKeys
{
    private const char BeforeEnd = '~', AfterEnd = '^', Escape = ',';
    private const int MarkLength = 40;
    private static readonly string FarNumber = new('9', MarkLength);

    // Separators at the very end: newer than a word behind one separator, older than a number.
    private static readonly string LastWord = new('z', MarkLength);

    public static string Encode(string version)
    {
        var parts = EpochVersionRelease.Split(version, EpochRule.LeadingDigits);
        var key = new StringBuilder(version.Length + 8);
        key.Append(version.AsSpan(0, version.Length - parts.Version.Length - (parts.HasRelease ? parts.Release.Length + 1 : 0)));
        Encode(parts.Version, key);
        if (parts.HasRelease) Encode(parts.Release, key.Append('-'));
        return key.ToString();
    }

    private static void Encode(ReadOnlySpan<char> rest, StringBuilder key)
    {
        var afterDigits = true;
        for (var first = true; rest.Length > 0; first = false)
        {
            var separators = 0;
            while (separators < rest.Length && !char.IsAsciiLetterOrDigit(rest[separators])) AddSeparator(rest[separators++], key);
            rest = rest[separators..];
            if (rest.IsEmpty)
            {
                key.Append(LastWord);
                return;
            }
            var digits = char.IsAsciiDigit(rest[0]);
            if (separators > (first ? 0 : 1)) key.Append(FarNumber).Append((char)('0' + Math.Min(separators, 9))).Append('.');
            else if (separators == 0 && digits != afterDigits) key.Append(digits ? AfterEnd : BeforeEnd);
            key.Append(digits ? VersionSegments.TakeDigits(ref rest) : VersionSegments.TakeLetters(ref rest));
            afterDigits = digits;
        }
    }

    // pacman takes ~ and ^ for separators like any other; here they have a meaning.
    private static void AddSeparator(char separator, StringBuilder key) => _ = separator switch
    {
        BeforeEnd => key.Append('!'),
        AfterEnd => key.Append('|'),
        '!' or '|' or Escape => key.Append(Escape).Append(separator),
        _ => key.Append(separator),
    };

    public static string Decode(string key)
    {
        if (!key.AsSpan().ContainsAny("~^!|,") && !key.Contains(FarNumber, StringComparison.Ordinal) && !key.Contains(LastWord, StringComparison.Ordinal)) return key;
        var version = new StringBuilder(key.Length);
        for (var i = 0; i < key.Length; i++)
        {
            var rest = key.AsSpan(i);
            if (rest.StartsWith(FarNumber, StringComparison.Ordinal)) i += MarkLength + 1;
            else if (rest.StartsWith(LastWord, StringComparison.Ordinal)) i += MarkLength - 1;
            else if (key[i] == Escape && i + 1 < key.Length) version.Append(key[++i]);
            else if (key[i] is not (BeforeEnd or AfterEnd)) version.Append(key[i] switch { '!' => BeforeEnd, '|' => AfterEnd, var c => c });
        }
        return version.ToString();
    }
}
