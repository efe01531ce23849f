using System.Globalization;
using System.Text;

namespace Slipway.Content;

/// <summary>
/// Reads tar archives (ustar, pax, GNU long names and numbers) from an uncompressed stream, member by member, in bounded memory.
/// What it reads may come from anybody: each length is checked against the limits before it is used.
/// </summary>
public sealed partial class TarReader(Stream source, TarLimits? limits = null) : IDisposable
{
    private readonly TarLimits _limits = limits ?? new TarLimits();
    private readonly Dictionary<string, byte[]> _global = new(StringComparer.Ordinal);
    private readonly byte[] _block = new byte[TarHeader.Block];
    private MemberStream _content = new(source, 0);
    private int _entries;
    private long _total;
    private bool _ended;

    /// <summary>The content of the member that <see cref="Next"/> returned last; what is not read of it is skipped.</summary>
    public Stream Content => _content;

    /// <summary>Goes to the next member; null at the end of the archive.</summary>
    public TarEntry? Next()
    {
        if (_ended) return null;
        _content.SkipWithPadding();
        var pax = new Dictionary<string, byte[]>(_global, StringComparer.Ordinal);
        byte[]? longName = null, longLink = null;
        while (ReadHeader())
        {
            switch ((char)_block[TarHeader.TypeFlag])
            {
                case 'x': PaxRecords.Read(ReadExtra(_limits.MaxPaxBytes, "pax header"), pax); continue;
                case 'g': ReadGlobal(pax); continue;
                case 'L': longName = TrimZero(ReadExtra(_limits.MaxNameBytes + 1, "name")); continue;
                case 'K': longLink = TrimZero(ReadExtra(_limits.MaxNameBytes + 1, "link target")); continue;
                default: return Begin(ToEntry(pax, longName, longLink));
            }
        }

        _ended = true;
        return null;
    }

    /// <summary>Ends reading; the source stays open.</summary>
    public void Dispose() => _content.Dispose();

    /// <summary>False at the block of zeros that ends an archive.</summary>
    private bool ReadHeader()
    {
        if (++_entries > _limits.MaxEntries) throw new TarException($"it has more than {_limits.MaxEntries} members");
        var read = source.ReadAtLeast(_block, TarHeader.Block, throwOnEndOfStream: false);
        // An archive that stops at a member's end without its zero blocks: GNU tar and others accept it.
        if (read == 0 && _entries > 1) return false;
        if (read < TarHeader.Block) throw new TarException("it ends in the middle of a header");
        if (!_block.AsSpan().ContainsAnyExcept((byte)0)) return false;
        return TarHeader.HasValidChecksum(_block) ? true : throw new TarException("a header's checksum is wrong");
    }

    private void ReadGlobal(Dictionary<string, byte[]> pax)
    {
        var content = ReadExtra(_limits.MaxPaxBytes, "pax header");
        PaxRecords.Read(content, _global);
        PaxRecords.Read(content, pax);
        if (_global.Sum(r => (long)r.Key.Length + r.Value.Length) > _limits.MaxPaxBytes)
            throw new TarException($"its global pax headers hold more than {_limits.MaxPaxBytes} bytes");
    }

    private byte[] ReadExtra(int limit, string what)
    {
        var size = Field(TarHeader.Size, "size");
        if (size < 0 || size > limit) throw new TarException($"a {what} of {size} bytes is declared and {limit} are allowed");
        var content = new byte[size];
        using var stream = new MemberStream(source, size);
        stream.ReadExactly(content);
        stream.SkipWithPadding();
        return content;
    }

    private TarEntry Begin(TarEntry entry)
    {
        if (entry.Size > _limits.MaxEntryBytes)
            throw new TarException($"it declares {entry.Size} bytes and {_limits.MaxEntryBytes} are allowed", entry.Name);
        _total += entry.Size;
        if (_total > _limits.MaxTotalBytes) throw new TarException($"the archive has more than {_limits.MaxTotalBytes} bytes of content");
        _content = new MemberStream(source, entry.Size);
        return entry;
    }

