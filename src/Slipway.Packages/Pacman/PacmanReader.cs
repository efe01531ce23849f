using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Pacman;

/// <summary>Reads a pacman package: a compressed tar of .PKGINFO and other dot files, then the payload.</summary>
internal static class PacmanReader
{
    private const int MaxInfoBytes = 16 << 20;
    private const int MaxMembersBeforeInfo = 16;

    public static PackageRecord Read(Stream file)
    {
        var fields = ReadInfo(file);
        string? Field(string name) => fields.FirstOrDefault(f => f.Key == name).Value;
        IReadOnlyList<string> All(string name) => [.. fields.Where(f => f.Key == name && f.Value.Length > 0).Select(f => f.Value)];
        long Number(string name) => long.TryParse(Field(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

        var name = PackageNames.Check("pkgname", Field("pkgname"));
        return new PackageRecord
        {
            Type = PackageType.Pacman,
            Name = name,
            Version = PackageNames.Check("pkgver", Field("pkgver")),
            Architecture = PackageNames.Check("arch", Field("arch")),
            Source = PackageNames.Check("pkgbase", Field("pkgbase") ?? name),
            Requires = All("depend"),
            Provides = All("provides"),
            Conflicts = All("conflict"),
            Replaces = All("replaces"),
            Recommends = All("optdepend"),
            Summary = Field("pkgdesc") ?? "",
            License = string.Join(" AND ", All("license")),
            Url = Field("url") ?? "",
            Packager = Field("packager") ?? "",
            InstalledSize = Number("size"),
            BuildTime = Number("builddate"),
            Fields = fields,
            Digest = default,
            FileName = "",
        };
    }

    public static IReadOnlyList<PackagedFile> Files(Stream file)
    {
        using var tar = Decompressed(file);
        IReadOnlyDictionary<BytePath, string> digests = new Dictionary<BytePath, string>();
        var files = TarPayload.Files(tar, (name, content) =>
        {
            if (name == PacmanTree.Name) digests = PacmanTree.ReadDigests(content);
            return IsMetadata(name);
        });
        return [.. files.Select(f => f.Type == NodeType.Regular && digests.TryGetValue(f.Path.Relative, out var digest) ? f with { Digest = digest } : f)];
    }

    public static void ReadContent(Stream file, Action<TarEntry, Stream?> onEntry)
    {
        using var tar = Decompressed(file);
        TarPayload.Read(tar, onEntry, (name, _) => IsMetadata(name));
    }

    /// <summary>Dot files of the top directory (.PKGINFO, .MTREE, .BUILDINFO, .INSTALL) are pacman's own.</summary>
    private static bool IsMetadata(BytePath name) => name.Span[0] == '.' && !name.Span.Contains((byte)'/');

    // The file itself stays open for who reads on in it.
    private static Stream Decompressed(Stream file) => Compressor.DecompressDetected(new FileSection(file, 0, file.Length));

    private static List<KeyValuePair<string, string>> ReadInfo(Stream file)
    {
        using var plain = Decompressed(file);
        using var tar = new TarReader(plain);
        for (var seen = 0; seen < MaxMembersBeforeInfo && tar.Next() is { } entry; seen++)
        {
            if (entry.Type != NodeType.Regular || entry.Name.Relative != BytePath.From(".PKGINFO")) continue;
            if (entry.Size > MaxInfoBytes) throw new PackageFormatException($"its .PKGINFO has {entry.Size} bytes, more than the {MaxInfoBytes} allowed");
            return ReadLines(Encoding.UTF8.GetString(BoundedRead.Exactly(tar.Content, (int)entry.Size, ".PKGINFO")));
        }
        throw new PackageFormatException("it has no .PKGINFO at its beginning");
    }

    private static List<KeyValuePair<string, string>> ReadLines(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal)) throw new PackageFormatException("its .PKGINFO holds a zero byte");
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var sign = line.IndexOf('=', StringComparison.Ordinal);
            if (sign <= 0) throw new PackageFormatException($"its .PKGINFO has the line `{line[..Math.Min(line.Length, 60)]}`, which is no `name = value`");
            fields.Add(new(line[..sign].Trim(), line[(sign + 1)..].Trim()));
        }
        return fields;
    }
}
