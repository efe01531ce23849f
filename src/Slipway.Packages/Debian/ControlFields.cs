using System.Text;

namespace Slipway.Packages.Debian;

/// <summary>One stanza of a deb control file (deb-control(5)): fields in order, continuation lines kept with their line ends.</summary>
internal static class ControlFields
{
    private const int MaxFields = 1000;

    public static IReadOnlyList<KeyValuePair<string, string>> Read(ReadOnlySpan<byte> text)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var line in Decode(text).Split('\n'))
        {
            if (line.StartsWith('#')) continue;
            if (line.Length == 0 || line is "\r")
            {
                if (fields.Count > 0) break;
                continue;
            }
            if (line[0] is ' ' or '\t')
            {
                if (fields.Count == 0) throw new PackageFormatException("its control file begins with a continuation line");
                fields[^1] = new(fields[^1].Key, fields[^1].Value + "\n" + line.TrimEnd());
                continue;
            }
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExceptInRange('!', '~')) throw new PackageFormatException($"its control file has the line `{line[..Math.Min(line.Length, 60)]}`, which is no field");
            if (fields.Count == MaxFields) throw new PackageFormatException($"its control file has more than {MaxFields} fields");
            fields.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }
        return fields;
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0)) throw new PackageFormatException("its control file holds a zero byte");
        return Encoding.UTF8.GetString(text);
    }
}
