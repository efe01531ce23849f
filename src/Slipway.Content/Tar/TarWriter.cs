using System.Globalization;
using System.Text;

namespace Slipway.Content;

/// <summary>
/// Writes POSIX ustar, with a pax header only where a member does not fit. The same members give the same bytes:
/// no user or group names, no times but those given.
/// </summary>
public sealed class TarWriter(Stream destination, bool leaveOpen = false) : IDisposable
{
    private const int CopyBlock = 1 << 17;
    private const long MaxOctal7 = 0x1fffff;
    private const long MaxOctal11 = 0x1ffffffff;
    private readonly byte[] _block = new byte[TarHeader.Block];
    private bool _finished;

    /// <summary>The bytes of the two blocks that end an archive.</summary>
    public const int EndBytes = TarHeader.Block * 2;

    /// <summary>How many bytes a member takes, head and padding counted.</summary>
    public static long SizeOf(TarEntry entry)
    {
        var pax = PaxOf(entry, NameOf(entry)).Length;
        var head = pax > 0 ? 2 * TarHeader.Block + Padded(pax) : TarHeader.Block;
        return head + (entry.Type == NodeType.Regular ? Padded(entry.Size) : 0);
    }

    /// <summary>So many bytes of content, filled up to whole blocks.</summary>
    public static long Padded(long bytes) => (bytes + TarHeader.Block - 1) / TarHeader.Block * TarHeader.Block;

    /// <summary>Writes one member. The content must have exactly the entry's size; null is for members without content.</summary>
    public void Add(TarEntry entry, Stream? content = null)
    {
        AddHead(entry);
        if (entry.Type == NodeType.Regular) AddContent(entry, content ?? Stream.Null);
    }

    /// <summary>Writes a member up to where its content begins, for those that have the content in another form already.</summary>
    public void AddHead(TarEntry entry)
    {
        var name = NameOf(entry);
        var pax = PaxOf(entry, name);
        if (pax.Length > 0) AddPax(pax);
        WriteHeader(entry, name);
    }

    /// <summary>Writes a member's content and what fills up its last block.</summary>
    public void AddContent(TarEntry entry, Stream content)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(CopyBlock);
        try
        {
            var left = entry.Size;
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                left -= read;
                if (left < 0) break;
                destination.Write(buffer, 0, read);
            }

