using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Debian;

/// <summary>Reads a deb: <c>debian-binary</c>, then <c>control.tar</c> and <c>data.tar</c>, each plain or compressed.</summary>
internal static class DebReader
{
    private const int MaxControlBytes = 4 << 20;

    public static PackageRecord Read(Stream file)
    {
        var fields = ControlFields.Read(ReadControl(file));
        string? Field(string name) => fields.FirstOrDefault(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        IReadOnlyList<string> Relations(params string[] names) => [.. names.SelectMany(n => Field(n) is { } text ? DebRelations.Clauses(text) : [])];

        var name = PackageNames.Check("Package", Field("Package"));
        var description = (Field("Description") ?? "").Split('\n', 2);
        return new PackageRecord
        {
            Type = PackageType.Deb,
            Name = name,
            Version = PackageNames.Check("Version", Field("Version")),
            Architecture = PackageNames.Check("Architecture", Field("Architecture")),
            Source = PackageNames.Check("Source", Field("Source")?.Split(' ', 2)[0] ?? name),
            Requires = Relations("Pre-Depends", "Depends"),
            Provides = Relations("Provides"),
            Conflicts = Relations("Conflicts", "Breaks"),
            Replaces = Relations("Replaces"),
            Recommends = Relations("Recommends"),
            Summary = description[0],
            Description = description.Length > 1 ? description[1] : "",
            Url = Field("Homepage") ?? "",
            Packager = Field("Maintainer") ?? "",
            InstalledSize = long.TryParse(Field("Installed-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var kib) && kib < long.MaxValue >> 10 ? kib << 10 : 0,
            Fields = fields,
            Digest = default,
            FileName = "",
        };
    }

    public static IReadOnlyList<PackagedFile> Files(Stream file)
    {
        using var data = Open(file, "data.tar");
        return TarPayload.Files(data);
    }

    public static void ReadContent(Stream file, Action<TarEntry, Stream?> onEntry)
    {
        using var data = Open(file, "data.tar");
        TarPayload.Read(data, onEntry);
    }

    private static byte[] ReadControl(Stream file)
    {
        using var control = Open(file, "control.tar");
        using var tar = new TarReader(control, new TarLimits { MaxEntries = 10_000, MaxEntryBytes = 256 << 20, MaxTotalBytes = 1 << 30 });
        while (tar.Next() is { } entry)
        {
            if (entry.Type != NodeType.Regular || entry.Name.Relative != BytePath.From("control")) continue;
            if (entry.Size > MaxControlBytes) throw new PackageFormatException($"its control file has {entry.Size} bytes, more than the {MaxControlBytes} allowed");
            return BoundedRead.Exactly(tar.Content, (int)entry.Size, "the control file");
        }
        throw new PackageFormatException("its control.tar holds no control file");
    }

    private static Stream Open(Stream file, string wanted)
    {
        var members = ArFile.Members(file);
        if (members.Count == 0 || members[0].Name != "debian-binary") throw new PackageFormatException("its first ar member is not debian-binary");
        var first = BoundedRead.Exactly(new FileSection(file, members[0].Start, members[0].Length), (int)Math.Min(members[0].Length, 2), "debian-binary");
        if (!first.AsSpan().SequenceEqual("2."u8)) throw new PackageFormatException("its format version is not 2");
        // Members whose names begin with _ are to be passed over, deb(5).
        var member = members.FirstOrDefault(m => m.Name == wanted || m.Name.StartsWith(wanted + ".", StringComparison.Ordinal))
            ?? throw new PackageFormatException($"it has no {wanted}");
        Compression kind = member.Name[wanted.Length..] switch
        {
            "" => Compression.None,
            ".gz" => Compression.Gzip,
            ".xz" => Compression.Xz,
            ".zst" => Compression.Zstd,
            ".bz2" => Compression.Bzip2,
            var other => throw new PackageFormatException($"its {wanted} is compressed as `{other}`, which is not known"),
        };
        return Compressor.Decompress(new FileSection(file, member.Start, member.Length), kind);
    }
}
