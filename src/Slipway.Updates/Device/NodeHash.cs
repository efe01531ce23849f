using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>The hash of what is in a tree now (format 1.6).</summary>
public static class NodeHash
{
    /// <summary>The hash of a path that must be there.</summary>
    /// <exception cref="SlipwayException">There is nothing, or something that update content does not hold.</exception>
    public static SwupdHash Of(RootedTree tree, BytePath path) => tree.Stat(path) is { } stat
        ? Of(tree, path, stat) ?? throw new SlipwayException($"/{path}", "it is no file, directory or link")
        : throw new SlipwayException($"/{path}", "there is no such file");

    /// <summary>Null for what update content does not hold: devices, pipes, sockets.</summary>
    public static SwupdHash? Of(RootedTree tree, BytePath path, FileStat stat)
    {
        switch (stat.Type)
        {
            case NodeType.Directory:
                return SwupdHash.OfDirectory((uint)stat.Mode, stat.Uid, stat.Gid);
            case NodeType.Symlink:
                return SwupdHash.OfLink(stat.Uid, stat.Gid, tree.ReadLink(path).Span);
            case NodeType.Regular:
                using (var content = tree.OpenRead(path))
                {
                    return SwupdHash.OfFile((uint)stat.Mode, stat.Uid, stat.Gid, stat.Size, content);
                }
            default:
                return null;
        }
    }

    internal static RecordType TypeOf(NodeType type) => type switch
    {
        NodeType.Regular => RecordType.File,
        NodeType.Directory => RecordType.Directory,
        NodeType.Symlink => RecordType.Link,
        _ => RecordType.Unset,
    };
}
