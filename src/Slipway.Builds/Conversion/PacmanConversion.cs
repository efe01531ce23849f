using System.Text;
using Slipway.Builds.Roots;
using Slipway.Packages;

namespace Slipway.Builds.Conversion;

/// <summary>PKGBUILDs that package the files of a deb as they are.</summary>
internal static class PacmanConversion
{
    /// <summary>NAME...: builds the PKGBUILD of each directory below /build/src.</summary>
    internal const string Script = """
        set -e
        for name in "$@"; do cd "/build/src/$name"; makepkg --nosign --noconfirm --noprogressbar; done
        """;

    /// <summary>Notes a built package in the root's database, so that what depends on it can be built.</summary>
    internal const string NoteScript = """
        set -e
        pacman -U --noconfirm --noprogressbar --dbonly /build/out/*.pkg.tar.zst
        """;

    internal static string Recipe(ConvertedPackage package, IReadOnlySet<string> chosen)
    {
        var version = PackageVersions.ToPacman(package.Version);
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var depends = package.Requires.Select(r => r.FirstOrDefault(a => chosen.Contains(a.Name)) ?? r[0]).Select(Relation).Prepend(BaseFilesystem.Name);
        var provides = package.Provides.Select(p => p.Name + (p.Version.Length == 0 ? "" : "=" + PackageVersions.ToPacman(p.Version)[..^"-1".Length]));
        return Lines(
            $"pkgname={Quote(package.Name)}", colon < 0 ? "" : "epoch=" + version[..colon], $"pkgver={Quote(version[(colon + 1)..^"-1".Length])}", "pkgrel=1",
            $"pkgdesc={Quote(package.Summary)}", $"arch=({(package.Independent ? "any" : "x86_64")})", package.Url.Length == 0 ? "" : $"url={Quote(package.Url)}", "license=(custom)",
            $"depends=({List(depends)})", $"provides=({List(provides)})", "options=(!strip !debug !zipman !purge docs libtool staticlibs emptydirs)",
            "package() {", $"dpkg-deb --fsys-tarfile /tmp/debs/{package.File} | tar -C \"$pkgdir\" -xpf -",
            $"for name in {string.Join(' ', ConvertedPackage.Merged)}; do", "if [[ -d $pkgdir/$name ]]; then mkdir -p \"$pkgdir/usr/$name\"; cp -a \"$pkgdir/$name/.\" \"$pkgdir/usr/$name/\"; rm -rf \"$pkgdir/$name\"; fi", "done", "}");
    }

    internal static string Filesystem() => Lines($"pkgname={BaseFilesystem.Name}", "pkgver=1", "pkgrel=1", "pkgdesc='Directories and links every root has'", "arch=(any)", "license=(custom)",
        $"backup=({List(BaseFilesystem.Files.Select(f => f.Path[1..]))})", "options=(emptydirs)", "package() {", "cd \"$pkgdir\"", string.Join('\n', BaseFilesystem.Commands), "}");

    // A bound is kept where pacman's order can tell; the release is the packager's and never part of one.
    private static string Relation(DebDependency dependency) => dependency.Operator switch
    {
        "" => dependency.Name,
        var sign => dependency.Name + (sign switch { "<<" => "<", ">>" => ">", var same => same }) + PackageVersions.ToPacman(dependency.Version)[..^"-1".Length],
    };

    private static string List(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static string Lines(params string[] lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines.Where(l => l.Length > 0))
            text.Append(line).Append('\n');
        return text.ToString();
    }
}
