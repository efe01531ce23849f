using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What the maker of a full root knows of one of its files, so that it need not be read (format 5.2).</summary>
/// <param name="Path">The path, with its leading slash.</param>
/// <param name="Hash">The file's hash; unset where only <paramref name="Content"/> is known.</param>
/// <param name="Content">SHA-256 of its content; unset where <paramref name="Hash"/> is known.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Uid">Its owner.</param>
/// <param name="Gid">Its group.</param>
/// <param name="Size">Bytes of its content.</param>
public sealed record NodeRecord(BytePath Path, SwupdHash? Hash, Digest? Content, uint Mode, uint Uid, uint Gid, long Size);

/// <summary>The file beside a full root that holds its records.</summary>
public static class NodeRecords
{
    /// <summary>Its name below image/V/.</summary>
    public const string FileName = "full.records";

    private const int MaxLineBytes = 8192;

    private static ReadOnlySpan<byte> Heading => "slipway-records 1"u8;

    /// <summary>The file's text; records of paths that no line can hold are left out.</summary>
    public static byte[] ToBytes(IEnumerable<NodeRecord> records)
    {
        using var text = new MemoryStream();
        text.Write(Heading);
        text.WriteByte((byte)'\n');
        foreach (var record in records.Where(r => !r.Path.Span.Contains((byte)'\n')))
        {
            var known = record.Hash is { } hash ? $"swupd:{hash}" : $"sha256:{record.Content}";
            text.Write(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{known} {Convert.ToString(record.Mode, 8)} {record.Uid} {record.Gid} {record.Size} ")));
            text.Write(record.Path.Span);
            text.WriteByte((byte)'\n');
        }

        return text.ToArray();
    }

    /// <summary>Reads the records of a version's image; none where it has no such file.</summary>
    internal static IReadOnlyDictionary<BytePath, NodeRecord> Read(string imageDirectory)
    {
        var file = Path.Combine(imageDirectory, FileName);
        var records = new Dictionary<BytePath, NodeRecord>();
        if (!File.Exists(file)) return records;
        ReadOnlySpan<byte> text = File.ReadAllBytes(file);
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf((byte)'\n');
            if (end is < 0 or > MaxLineBytes) throw Wrong(file, number, "the line has no end, or is too long");
            var line = text[..end];
            text = text[(end + 1)..];
            if (number == 1)
            {
                if (!line.SequenceEqual(Heading)) throw Wrong(file, number, "it does not begin with slipway-records 1");
                continue;
            }

            var record = Parse(line) ?? throw Wrong(file, number, "it is not a digest, a mode, two owners, a size and a path");
            records[record.Path] = record;
        }

        return records;
    }

    private static NodeRecord? Parse(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[6];
        var end = 0;
        for (var field = 0; field < 5; field++)
        {
            var length = line[end..].IndexOf((byte)' ');
            if (length < 0) return null;
            fields[field] = end..(end + length);
            end += length + 1;
        }

        var path = line[end..];
        if (path.IsEmpty || path[0] != '/' || Octal(line[fields[1]]) is not { } mode) return null;
        if (Number(line[fields[2]], uint.MaxValue) is not { } uid || Number(line[fields[3]], uint.MaxValue) is not { } gid) return null;
        if (Number(line[fields[4]], long.MaxValue) is not { } size) return null;
        var known = line[fields[0]];
        if (known.StartsWith("swupd:"u8))
            return SwupdHash.TryParse(known["swupd:".Length..], out var hash) ? Record(path, hash, null) : null;
        return known.StartsWith("sha256:"u8) && SwupdHash.TryParse(known["sha256:".Length..], out _)
            ? Record(path, null, Digest.Parse(Encoding.ASCII.GetString(known["sha256:".Length..])))
            : null;

        NodeRecord Record(ReadOnlySpan<byte> name, SwupdHash? hash, Digest? content) => new(new BytePath(name), hash, content, mode, (uint)uid, (uint)gid, size);
    }

    private static uint? Octal(ReadOnlySpan<byte> text)
    {
        uint value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > 0xfff) return null;
            value = value << 3 | (uint)(digit - '0');
        }

        return text.IsEmpty || value > 0xfff ? null : value;
    }

    private static long? Number(ReadOnlySpan<byte> text, long most) =>
        Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length && number >= 0 && number <= most ? number : null;

    private static SlipwayException Wrong(string file, int line, string why) => new($"cannot use {file}, line {line}", why, "compose the version again, or remove the file");
}
