using System.Buffers.Binary;
using System.Text;

namespace Slipway.Packages.Rpm;

/// <summary>One header structure of an rpm file: an index of typed entries and the bytes they point into. All numbers are big-endian.</summary>
internal sealed class RpmHeader
{
    private const int IntroLength = 16;
    private const int EntryLength = 16;
    private const int MaxEntries = 65535;
    private const int MaxDataBytes = 256 << 20;
    private const int MaxElements = 1 << 20;
    private const int StringType = 6, BinaryType = 7, StringArrayType = 8, I18NStringType = 9;

    private readonly Dictionary<int, (int Type, int Offset, int Count)> entries = [];
    private readonly byte[] data;

    private RpmHeader(byte[] index, byte[] data, long length, string what)
    {
        this.data = data;
        Length = length;
        for (var at = 0; at < index.Length; at += EntryLength)
        {
            var entry = index.AsSpan(at, EntryLength);
            var tag = BinaryPrimitives.ReadInt32BigEndian(entry);
            var type = BinaryPrimitives.ReadInt32BigEndian(entry[4..]);
            var offset = BinaryPrimitives.ReadInt32BigEndian(entry[8..]);
            var count = BinaryPrimitives.ReadInt32BigEndian(entry[12..]);
            if (type is < 0 or > I18NStringType || offset < 0 || count < 0 || offset > data.Length || (long)count * SizeOf(type) > data.Length - offset)
                throw new PackageFormatException($"entry {tag} of {what} points out of it");
            if (count > MaxElements && type != BinaryType) throw new PackageFormatException($"entry {tag} of {what} has {count} elements");
            entries.TryAdd(tag, (type, offset, count));
        }
    }

    /// <summary>Bytes in the file, from the magic to the end of the data.</summary>
    public long Length { get; }

    public static RpmHeader Read(Stream file, string what)
    {
        var intro = BoundedRead.Exactly(file, IntroLength, what);
        if (!intro.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 0x01])) throw new PackageFormatException($"{what} does not begin as one");
        var count = BinaryPrimitives.ReadInt32BigEndian(intro.AsSpan(8));
        var bytes = BinaryPrimitives.ReadInt32BigEndian(intro.AsSpan(12));
        if (count is < 0 or > MaxEntries) throw new PackageFormatException($"{what} says it has {count} entries");
        if (bytes is < 0 or > MaxDataBytes || bytes + (long)count * EntryLength > file.Length - file.Position)
            throw new PackageFormatException($"{what} says it has {bytes} bytes of data, more than the file has left");
        var index = BoundedRead.Exactly(file, count * EntryLength, what);
        return new RpmHeader(index, BoundedRead.Exactly(file, bytes, what), IntroLength + index.Length + (long)bytes, what);
    }

    public bool Has(int tag) => entries.ContainsKey(tag);
    public bool Has(RpmTag tag) => Has((int)tag);

    public string? String(RpmTag tag) => entries.TryGetValue((int)tag, out var e) && e.Type is StringType or StringArrayType or I18NStringType && e.Count > 0
        ? Encoding.UTF8.GetString(TextAt(e.Offset, tag)) : null;

    public string[] Strings(RpmTag tag) => Array.ConvertAll(Bytes(tag), Encoding.UTF8.GetString);

    /// <summary>The texts of an entry as they are; file names need not be UTF-8.</summary>
    public byte[][] Bytes(RpmTag tag)
    {
        if (!entries.TryGetValue((int)tag, out var e) || e.Type is not (StringType or StringArrayType or I18NStringType)) return [];
        var texts = new byte[e.Count][];
        for (int i = 0, at = e.Offset; i < e.Count; i++)
        {
            texts[i] = TextAt(at, tag).ToArray();
            at += texts[i].Length + 1;
        }
        return texts;
    }

    /// <summary>An entry of bytes; none where it is not there or of another type.</summary>
    public ReadOnlySpan<byte> Binary(RpmTag tag) => entries.TryGetValue((int)tag, out var e) && e.Type == BinaryType && e.Offset <= data.Length && e.Count <= data.Length - e.Offset
        ? data.AsSpan(e.Offset, e.Count) : [];

    public ulong[] Numbers(int tag)
    {
        if (!entries.TryGetValue(tag, out var e) || e.Type is 0 or StringType or BinaryType or StringArrayType or I18NStringType) return [];
        var size = SizeOf(e.Type);
        var numbers = new ulong[e.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            var at = data.AsSpan(e.Offset + i * size);
            numbers[i] = size switch { 1 => at[0], 2 => BinaryPrimitives.ReadUInt16BigEndian(at), 4 => BinaryPrimitives.ReadUInt32BigEndian(at), _ => BinaryPrimitives.ReadUInt64BigEndian(at) };
        }
        return numbers;
    }

    public ulong[] Numbers(RpmTag tag) => Numbers((int)tag);

    public ulong? Number(int tag) => Numbers(tag) is [var first, ..] ? first : null;
    public ulong? Number(RpmTag tag) => Number((int)tag);

    private ReadOnlySpan<byte> TextAt(int offset, RpmTag tag)
    {
        if (offset > data.Length) throw new PackageFormatException($"entry {tag} of the header runs out of it");
        var rest = data.AsSpan(offset);
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? rest[..end] : throw new PackageFormatException($"entry {tag} of the header has no end");
    }

    /// <summary>Least bytes of one element; a text is at least its closing zero.</summary>
    private static int SizeOf(int type) => type switch { 0 => 0, 3 => 2, 4 => 4, 5 => 8, _ => 1 };
}
