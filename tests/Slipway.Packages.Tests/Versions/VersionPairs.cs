using System.Text;

namespace Slipway.Packages.Tests.Versions;

/// <summary>Pairs of versions: those that the package managers' own tests compare, and generated ones.</summary>
internal static class VersionPairs
{
    /// <summary>tests/testdata/versions: <c>left &lt; right</c> or <c>left = right</c>.</summary>
    public static IReadOnlyList<(string Left, string Right, int Order)> Published(PackageType type) =>
    [
        .. File.ReadLines(Path.Combine(TestData.Directory, "versions", type.ToString().ToLowerInvariant()))
            .Where(l => !l.StartsWith('#')).Select(l => l.Split(' ')).Select(p => (p[0], p[2], p[1] == "<" ? -1 : 0)),
    ];

    /// <summary>Two versions with much in common, in the letters that the package type allows.</summary>
    public static IEnumerable<(string Left, string Right)> Generated(PackageType type, int count, int seed)
    {
        var random = new Random(seed);
        string[] parts = type switch
        {
            PackageType.Rpm => ["1", "0", "10", "09", ".", ".", "a", "rc", "~", "^", "+", "2", "alpha", "..", "_"],
            PackageType.Deb => ["1", "0", "10", "09", ".", ".", "a", "rc", "~", "~", "+", "2", "alpha", "..", "-", "A"],
            _ => ["1", "0", "10", "09", ".", ".", "a", "rc", "_", "+", "2", "alpha", "r", "git", "Z"],
        };
        for (var i = 0; i < count; i++)
        {
            var shared = "1" + Some(4);
            yield return (Full(shared), Full(shared));
        }

        string Some(int most) => string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => parts[random.Next(parts.Length)]));

        string Full(string shared)
        {
            var full = new StringBuilder(random.Next(6) == 0 ? $"{random.Next(3)}:" : "").Append(shared).Append(Some(4));
            // A version may end in a dash for none of the three, nor a pacman one in a separator.
            while (full.Length > 1 && (full[^1] == '-' || (type == PackageType.Pacman && !char.IsAsciiLetterOrDigit(full[^1])))) full.Length--;
            return random.Next(2) == 0 ? full.ToString() : full.Append('-').Append(random.Next(3)).Append(random.Next(4) == 0 ? Tail() : "").ToString();
        }

        string Tail() => type == PackageType.Deb ? "~1" : ".1";
    }
}
