using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Tests.Rpm;

/// <summary>
/// Writes rpm files by the published descriptions of format 4 and format 6; Debian 12 has no rpm that writes the sixth.
/// What a test wants broken it changes through <see cref="Header"/>, <see cref="Signature"/> and the payload's bytes.
/// </summary>
internal sealed class RpmBuilder(int format)
{
    public sealed record FileEntry(string Directory, string Name, int Mode, string Content, string Target = "", int Inode = 0, string Capabilities = "");

    public List<FileEntry> Files { get; } = [];
    public Compression Compression { get; init; } = Compression.Zstd;

    /// <summary>Last changes to the entries of the main header, by tag.</summary>
    public Action<SortedDictionary<int, (int Type, int Count, byte[] Value)>> Header { get; init; } = _ => { };

    /// <summary>The same for the signature header, when the digests are in it.</summary>
    public Action<SortedDictionary<int, (int Type, int Count, byte[] Value)>> Signature { get; init; } = _ => { };

    public byte[] Build()
    {
        var plain = Payload();
        var payload = Compressor.Compress(plain, Compression);
        var entries = Tags(payload, plain);
        Header(entries);
        var header = Structure(63, entries);
        var signature = new SortedDictionary<int, (int, int, byte[])>
        {
            [273] = Text(Convert.ToHexStringLower(SHA256.HashData(header))),
        };
        if (format == 6)
        {
            if (SHA3_256.IsSupported) signature[279] = Text(Convert.ToHexStringLower(SHA3_256.HashData(header)));
            signature[999] = (7, 32, new byte[32]);
        }
        Signature(signature);
        var file = new MemoryStream();
        file.Write([0xed, 0xab, 0xee, 0xdb, (byte)(format == 6 ? 4 : 3), 0, .. new byte[72], 0, 5, .. new byte[16]]);
        file.Write(Structure(62, signature));
        while (file.Length % 8 != 0) file.WriteByte(0);
        file.Write(header);
        file.Write(payload);
        return file.ToArray();
    }

