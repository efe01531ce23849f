using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>
/// Gives what is built again from the same source a higher version, counted by the service: clients that have the one before would not take another
/// package of the same version.
/// </summary>
internal static partial class ReleaseNumber
{
    private const int MaxRecipeBytes = 4 << 20;

    // Not Debian's +b, which dpkg takes for a build of a source without it.
    /// <summary>What stands behind the version of the n-th rebuild; nothing for the first build.</summary>
    public static string Suffix(PackageType type, int rebuild) => rebuild == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(type == PackageType.Deb ? "+r" : ".")}{rebuild}");

    /// <summary>Writes the number into the recipe. One that has no place for it (a .dsc with its own signature) stays as it is.</summary>
    /// <param name="epoch">The time that the entry of a changelog gets, in seconds since 1970.</param>
    public static void Write(string source, PackageType type, int rebuild, long epoch)
    {
        if (rebuild == 0) return;
        using var tree = RootedTree.Open(source);
        var suffix = Suffix(type, rebuild);
        foreach (var file in Recipes(source, type))
        {
            var path = BytePath.From(file);
            if (tree.StatFollowing(path) is not { Type: NodeType.Regular }) continue;
            var text = Encoding.Latin1.GetString(tree.ReadAllBytes(path, MaxRecipeBytes));
            var changed = type switch
            {
                PackageType.Deb => Entry(text, suffix, epoch) + text,
                PackageType.Rpm => Release().Replace(text, $"$1$2{suffix}", 1),
                _ => PackageRelease().Replace(text, $"$1$2{suffix}", 1),
            };
            // Through the rooted tree: a package's directories may be links that lead elsewhere.
            tree.Remove(path);
            tree.WriteFile(path, Encoding.Latin1.GetBytes(changed), 0x1A4);
        }
    }

    private static IEnumerable<string> Recipes(string source, PackageType type) => type switch
    {
        PackageType.Deb => ["debian/changelog"],
        PackageType.Rpm => Directory.EnumerateFiles(source, "*.spec").Select(file => Path.GetFileName(file)),
        _ => ["PKGBUILD"],
    };

    private static string Entry(string changelog, string suffix, long epoch)
    {
        var head = Head().Match(changelog);
        if (!head.Success) return "";
        var time = DateTimeOffset.FromUnixTimeSeconds(epoch).ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return $"{head.Groups["name"].Value} ({head.Groups["version"].Value}{suffix}) {head.Groups["rest"].Value}\n\n  * Built again from the same source.\n\n -- Slipway <slipway@localhost>  {time}\n\n";
    }

    [GeneratedRegex(@"\A\s*(?<name>[a-z0-9][a-z0-9+.-]+) \((?<version>[0-9][A-Za-z0-9.+:~-]*)\) (?<rest>[^\n]*)")]
    private static partial Regex Head();

    [GeneratedRegex(@"^(Release[ \t]*:[ \t]*)(\S+)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Release();

    [GeneratedRegex(@"^([ \t]*pkgrel=)([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex PackageRelease();
}
