using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Slipway.Messages.Yaml;

/// <summary>What a YAML 1.1 safe loader makes of a scalar.</summary>
internal enum YamlTag { Text, Null, Bool, Int, Float, Timestamp, Merge, Value, Binary }

/// <summary>Typing of plain scalars by the YAML 1.1 types as PyYAML knows them: <c>no</c> is a bool, <c>15.3</c> a number, <c>2021-09-10</c> a date.</summary>
internal static partial class Yaml11Scalars
{
    public static YamlTag TagOf(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => YamlTag.Null,
        "<<" => YamlTag.Merge,
        "=" => YamlTag.Value,
        _ when Bool().IsMatch(plain) => YamlTag.Bool,
        _ when Float().IsMatch(plain) => YamlTag.Float,
        _ when Int().IsMatch(plain) => YamlTag.Int,
        _ when Timestamp().IsMatch(plain) => YamlTag.Timestamp,
        _ => YamlTag.Text,
    };

    /// <summary>Whether a scalar of a tag has a value; a loader fails on one that has not.</summary>
    public static bool IsValid(YamlTag tag, string text) => tag switch
    {
        YamlTag.Bool => BoolWord().IsMatch(text),
        YamlTag.Int => IsInt(text.Replace("_", "", StringComparison.Ordinal)),
        YamlTag.Float => IsFloat(text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant()),
        YamlTag.Timestamp => IsTimestamp(text),
        YamlTag.Binary => IsBase64(text),
        YamlTag.Value or YamlTag.Merge => false,
        _ => true,
    };

    /// <summary>The number a valid int or float stands for; what exceeds a double is infinite.</summary>
    public static double Number(YamlTag tag, string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        var sign = digits.StartsWith('-') ? -1 : 1;
        digits = digits.TrimStart('+', '-');
        if (digits.Contains(':', StringComparison.Ordinal))
            return sign * digits.Split(':').Aggregate(0.0, (sum, part) => sum * 60 + double.Parse(part, CultureInfo.InvariantCulture));
        if (tag == YamlTag.Float)
            return digits switch { ".inf" => sign * double.PositiveInfinity, ".nan" => double.NaN, _ => sign * double.Parse(digits, CultureInfo.InvariantCulture) };
        return sign * (double)Integer(digits);
    }

    private static BigInteger Integer(string digits)
    {
        var (radix, body) = digits switch
        {
            _ when digits.StartsWith("0b", StringComparison.Ordinal) => (2, digits[2..]),
            _ when digits.StartsWith("0x", StringComparison.Ordinal) => (16, digits[2..]),
            _ when digits.Length > 1 && digits[0] == '0' => (8, digits[1..]),
            _ => (10, digits),
        };
        return body.Aggregate(BigInteger.Zero, (sum, digit) => sum * radix + Convert.ToInt32(digit.ToString(), 16));
    }

    // Python refuses integers of more than 4300 decimal digits; so do we, since the sum above is quadratic.
    private static bool IsInt(string digits) => digits.Length <= 4300 && IntDigits().IsMatch(digits);

    private static bool IsFloat(string digits) => FloatDigits().IsMatch(digits);

    private static bool IsTimestamp(string text)
    {
        var match = TimestampParts().Match(text);
        if (!match.Success) return false;
        int Part(string name) => match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
        return Part("year") >= 1 && Part("month") is >= 1 and <= 12
            && Part("day") >= 1 && Part("day") <= DateTime.DaysInMonth(Part("year"), Part("month"))
            && Part("hour") < 24 && Part("minute") < 60 && Part("second") < 60
            && Part("zoneHour") * 60 + Part("zoneMinute") < 24 * 60;
    }

    private static bool IsBase64(string text)
    {
        if (text.Any(c => c > 0x7f)) return false;
        var kept = text.Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/').Count();
        return (kept + text.Count(c => c == '=')) % 4 == 0 || kept % 4 == 0;
    }

    [GeneratedRegex(@"^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\z")]
    private static partial Regex Bool();
    [GeneratedRegex(@"^(?:yes|no|true|false|on|off)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BoolWord();
    [GeneratedRegex(@"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z")]
    private static partial Regex Float();
    [GeneratedRegex(@"^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)\z")]
    private static partial Regex Int();
    [GeneratedRegex(@"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)\z")]
    private static partial Regex Timestamp();
    [GeneratedRegex(@"^(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})(?:(?:[Tt]|[ \t]+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+](?<zoneHour>[0-9]{1,2})(?::?(?<zoneMinute>[0-9]{2}))?))?)?\z")]
    private static partial Regex TimestampParts();
    [GeneratedRegex(@"^[-+]?(?:0|0b[01]+|0x[0-9a-fA-F]+|0[0-7]+|[1-9][0-9]*|[0-9]+(?::[0-9]+)+)\z")]
    private static partial Regex IntDigits();
    [GeneratedRegex(@"^[-+]?(?:\.inf|\.nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|[0-9]+(?::[0-9]+)+\.?[0-9]*)\z")]
    private static partial Regex FloatDigits();
}
