using Slipway.Content;

namespace Slipway.Compose.Images;

/// <summary>A root as a tar archive, with modes, owners, hard links and extended attributes.</summary>
internal static class RootArchive
{
    public static void Write(string root, string file, long time)
    {
        using var tree = RootedTree.Open(root);
        using var output = new FileStream(file, FileMode.CreateNew);
        using var packed = Compressor.Compress(output, Compression.Zstd, level: 10, leaveOpen: true);
        using var tar = new TarWriter(packed, leaveOpen: true);
        var first = new Dictionary<(ulong Device, ulong Inode), BytePath>();
        foreach (var (path, stat) in tree.Walk())
        {
            if (!path.IsEmpty)
                Add(tar, tree, path, stat, time, first);
        }
        tar.Finish();
    }

    private static void Add(TarWriter tar, RootedTree tree, BytePath path, FileStat stat, long time, Dictionary<(ulong Device, ulong Inode), BytePath> first)
    {
        var isFurther = stat.Type == NodeType.Regular && stat.Links > 1 && !first.TryAdd((stat.Device, stat.Inode), path);
        var entry = new TarEntry
        {
            Name = path,
            Type = isFurther ? NodeType.HardLink : stat.Type,
            Mode = stat.Permissions,
            Uid = stat.Uid,
            Gid = stat.Gid,
            Size = stat.Type == NodeType.Regular && !isFurther ? stat.Size : 0,
            LinkTarget = isFurther ? first[(stat.Device, stat.Inode)] : stat.Type == NodeType.Symlink ? tree.ReadLink(path) : BytePath.Empty,
            ModifiedUnix = time,
            Xattrs = stat.Type == NodeType.Regular && tree.GetXattrs(path) is { Count: > 0 } attributes ? attributes : null,
        };
        if (entry.Type != NodeType.Regular)
        {
            tar.Add(entry);
            return;
        }
        using var content = tree.OpenRead(path);
        tar.Add(entry, content);
    }
}
