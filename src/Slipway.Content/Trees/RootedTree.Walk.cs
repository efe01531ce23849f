using Microsoft.Win32.SafeHandles;
using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    private const int ListBlock = 1 << 16;

    /// <summary>
    /// Every node below a directory (not the directory itself), each directory before what it holds, the names of one directory
    /// in the order of their bytes. Links are not followed. Paths are from the root of the tree.
    /// </summary>
    /// <param name="below">Where to begin; unset is the root.</param>
    public IEnumerable<TreeEntry> Walk(BytePath? below = null)
    {
        var pending = new Stack<TreeEntry>();
        Push(List(below?.Relative ?? BytePath.Empty, last: 0));
        while (pending.TryPop(out var entry))
        {
            yield return entry;
            if (entry.Stat.Type == NodeType.Directory) Push(List(entry.Path, Libc.O_NOFOLLOW));
        }

        void Push(List<TreeEntry> entries)
        {
            for (var i = entries.Count - 1; i >= 0; i--) pending.Push(entries[i]);
        }
    }

    /// <summary>The nodes of one directory, in the order of their bytes.</summary>
    public IReadOnlyList<TreeEntry> List(BytePath directory) => List(directory.Relative, last: 0);

    private List<TreeEntry> List(BytePath directory, int last)
    {
        var fd = OpenBelow(directory, Libc.O_RDONLY | Libc.O_DIRECTORY | last);
        if (fd < 0) throw Failure("list", directory);
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        var names = ReadNames(fd, directory);
        names.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var entries = new List<TreeEntry>(names.Count);
        foreach (var name in names)
        {
            var path = directory.Join(name.AsSpan(0, name.Length - 1));
            // A node that went away between the two calls is as one that was never there.
            if (StatAt(fd, name, path) is { } stat) entries.Add(new TreeEntry(path, stat));
        }

        return entries;
    }

    /// <summary>The names of a directory, each with its terminating zero, in the file system's order.</summary>
    private List<byte[]> ReadNames(int fd, BytePath directory)
    {
        var names = new List<byte[]>();
        var block = new byte[ListBlock];
        fixed (byte* buffer = block)
        {
            nint filled;
            while ((filled = Libc.GetDents64(fd, buffer, ListBlock)) > 0)
            {
                for (nint at = 0; at < filled;)
                {
                    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, then the terminated name.
                    var length = *(ushort*)(buffer + at + 16);
                    var name = new ReadOnlySpan<byte>(buffer + at + 19, length - 19);
                    name = name[..(name.IndexOf((byte)0) + 1)];
                    if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8)) names.Add(name.ToArray());
                    at += length;
                }
            }

            if (filled < 0) throw Failure("list", directory);
        }

        return names;
    }
}
