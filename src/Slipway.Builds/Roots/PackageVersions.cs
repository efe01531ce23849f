using System.Text.RegularExpressions;

namespace Slipway.Builds.Roots;

/// <summary>A deb version as the other package tools write one: [epoch:]version-release, with only the characters they allow.</summary>
internal static partial class PackageVersions
{
    /// <summary>rpm allows letters, digits and `.+_~^` in version and release.</summary>
    internal static string ToRpm(string deb)
    {
        var (epoch, version, release) = Split(deb);
        return $"{epoch}{Refused().Replace(version, "_")}-{Refused().Replace(release, "_")}";
    }

    /// <summary>pacman's release is a number of the packager alone, so the deb's goes into the version; it has no `~`.</summary>
    internal static string ToPacman(string deb)
    {
        var (epoch, version, release) = Split(deb);
        return epoch + Refused().Replace(deb.Contains('-', StringComparison.Ordinal) ? $"{version}_{release}" : version, "_").Replace('~', '_').Replace('^', '_') + "-1";
    }

    internal static (string Epoch, string Version, string Release) Split(string deb)
    {
        var colon = deb.IndexOf(':', StringComparison.Ordinal);
        var epoch = colon > 0 && deb[..colon] != "0" ? deb[..(colon + 1)] : "";
        var rest = deb[(colon + 1)..];
        var dash = rest.LastIndexOf('-');
        return dash < 0 ? (epoch, rest, "0") : (epoch, rest[..dash], rest[(dash + 1)..]);
    }

    [GeneratedRegex("[^A-Za-z0-9.+_~^]")]
    private static partial Regex Refused();
}
