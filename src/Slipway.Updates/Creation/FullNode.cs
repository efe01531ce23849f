using Slipway.Content;

namespace Slipway.Updates;

/// <summary>One node of a version's full root. The path begins with a slash.</summary>
internal sealed class FullNode
{
    /// <summary>Where its content is.</summary>
    public required FullRoot Root { get; init; }

    public required BytePath Path { get; init; }

    public required RecordType Type { get; init; }

    /// <summary>Permission bits.</summary>
    public required uint Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    /// <summary>Bytes of a file's content or a link's target; 0 for a directory.</summary>
    public required long Size { get; init; }

    /// <summary>Of a link.</summary>
    public BytePath Target { get; init; }

    /// <summary>What tells an unchanged file from a changed one without reading it.</summary>
    public required NodeStamp Stamp { get; init; }

    public SwupdHash Hash { get; set; }
}

/// <summary>Identity and times of a file's bytes: a file on disk (offset 0) or a stretch of an archive.</summary>
internal readonly record struct NodeStamp(ulong Device, ulong Inode, long Offset, long Size, long ModifiedNs, long ChangedNs);
