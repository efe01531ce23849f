using Slipway.Content;
using Slipway.Packages.Debian;
using Slipway.Packages.Pacman;
using Slipway.Packages.Rpm;

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
    /// <param name="path">The file.</param>
    /// <param name="type">Unset: by the file's name. Files in the content store have none, so pass it there.</param>
    public static PackageRecord Read(string path, PackageType? type = null) => Read(path, type, null);

    /// <param name="known">The file's digest where it is known, so that it need not be read whole.</param>
    internal static PackageRecord Read(string path, PackageType? type, Digest? known) => With(path, type, (file, kind) =>
    {
        // The readers close the file behind them.
        var size = file.Length;
        var digest = known ?? Digest.OfStream(file);
        file.Position = 0;
        var record = kind switch
        {
            PackageType.Deb => DebReader.Read(file),
            PackageType.Rpm => RpmReader.Read(file),
            _ => PacmanReader.Read(file),
        };
        return record with { Digest = digest, Size = size, FileName = Path.GetFileName(path) };
    });

    /// <summary>The file list. rpm: from the header; deb and pacman: from the payload; the digests are those that .MTREE states, and none for deb.</summary>
    public static IReadOnlyList<PackagedFile> Files(string path, PackageType? type = null) => With(path, type, (file, kind) => kind switch
    {
        PackageType.Deb => DebReader.Files(file),
        PackageType.Rpm => RpmReader.Files(file),
        _ => PacmanReader.Files(file),
    });

    /// <summary>Streams the payload in its order: directories, links, files with their content (null for what has none). Names have no leading slash.
    /// A further hard link comes as <see cref="NodeType.HardLink"/> whose target is the earlier name. deb and pacman owners are the payload's numbers; rpm
    /// names its owners, and those other than root come as 0, since their numbers are decided at installation. An rpm proves its payload by a digest, which is known
    /// only at the end: what was streamed is to be believed once this returns.</summary>
    public static void ReadContent(string path, Action<TarEntry, Stream?> onEntry, PackageType? type = null) => With(path, type, (file, kind) =>
    {
        switch (kind)
        {
            case PackageType.Deb: DebReader.ReadContent(file, onEntry); break;
            case PackageType.Rpm: RpmReader.ReadContent(file, onEntry); break;
            default: PacmanReader.ReadContent(file, onEntry); break;
        }
        return true;
    });

    private static T With<T>(string path, PackageType? type, Func<FileStream, PackageType, T> read)
    {
        var kind = type ?? TypeOf(path)
            ?? throw new SlipwayException($"read {path}", "its name ends like no package's (.deb, .rpm, .pkg.tar.*)", "give it the name it was built with");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            return read(file, kind);
        }
        catch (PackageFormatException error)
        {
            throw new SlipwayException($"read {path}", error.Message, "get or build the package again; it is damaged or no package", error);
        }
        catch (Exception error) when (error is CompressionException or TarException or InvalidDataException or EndOfStreamException)
        {
            throw new SlipwayException($"read {path}", "its content: " + error.Message, "get or build the package again; it is damaged or no package", error);
        }
    }
}

/// <summary>What is wrong with a package file; the facade adds which file.</summary>
internal sealed class PackageFormatException(string message) : Exception(message);