    private SortedDictionary<int, (int Type, int Count, byte[] Value)> Tags(byte[] payload, byte[] plain)
    {
        var directories = Files.Select(f => f.Directory).Distinct().ToArray();
        var tags = new SortedDictionary<int, (int Type, int Count, byte[] Value)>
        {
            [1000] = Text("greet"),
            [1001] = Text("1.5"),
            [1002] = Text("3"),
            [1004] = (9, 1, [.. "Says hello"u8, 0]),
            [1005] = (9, 1, [.. "Says hello at length."u8, 0]),
            [1014] = Text("MIT"),
            [1021] = Text("linux"),
            [1022] = Text("x86_64"),
            [1030] = (3, Files.Count, [.. Files.SelectMany(f => Big((ushort)f.Mode, 2))]),
            [1033] = (3, Files.Count, new byte[2 * Files.Count]),
            [1034] = (4, Files.Count, [.. Files.SelectMany(_ => Big(1_700_000_000, 4))]),
            [1035] = Texts(Files.Select(f => f.Mode >> 12 == 8 ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Content))) : "")),
            [1036] = Texts(Files.Select(f => f.Target)),
            [1037] = (4, Files.Count, new byte[4 * Files.Count]),
            [1039] = Texts(Files.Select(_ => "root")),
            [1040] = Texts(Files.Select(_ => "wheel")),
            [1047] = Texts(["greet"]),
            [1095] = (4, Files.Count, [.. Files.SelectMany(_ => Big(1, 4))]),
            [1096] = (4, Files.Count, [.. Files.SelectMany((f, i) => Big((ulong)(f.Inode == 0 ? i + 1000 : f.Inode), 4))]),
            [1112] = (4, 1, Big(8, 4)),
            [1113] = Texts(["1.5-3"]),
            [1116] = (4, Files.Count, [.. Files.SelectMany(f => Big((ulong)Array.IndexOf(directories, f.Directory), 4))]),
            [1117] = Texts(Files.Select(f => f.Name)),
            [1118] = Texts(directories),
            [1124] = Text("cpio"),
            [5010] = Texts(Files.Select(f => f.Capabilities)),
            [5011] = (4, 1, Big(8, 4)),
            [5092] = Texts([Convert.ToHexStringLower(SHA256.HashData(payload))]),
            [5093] = (4, 1, Big(8, 4)),
        };
        if (format == 6) AddSixth(tags, payload, plain);
        else
        {
            tags[1009] = (4, 1, Big((ulong)Files.Sum(f => f.Content.Length), 4));
            tags[1028] = (4, Files.Count, [.. Files.SelectMany(f => Big(SizeOf(f), 4))]);
            tags[1044] = Text("greeting-1.5-3.src.rpm");
        }
        return tags;
    }

    private void AddSixth(SortedDictionary<int, (int Type, int Count, byte[] Value)> tags, byte[] payload, byte[] plain)
    {
        tags[5008] = (5, Files.Count, [.. Files.SelectMany(f => Big(SizeOf(f), 8))]);
        tags[5009] = (5, 1, Big((ulong)Files.Sum(f => f.Content.Length), 8));
        tags[5062] = Text("utf-8");
        tags[5097] = Texts([Convert.ToHexStringLower(SHA256.HashData(plain))]);
        tags[5112] = (5, 1, Big((ulong)payload.Length, 8));
        tags[5113] = (5, 1, Big((ulong)plain.Length, 8));
        tags[5114] = (4, 1, Big(6, 4));
        tags[5120] = Text("greeting-2:1.5-3");
        tags[5121] = Text(Convert.ToHexStringLower(SHA512.HashData(payload)));
        if (SHA3_256.IsSupported) tags[5123] = Text(Convert.ToHexStringLower(SHA3_256.HashData(payload)));
    }

    private static ulong SizeOf(FileEntry file) => (ulong)(file.Mode >> 12 == 10 ? file.Target.Length : Encoding.UTF8.GetByteCount(file.Content));

    /// <summary>Format 6: heads of a number in the file list. Format 4: cpio of the new form. Of hard links the last carries the content.</summary>
    private byte[] Payload()
    {
        var stream = new MemoryStream();
        for (var i = 0; i < Files.Count; i++)
        {
            var file = Files[i];
            var content = Encoding.UTF8.GetBytes(file.Mode >> 12 == 10 ? file.Target : file.Content);
            if (file.Inode != 0 && Files.FindLastIndex(f => f.Inode == file.Inode) != i) content = [];
            if (format == 6) Write(string.Create(CultureInfo.InvariantCulture, $"07070X{i:x8}"));
            else WriteNew("." + file.Directory + file.Name, file.Mode, content.Length);
            stream.Write(content);
            Pad();
        }
        WriteNew("TRAILER!!!", 0, 0);
        return stream.ToArray();

        void WriteNew(string name, int mode, int size) => Write(string.Create(CultureInfo.InvariantCulture,
            $"070701{1:x8}{mode:x8}{0:x8}{0:x8}{1:x8}{0:x8}{size:x8}{0:x8}{0:x8}{0:x8}{0:x8}{name.Length + 1:x8}{0:x8}{name}\0"));

        void Write(string text)
        {
            stream.Write(Encoding.Latin1.GetBytes(text));
            Pad();
        }

        void Pad()
        {
            while (stream.Length % 4 != 0) stream.WriteByte(0);
        }
    }

    /// <summary>One header structure with its region.</summary>
    private static byte[] Structure(int region, SortedDictionary<int, (int Type, int Count, byte[] Value)> entries)
    {
        var index = new MemoryStream();
        var store = new MemoryStream();
        foreach (var (tag, (type, count, value)) in entries)
        {
            while (store.Length % (type switch { 3 => 2, 4 => 4, 5 => 8, _ => 1 }) != 0) store.WriteByte(0);
            Entry(index, tag, type, (int)store.Length, count);
            store.Write(value);
        }
        var at = (int)store.Length;
        Entry(store, region, 7, -16 * (entries.Count + 1), 16);
        var whole = new MemoryStream();
        whole.Write([0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0, .. Big((ulong)entries.Count + 1, 4), .. Big((ulong)store.Length, 4)]);
        Entry(whole, region, 7, at, 16);
        index.WriteTo(whole);
        store.WriteTo(whole);
        return whole.ToArray();
    }

    private static void Entry(MemoryStream to, int tag, int type, int offset, int count) =>
        to.Write([.. Big((uint)tag, 4), .. Big((uint)type, 4), .. Big((uint)offset, 4), .. Big((uint)count, 4)]);

    public static (int Type, int Count, byte[] Value) Text(string text) => (6, 1, [.. Encoding.UTF8.GetBytes(text), 0]);

    public static (int Type, int Count, byte[] Value) Texts(IEnumerable<string> texts)
    {
        var all = texts.ToList();
        return (8, all.Count, [.. all.SelectMany(t => Encoding.UTF8.GetBytes(t).Append((byte)0))]);
    }

    public static byte[] Big(ulong number, int bytes)
    {
        var value = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(value, number);
        return value[^bytes..];
    }
}
