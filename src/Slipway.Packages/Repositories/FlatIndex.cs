using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>A package file of a flat repository.</summary>
/// <param name="File">Where it lies.</param>
/// <param name="Path">Its place below the repository's base.</param>
public sealed record FlatPackage(string File, string Path, Digest Digest);

/// <summary>The index of packages that lie beside it: apt's Packages, or repodata/. Whoever publishes it signs <see cref="MainFile"/>, which names all else by digest.</summary>
public static class FlatIndex
{
    /// <summary>The file that is signed, below the repository's base.</summary>
    public static string MainFile(PackageType type) => type switch
    {
        PackageType.Deb => "Packages",
        PackageType.Rpm => "repodata/repomd.xml",
        _ => throw new SlipwayException("index packages", "pacman packages have no flat index here", "use rpm or deb packages for streams that others derive from") { Kind = FailureKind.Usage },
    };

    /// <summary>The files of the index, the main one last.</summary>
    /// <param name="time">Of the rpm index; the same time gives the same bytes.</param>
    public static IReadOnlyList<(string Path, byte[] Content)> Make(PackageType type, IReadOnlyList<FlatPackage> packages, DateTimeOffset time)
    {
        var main = MainFile(type);
        var parts = packages.OrderBy(p => p.Path, StringComparer.Ordinal).AsParallel().AsOrdered().Select(p => Parts(type, p)).ToList();
        if (type == PackageType.Deb)
            return [(main, [.. parts.SelectMany(p => p[0])])];
        return RpmIndex.Flat(parts, main, time);
    }

    private static byte[][] Parts(PackageType type, FlatPackage package) => PackageFile.With(package.File, type, (file, _) =>
    {
        var (record, files) = PackageFile.ReadWithFiles(file, type, Path.GetFileName(package.Path), package.Digest);
        return type == PackageType.Deb
            ? [AptEntry.Stanza(record, FileDigests.Of(file), package.Digest, package.Path)]
            : RpmEntry.Parts(record, files, package.Digest, package.Path);
    });
}
