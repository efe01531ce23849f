using Slipway.Content;

namespace Slipway.Packages;

/// <summary>Reads package files of the three types without starting a process; a broken or hostile file ends in a <see cref="SlipwayException"/> that names the file and the field.</summary>
public static class PackageFile
{
    /// <summary>The package type by file name: .rpm, .deb (.udeb, .ddeb), .pkg.tar.*; null for anything else.</summary>
    public static PackageType? TypeOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name.EndsWith(".rpm", StringComparison.Ordinal)) return PackageType.Rpm;
        if (name.EndsWith(".deb", StringComparison.Ordinal) || name.EndsWith(".udeb", StringComparison.Ordinal) || name.EndsWith(".ddeb", StringComparison.Ordinal))
            return PackageType.Deb;
        return name.Contains(".pkg.tar", StringComparison.Ordinal) && !name.EndsWith(".sig", StringComparison.Ordinal) ? PackageType.Pacman : null;
    }

    /// <summary>The metadata, with the digest of the whole file.</summary>
    /// <param name="type">Unset: by the file's name. Files in the content store have none, so pass it there.</param>
    public static PackageRecord Read(string path, PackageType? type = null) => throw new NotImplementedException();

    /// <summary>The file list. rpm: from the header; deb and pacman: from the payload (digests left empty).</summary>
    public static IReadOnlyList<PackagedFile> Files(string path, PackageType? type = null) => throw new NotImplementedException();

    /// <summary>Streams the payload in its order: directories, links, files with their content (null for what has none). Names have no leading slash.
    /// A further hard link comes as <see cref="NodeType.HardLink"/> whose target is the earlier name. deb owners are numbers; rpm and pacman owners given by
    /// name other than root come as 0 (their numbers are decided at installation).</summary>
    public static void ReadContent(string path, Action<TarEntry, Stream?> onEntry, PackageType? type = null) => throw new NotImplementedException();
}
