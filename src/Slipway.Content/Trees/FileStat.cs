namespace Slipway.Content;

/// <summary>What a node of a file tree or of an archive is.</summary>
public enum NodeType
{
    /// <summary>Something this code does not know.</summary>
    Unknown,

    /// <summary>A file with content.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A further name of a file named before; archives only.</summary>
    HardLink,

    /// <summary>A character device.</summary>
    CharDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>What the kernel says of a node, links not followed.</summary>
/// <param name="Type">What the node is.</param>
/// <param name="Mode">Type bits (S_IFMT) and permission bits.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Size">Bytes of content; of a symbolic link, of its target.</param>
/// <param name="ModifiedNs">Nanoseconds since 1970 of the last change of content.</param>
/// <param name="ChangedNs">Nanoseconds since 1970 of the last change of the node.</param>
/// <param name="Device">The file system it is on.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="RawDevice">Of a device node, its number; see <see cref="DeviceNumber"/>.</param>
public readonly record struct FileStat(
    NodeType Type,
    int Mode,
    uint Uid,
    uint Gid,
    long Size,
    long ModifiedNs,
    long ChangedNs,
    ulong Device,
    ulong Inode,
    uint Links,
    ulong RawDevice)
{
    /// <summary>The permission bits, 0 to 07777.</summary>
    public int Permissions => Mode & 0xfff;

    /// <summary>The node type of the S_IFMT bits of a mode.</summary>
    public static NodeType TypeOf(int mode) => (mode & 0xf000) switch
    {
        0x8000 => NodeType.Regular,
        0x4000 => NodeType.Directory,
        0xa000 => NodeType.Symlink,
        0x2000 => NodeType.CharDevice,
        0x6000 => NodeType.BlockDevice,
        0x1000 => NodeType.Fifo,
        0xc000 => NodeType.Socket,
        _ => NodeType.Unknown,
    };

    /// <summary>The S_IFMT bits of a node type; 0 for those that have none.</summary>
    public static int TypeBits(NodeType type) => type switch
    {
        NodeType.Regular or NodeType.HardLink => 0x8000,
        NodeType.Directory => 0x4000,
        NodeType.Symlink => 0xa000,
        NodeType.CharDevice => 0x2000,
        NodeType.BlockDevice => 0x6000,
        NodeType.Fifo => 0x1000,
        NodeType.Socket => 0xc000,
        _ => 0,
    };
}

/// <summary>One node met by a walk: its path from the root of the tree, and what it is.</summary>
public readonly record struct TreeEntry(BytePath Path, FileStat Stat);
