using Slipway.Content;

namespace Slipway.Compose.Roots;

/// <summary>Writes a planned root as a tree: hard links to the unpacked payloads, with the modes and owners of the packages.</summary>
internal static class FullRoot
{
    public static void Write(RootPlan plan, string directory, CancellationToken cancellation)
    {
        using var tree = RootedTree.OpenOrCreate(directory);
        tree.Chmod(BytePath.Empty, 0x1ed);
        foreach (var node in plan.Nodes)
        {
            cancellation.ThrowIfCancellationRequested();
            WriteNode(tree, node);
        }
        // Modes of directories last: a directory that its owner may not write to is filled like any other.
        foreach (var node in plan.Nodes)
        {
            if (node.Entry.Type == NodeType.Directory)
            {
                tree.Chown(node.Path, node.Entry.Uid, node.Entry.Gid);
                tree.Chmod(node.Path, node.Entry.Mode);
            }
        }
    }

    private static void WriteNode(RootedTree tree, RootNode node)
    {
        var entry = node.Entry;
        switch (entry.Type)
        {
            case NodeType.Directory:
                tree.MakeDirectory(node.Path, 0x1ed);
                break;
            case NodeType.Symlink:
                tree.MakeSymlink(node.Path, entry.LinkTarget);
                tree.Chown(node.Path, entry.Uid, entry.Gid);
                break;
            default:
                Link(tree, node);
                break;
        }
    }

    private static void Link(RootedTree tree, RootNode node)
    {
        var blob = node.Source.Payload.PathOf(node.Entry.Blob);
        try
        {
            tree.LinkFromOutside(blob, node.Path);
        }
        catch (TreeException e) when (e.Errno is 18 /* EXDEV */ or 31 /* EMLINK */ or 1 /* EPERM */)
        {
            using var content = new FileStream(blob, FileMode.Open, FileAccess.Read, FileShare.Read);
            tree.WriteFile(node.Path, content, node.Entry.Mode, uid: node.Entry.Uid, gid: node.Entry.Gid);
        }
    }
}
