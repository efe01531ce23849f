using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>What the indexes of any repository say of one package file, kept so that the file is read once in its life.</summary>
/// <param name="SourceDigest">Of the file before we signed it.</param>
/// <param name="Path">Below the repository's base.</param>
/// <param name="Parts">deb: the stanza (of a source package that of Sources, of its other files none), and its files for Contents. rpm: its elements of primary, filelists and other. pacman: desc, files, and the package's signature.</param>
internal sealed partial record PackageEntry(
    Digest Digest, Digest SourceDigest, PackageType Type, string Name, string Version, string Architecture, string Source, string Path, long Size,
    IReadOnlyList<byte[]> Parts)
{
    public string FileName => Path[(Path.LastIndexOf('/') + 1)..];

    /// <param name="packageFile">The file that is published, in the store.</param>
    /// <param name="below">rpm: a directory of its own in that of the architecture. Unset: none.</param>
    public static PackageEntry Make(PackageType type, string packageFile, PublishedFile given, Digest published, byte[]? signature, string? below = null) => PackageFile.With(packageFile, type, (file, _) =>
    {
        var (record, files) = PackageFile.ReadWithFiles(file, type, given.FileName, published);
        var name = CheckedName(given.FileName);
        var path = record.Type switch
        {
            PackageType.Rpm => $"{RpmDirectory(record, name)}/{(below is null ? "" : below + "/")}{name}",
            PackageType.Deb => $"pool/{CheckedName(record.Source)}/{name}",
            _ => name,
        };
        byte[][] parts = record.Type switch
        {
            PackageType.Rpm => RpmEntry.Parts(record, files, published, path),
            PackageType.Deb => [AptEntry.Stanza(record, FileDigests.Of(file), published, path), AptContents.Part(record, files)],
            _ => [PacmanEntry.Description(record, FileDigests.Md5Of(file), published, name, signature ?? []), PacmanEntry.Files(files), signature ?? []],
        };
        var architecture = record.Type == PackageType.Rpm ? RpmDirectory(record, name) : CheckedName(record.Architecture);
        return new PackageEntry(published, given.Digest, record.Type, record.Name, record.Version, architecture, record.Source, path, record.Size, parts);
    });

    /// <summary>A file that is no package of its own type, with one piece.</summary>
    public static PackageEntry Of(PublishedFile given, string name, string version, string architecture, string path, long size, byte[] piece)
    {
        _ = CheckedName(given.FileName);
        return new(given.Digest, given.Digest, PackageType.Deb, name, version, architecture, CheckedName(name), path, size, [piece]);
    }

    public SnapshotFile AsFile() => new(Path, Digest, SourceDigest, Name, Version, Architecture, Source, Size);

    public byte[] PackParts()
    {
        var plain = new byte[Parts.Sum(part => 4 + part.Length)];
        var at = 0;
        foreach (var part in Parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(at), part.Length);
            part.CopyTo(plain, at + 4);
            at += 4 + part.Length;
        }
        return Compressor.Compress(plain, Compression.Zstd, new CompressionOptions { Level = 1 });
    }

    public static IReadOnlyList<byte[]> UnpackParts(byte[] packed)
    {
        var plain = new MemoryStream();
        // Detected: they were gzip once.
        using (var unpacked = Compressor.DecompressDetected(new MemoryStream(packed, writable: false))) unpacked.CopyTo(plain);
        var rest = plain.GetBuffer().AsSpan(0, (int)plain.Length);
        var parts = new List<byte[]>(3);
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            parts.Add(rest.Slice(4, length).ToArray());
            rest = rest[(4 + length)..];
        }
        return parts;
    }

    private static string RpmDirectory(PackageRecord record, string name) =>
        name.EndsWith(".nosrc.rpm", StringComparison.Ordinal) ? "nosrc"
        : name.EndsWith(".src.rpm", StringComparison.Ordinal) ? "src"
        : CheckedName(record.Architecture);

    // These words become parts of paths and URLs.
    private static string CheckedName(string name) => name.Length <= 250 && Name_().IsMatch(name)
        ? name
        : throw new SlipwayException($"package file '{name}'", "the name has characters that a repository path may not have", "letters, digits and . _ + - ~ ^ : only, or %3a for the colon");

    // apt-get download writes the colon of an epoch as %3a.
    [GeneratedRegex(@"\A[A-Za-z0-9](?:[A-Za-z0-9._+~^:-]|%3a)*\z")]
    private static partial Regex Name_();
}

/// <summary>One file of a repository's indexes.</summary>
/// <param name="Path">Below the base and the snapshot.</param>
/// <param name="SharedPath">Below the shared files, for what never has other content; null for a pointer.</param>
internal sealed record IndexFile(string Path, byte[] Content, string? SharedPath = null)
{
    public Digest Digest { get; } = Digest.Of(Content);

    /// <summary>A file that never has other content: it is shared under its digest.</summary>
    public static IndexFile Shared(string path, byte[] content)
    {
        var file = new IndexFile(path, content);
        return file with { SharedPath = SharedFiles.ByDigest(file.Digest.ToString()) };
    }

    public static IndexFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));
}
