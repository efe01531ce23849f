using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Slipway.Content;
using Slipway.Packages.Debian;
using Slipway.Packages.Pacman;
using Slipway.Packages.Rpm;

namespace Slipway.Packages;

/// <summary>Reads package files of the three types without starting a process; a broken or hostile file ends in a <see cref="SlipwayException"/> that names the file and the field.</summary>
public static class PackageFile
{
    private const long MostHeldWhole = 1 << 20;

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
    public static PackageRecord Read(string path, PackageType? type = null) => With(path, type, (file, kind) =>
    {
        var digest = Digest.OfStream(file);
        var record = kind switch
        {
            PackageType.Deb => DebReader.Read(file),
            PackageType.Rpm => RpmReader.Read(file),
            _ => PacmanReader.Read(file),
        };
        return record with { Digest = digest, Size = file.Length, FileName = Path.GetFileName(path) };
    });

    /// <param name="known">The file's digest, so that it need not be read whole.</param>
    internal static (PackageRecord Record, IReadOnlyList<PackagedFile> Files) ReadWithFiles(Stream file, PackageType type, string name, Digest known)
    {
        var (record, files) = type switch
        {
            PackageType.Deb => (DebReader.Read(file), DebReader.Files(file)),
            PackageType.Rpm => RpmReader.ReadWithFiles(file),
            _ => (PacmanReader.Read(file), PacmanReader.Files(file)),
        };
        return (record with { Digest = known, Size = file.Length, FileName = name }, files);
    }

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

    /// <summary>Opens the file once for all that is to be read of it.</summary>
    internal static T With<T>(string path, PackageType? type, Func<Stream, PackageType, T> read)
    {
        var kind = type ?? TypeOf(path)
            ?? throw new SlipwayException($"read {path}", "its name ends like no package's (.deb, .rpm, .pkg.tar.*)", "give it the name it was built with");
        using var handle = File.OpenHandle(path);
        var length = RandomAccess.GetLength(handle);
        var whole = length <= MostHeldWhole ? ArrayPool<byte>.Shared.Rent((int)length) : null;
        try
        {
            // Most packages are small, are read in several passes, and there are many of them.
            using Stream file = whole is null ? new FileStream(handle, FileAccess.Read, 1 << 16) : new MemoryStream(whole, 0, ReadWhole(handle, whole.AsSpan(0, (int)length)), writable: false);
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
        finally
        {
            if (whole is not null) ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static int ReadWhole(SafeFileHandle handle, Span<byte> content)
    {
        var at = 0;
        while (at < content.Length && RandomAccess.Read(handle, content[at..], at) is > 0 and var read) at += read;
        return at;
    }
}

/// <summary>What is wrong with a package file; the facade adds which file.</summary>
internal sealed class PackageFormatException(string message) : Exception(message);
