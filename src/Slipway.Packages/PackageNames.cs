using System.Buffers;

namespace Slipway.Packages;

/// <summary>Names, versions and architectures become parts of file names and of index lines, so what could leave its place is refused at the door.</summary>
internal static class PackageNames
{
    private const int MaxLength = 512;
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._:~^@%{}");

    public static string Check(string field, string? value)
    {
        if (string.IsNullOrEmpty(value)) throw new PackageFormatException($"{field} is missing or empty");
        if (value.Length > MaxLength) throw new PackageFormatException($"{field} is longer than {MaxLength} letters");
        if (value[0] is '.' or '-' || value.AsSpan().ContainsAnyExcept(Letters))
            throw new PackageFormatException($"{field} `{Printable(value)}` has a letter that is not allowed in one");
        return value;
    }

    private static string Printable(string value) => string.Concat(value.Take(60).Select(c => char.IsControl(c) ? '?' : c));
}
