using System.Buffers.Binary;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>Puts a header signature into an rpm: the signature header is written anew, lead, main header and payload stay as they are.</summary>
internal static class RpmSignature
{
    private const int LeadBytes = 96;
    private const int RegionTag = 62;
    private const int RsaHeaderTag = 268;
    private const int MaxSignatureHeaderBytes = 64 << 20;

    // DSA/EdDSA and RSA header signatures, the two old header+payload ones, and the space rpm keeps for a signature.
    private static readonly int[] Replaced = [RegionTag, 267, RsaHeaderTag, 1002, 1005, 1008];

    private sealed record Entry(int Tag, int Type, int Count, byte[] Value);

    public static void Replace(Stream package, string name, Func<byte[], byte[]> signHeader, Stream destination)
    {
        var lead = Take(package, LeadBytes, name);
        if (!lead.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0xed, 0xab, 0xee, 0xdb])) throw Broken(name, "it does not start as an rpm");
        var old = TakeHeader(package, name);
        Take(package, (8 - (old.Length % 8)) % 8, name);
        var header = TakeHeader(package, name);
        var entries = Parse(old, name).Where(entry => !Replaced.Contains(entry.Tag)).ToList();
        var signature = signHeader(header);
        entries.Add(new(RsaHeaderTag, 7, signature.Length, signature));
        destination.Write(lead);
        destination.Write(Build(entries));
        destination.Write(header);
        package.CopyTo(destination);
    }

    /// <summary>Refuses content that is no rpm header: under this kind nothing else is signed.</summary>
    public static void RequireHeader(string file)
    {
        using var stream = File.OpenRead(file);
        var header = TakeHeader(stream, "the content to sign");
        if (stream.Length != header.Length) throw Broken("the content to sign", "there is something behind the header");
    }

    private static byte[] Build(List<Entry> entries)
    {
        entries.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        var index = new MemoryStream();
        var store = new MemoryStream();
        var body = new MemoryStream();
        foreach (var entry in entries)
        {
            while (store.Length % Alignment(entry.Type) != 0) store.WriteByte(0);
            WriteEntry(index, entry.Tag, entry.Type, (int)store.Length, entry.Count);
            store.Write(entry.Value);
        }
        var count = entries.Count + 1;
        var region = (int)store.Length;
        // The region's trailer points back over all index entries: everything in the header belongs to it.
        WriteEntry(store, RegionTag, 7, -16 * count, 16);
        body.Write([0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0]);
        WriteInt(body, count);
        WriteInt(body, (int)store.Length);
        WriteEntry(body, RegionTag, 7, region, 16);
        index.WriteTo(body);
        store.WriteTo(body);
        while (body.Length % 8 != 0) body.WriteByte(0);
        return body.ToArray();
    }

    private static List<Entry> Parse(byte[] header, string name)
    {
        var count = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        var store = header.AsSpan(16 + 16 * count);
        var entries = new List<Entry>();
        for (var i = 0; i < count; i++)
        {
            var at = header.AsSpan(16 + 16 * i, 16);
            var type = BinaryPrimitives.ReadInt32BigEndian(at[4..]);
            var offset = BinaryPrimitives.ReadInt32BigEndian(at[8..]);
            var items = BinaryPrimitives.ReadInt32BigEndian(at[12..]);
            if (offset < 0 || offset > store.Length || items < 0 || items > store.Length) throw Broken(name, $"entry {i} of its signature header is out of bounds");
            var length = Length(store[offset..], type, items);
            if (length < 0 || length > store.Length - offset) throw Broken(name, $"entry {i} of its signature header is out of bounds");
            entries.Add(new(BinaryPrimitives.ReadInt32BigEndian(at), type, items, store.Slice(offset, length).ToArray()));
        }
        return entries;
    }

    private static int Length(ReadOnlySpan<byte> at, int type, int count)
    {
        if (type is 6 or 8 or 9)
        {
            var end = 0;
            for (var i = 0; i < count; i++)
            {
                var zero = at[end..].IndexOf((byte)0);
                if (zero < 0) return -1;
                end += zero + 1;
            }
            return end;
        }
        var bytes = (long)count * type switch { 1 or 2 or 7 => 1, 3 => 2, 4 => 4, 5 => 8, _ => 0 };
        return bytes > int.MaxValue ? -1 : (int)bytes;
    }

    private static int Alignment(int type) => type switch { 3 => 2, 4 => 4, 5 => 8, _ => 1 };

    private static byte[] TakeHeader(Stream stream, string name)
    {
        var intro = Take(stream, 16, name);
        if (!intro.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 0x01])) throw Broken(name, "a header does not start as one");
        long entries = BinaryPrimitives.ReadUInt32BigEndian(intro.AsSpan(8)), bytes = BinaryPrimitives.ReadUInt32BigEndian(intro.AsSpan(12));
        if (entries > 0x10000 || bytes > MaxSignatureHeaderBytes * 4L) throw Broken(name, $"a header claims {entries} entries and {bytes} bytes");
        var rest = Take(stream, (int)(16 * entries + bytes), name);
        return [.. intro, .. rest];
    }

    private static byte[] Take(Stream stream, int length, string name)
    {
        // Grown as it arrives: a claimed length is not trusted with memory.
        var taken = new MemoryStream();
        var buffer = new byte[Math.Min(length, 1 << 16)];
        while (taken.Length < length)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length - taken.Length));
            if (read == 0) throw Broken(name, "it ends early");
            taken.Write(buffer, 0, read);
        }
        return taken.ToArray();
    }

    private static void WriteEntry(Stream to, int tag, int type, int offset, int count)
    {
        WriteInt(to, tag);
        WriteInt(to, type);
        WriteInt(to, offset);
        WriteInt(to, count);
    }

    private static void WriteInt(Stream to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        to.Write(bytes);
    }

    private static SlipwayException Broken(string name, string why) => new($"rpm {name}", why, "build the package again");
}