    private TarEntry ToEntry(Dictionary<string, byte[]> pax, byte[]? longName, byte[]? longLink)
    {
        var name = Name(pax.GetValueOrDefault("path") ?? longName ?? HeaderName());
        if (pax.Keys.FirstOrDefault(k => k.StartsWith("GNU.sparse.", StringComparison.Ordinal)) is not null)
            throw new TarException("it is stored as a sparse file, which is not supported", name);
        var type = TypeOf((char)_block[TarHeader.TypeFlag], name);
        var trimmed = name.Span.TrimEnd((byte)'/');
        var size = PaxNumber(pax, "size") ?? Field(TarHeader.Size, "size");
        if (size < 0) throw new TarException("its size is negative", name);
        return new TarEntry
        {
            Name = trimmed.Length == name.Length ? name : new BytePath(trimmed),
            Type = type,
            Mode = (int)(Field(TarHeader.Mode, "mode") & 0xfff),
            Uid = Id(PaxNumber(pax, "uid") ?? Field(TarHeader.Uid, "uid"), name),
            Gid = Id(PaxNumber(pax, "gid") ?? Field(TarHeader.Gid, "gid"), name),
            Size = type is NodeType.Regular or NodeType.Unknown ? size : 0,
            LinkTarget = type is NodeType.Symlink or NodeType.HardLink
                ? Name(pax.GetValueOrDefault("linkpath") ?? longLink ?? TarHeader.Text(_block.AsSpan(TarHeader.LinkName)).ToArray())
                : BytePath.Empty,
            ModifiedUnix = PaxNumber(pax, "mtime") ?? Field(TarHeader.Modified, "mtime"),
            DeviceMajor = type is NodeType.CharDevice or NodeType.BlockDevice ? Id(Field(TarHeader.DeviceMajor, "device"), name) : 0,
            DeviceMinor = type is NodeType.CharDevice or NodeType.BlockDevice ? Id(Field(TarHeader.DeviceMinor, "device"), name) : 0,
            Xattrs = Xattrs(pax),
        };
    }

    private byte[] HeaderName()
    {
        var name = TarHeader.Text(_block.AsSpan(TarHeader.Name));
        var prefix = TarHeader.Text(_block.AsSpan(TarHeader.Prefix));
        // GNU's own header ("ustar  ") keeps times where POSIX has the prefix.
        var isPosix = _block.AsSpan(TarHeader.Magic)[..6].SequenceEqual("ustar\0"u8);
        return isPosix && !prefix.IsEmpty ? [.. prefix, (byte)'/', .. name] : name.ToArray();
    }

    private BytePath Name(byte[] bytes)
    {
        if (bytes.Length == 0) throw new TarException("a member has no name, or a link no target");
        if (bytes.Length > _limits.MaxNameBytes) throw new TarException($"a name has more than {_limits.MaxNameBytes} bytes");
        return bytes.AsSpan().Contains((byte)0) ? throw new TarException("a name has a zero byte") : new BytePath(bytes);
    }

    private long Field(Range field, string what) =>
        TarHeader.Number(_block.AsSpan(field)) ?? throw new TarException($"a header's {what} is not a number");

    private static long? PaxNumber(Dictionary<string, byte[]> pax, string key)
    {
        if (!pax.TryGetValue(key, out var value) || value.Length == 0) return null;
        var text = Encoding.ASCII.GetString(value);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return long.TryParse(point < 0 ? text : text[..point], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new TarException($"a pax header's {key} is not a number");
    }

    private static uint Id(long number, BytePath name) =>
        number is >= 0 and <= uint.MaxValue ? (uint)number : throw new TarException($"the number {number} is out of range", name);

    private static SortedDictionary<string, byte[]>? Xattrs(Dictionary<string, byte[]> pax)
    {
        const string prefix = "SCHILY.xattr.";
        SortedDictionary<string, byte[]>? found = null;
        foreach (var (key, value) in pax)
            if (key.StartsWith(prefix, StringComparison.Ordinal))
                (found ??= new(StringComparer.Ordinal))[key[prefix.Length..]] = value;
        return found;
    }

    private static NodeType TypeOf(char flag, BytePath name) => flag switch
    {
        // Before POSIX a directory was a file whose name ends in a slash.
        '0' or '\0' or '7' => name.Span[^1] == '/' ? NodeType.Directory : NodeType.Regular,
        '1' => NodeType.HardLink,
        '2' => NodeType.Symlink,
        '3' => NodeType.CharDevice,
        '4' => NodeType.BlockDevice,
        '5' => NodeType.Directory,
        '6' => NodeType.Fifo,
        'S' or 'M' or 'D' => throw new TarException($"its GNU type '{flag}' is not supported", name),
        _ => NodeType.Unknown,
    };

    private static byte[] TrimZero(byte[] text) => text.AsSpan().TrimEnd((byte)0).ToArray();
}
