namespace Slipway.Content;

/// <summary>The head of one archive member.</summary>
public sealed record TarEntry
{
    /// <summary>The name as written, without the slash that ends a directory's; see <see cref="BytePath.Relative"/> for the bare form.</summary>
    public required BytePath Name { get; init; }

    /// <summary>What it is.</summary>
    public required NodeType Type { get; init; }

    /// <summary>Permission bits, 0 to 07777.</summary>
    public int Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group.</summary>
    public uint Gid { get; init; }

    /// <summary>Bytes of content; 0 for all but regular files.</summary>
    public long Size { get; init; }

    /// <summary>Of a symbolic link its target; of a hard link the earlier member's name; else empty.</summary>
    public BytePath LinkTarget { get; init; }

    /// <summary>Seconds since 1970 of the last change.</summary>
    public long ModifiedUnix { get; init; }

    /// <summary>Of a device node, the major number.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Of a device node, the minor number.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes by name; null when the member has none.</summary>
    public IReadOnlyDictionary<string, byte[]>? Xattrs { get; init; }
}

/// <summary>What a reader takes from an archive that somebody else made.</summary>
public sealed record TarLimits
{
    /// <summary>Members in one archive.</summary>
    public int MaxEntries { get; init; } = 2_000_000;

    /// <summary>Bytes of one name or link target.</summary>
    public int MaxNameBytes { get; init; } = 4096;

    /// <summary>Bytes of one pax header; it holds the extended attributes, so it may be larger than a name.</summary>
    public int MaxPaxBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of one member's content.</summary>
    public long MaxEntryBytes { get; init; } = 16L << 30;

    /// <summary>Bytes of content of the whole archive.</summary>
    public long MaxTotalBytes { get; init; } = 64L << 30;
}

/// <summary>An archive that is damaged, or that asks for more than is allowed.</summary>
public sealed class TarException(string why, BytePath member = default)
    : SlipwayException(member.IsEmpty ? "tar archive" : $"tar member {member}", why, "get the archive again; if it stays the same, do not trust it");