            if (left != 0) throw new TarException($"its content does not have the {entry.Size} bytes it was announced with", entry.Name);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        Pad(entry.Size);
    }

    /// <summary>Writes one regular file from bytes.</summary>
    public void Add(TarEntry entry, byte[] content) =>
        Add(entry with { Size = content.Length }, new MemoryStream(content, writable: false));

    /// <summary>Ends the archive with two blocks of zeros.</summary>
    public void Finish()
    {
        if (_finished) return;
        _finished = true;
        destination.Write(new byte[TarHeader.Block * 2]);
        destination.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!leaveOpen) destination.Dispose();
    }

    private static BytePath NameOf(TarEntry entry) =>
        entry.Type == NodeType.Directory ? new BytePath([.. entry.Name.Span, (byte)'/']) : entry.Name;

    private static byte[] PaxOf(TarEntry entry, BytePath name)
    {
        var records = new MemoryStream();
        if (SplitName(name) < 0) WriteText("path", name.Span);
        if (entry.LinkTarget.Length > TarHeader.NameLength) WriteText("linkpath", entry.LinkTarget.Span);
        if (entry.Size > MaxOctal11) WriteNumber("size", entry.Size);
        if (entry.Uid > MaxOctal7) WriteNumber("uid", entry.Uid);
        if (entry.Gid > MaxOctal7) WriteNumber("gid", entry.Gid);
        if (entry.ModifiedUnix is < 0 or > MaxOctal11) WriteNumber("mtime", entry.ModifiedUnix);
        foreach (var (attribute, value) in (entry.Xattrs ?? new Dictionary<string, byte[]>()).OrderBy(x => x.Key, StringComparer.Ordinal))
            PaxRecords.Write(records, "SCHILY.xattr." + attribute, value);
        return records.ToArray();

        void WriteNumber(string key, long value) =>
            PaxRecords.Write(records, key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

        void WriteText(string key, ReadOnlySpan<byte> value)
        {
            // pax names are UTF-8 unless the header says that they are what they are.
            if (!System.Text.Unicode.Utf8.IsValid(value)) PaxRecords.Write(records, "hdrcharset", "BINARY"u8);
            PaxRecords.Write(records, key, value);
        }
    }

    private void AddPax(byte[] records)
    {
        WriteBlock((byte)'x', BytePath.From("././@PaxHeader"), 0, 0x1a4, 0, 0, records.Length, 0, default, 0, 0);
        destination.Write(records);
        Pad(records.Length);
    }

    private void WriteHeader(TarEntry entry, BytePath name) => WriteBlock(
        FlagOf(entry), name, Math.Max(0, SplitName(name)), entry.Mode & 0xfff,
        entry.Uid > MaxOctal7 ? 0 : entry.Uid, entry.Gid > MaxOctal7 ? 0 : entry.Gid,
        entry.Type != NodeType.Regular || entry.Size > MaxOctal11 ? 0 : entry.Size,
        entry.ModifiedUnix is < 0 or > MaxOctal11 ? 0 : entry.ModifiedUnix,
        entry.LinkTarget, entry.DeviceMajor, entry.DeviceMinor);

    private void WriteBlock(
        byte flag, BytePath name, int split, int mode, long uid, long gid, long size, long modified,
        BytePath link, uint major, uint minor)
    {
        _block.AsSpan().Clear();
        var tail = split == 0 ? name.Span : name.Span[(split + 1)..];
        Copy(tail, TarHeader.Name);
        Copy(name.Span[..split], TarHeader.Prefix);
        Octal(mode, TarHeader.Mode);
        Octal(uid, TarHeader.Uid);
        Octal(gid, TarHeader.Gid);
        Octal(size, TarHeader.Size);
        Octal(modified, TarHeader.Modified);
        _block[TarHeader.TypeFlag] = flag;
        Copy(link.Span, TarHeader.LinkName);
        Copy("ustar\000"u8, TarHeader.Magic);
        Octal(major, TarHeader.DeviceMajor);
        Octal(minor, TarHeader.DeviceMinor);
        _block.AsSpan(TarHeader.Checksum).Fill((byte)' ');
        long sum = 0;
        foreach (var b in _block) sum += b;
        Octal(sum, 148..155);
        _block[154] = 0;
        destination.Write(_block);
    }

    private void Pad(long size)
    {
        var over = (int)(size % TarHeader.Block);
        if (over > 0) destination.Write(new byte[TarHeader.Block - over]);
    }

    private void Copy(ReadOnlySpan<byte> text, Range field)
    {
        var room = _block.AsSpan(field);
        text[..Math.Min(text.Length, room.Length)].CopyTo(room);
    }

    private void Octal(long value, Range field)
    {
        var room = _block.AsSpan(field)[..^1];
        for (var i = room.Length - 1; i >= 0; i--, value >>= 3) room[i] = (byte)('0' + (value & 7));
    }

    /// <summary>The slash at which a name parts into prefix and name; 0 when it needs none, -1 when there is no such slash.</summary>
    private static int SplitName(BytePath name)
    {
        if (name.Length <= TarHeader.NameLength) return 0;
        for (var at = Math.Min(name.Length - 2, TarHeader.PrefixLength); at > 0 && name.Length - at - 1 <= TarHeader.NameLength; at--)
            if (name.Span[at] == '/') return at;
        return -1;
    }

    private static byte FlagOf(TarEntry entry) => entry.Type switch
    {
        NodeType.Regular => (byte)'0',
        NodeType.HardLink => (byte)'1',
        NodeType.Symlink => (byte)'2',
        NodeType.CharDevice => (byte)'3',
        NodeType.BlockDevice => (byte)'4',
        NodeType.Directory => (byte)'5',
        NodeType.Fifo => (byte)'6',
        _ => throw new TarException($"a {entry.Type} has no place in an archive", entry.Name),
    };
}
