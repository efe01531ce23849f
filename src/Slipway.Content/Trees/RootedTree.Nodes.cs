using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    /// <summary>Makes a directory with exactly these permission bits; one that exists gets them.</summary>
    public void MakeDirectory(BytePath path, int mode)
    {
        using var at = At(path, "make directory");
        fixed (byte* name = at.Name)
        {
            if (Libc.MkDirAt(at.Directory, name, (uint)mode & 0xfff) != 0)
            {
                var failure = Failure("make directory", path);
                if (failure.Errno != Errno.EEXIST || StatAt(at.Directory, at.Name, path)?.Type != NodeType.Directory) throw failure;
            }

            ChmodAt(at, mode, path);
        }
    }

    /// <summary>Makes a directory and those above it that are missing, mode 0755. Symbolic links to directories are kept and followed.</summary>
    public void MakeDirectories(BytePath path)
    {
        var relative = path.Relative;
        if (relative.IsEmpty) return;
        var existing = StatFollowing(relative);
        if (existing?.Type == NodeType.Directory) return;
        if (existing is not null) throw new TreeException("make directory", $"{path} in {Directory}", Errno.ENOTDIR);
        MakeDirectories(relative.Parent);
        MakeDirectory(relative, 0x1ed);
    }

    /// <summary>Makes a symbolic link; the name must be free.</summary>
    public void MakeSymlink(BytePath path, BytePath target)
    {
        using var at = At(path, "make link");
        fixed (byte* name = at.Name, to = Terminated(target))
        {
            if (Libc.SymlinkAt(to, at.Directory, name) != 0) throw Failure("make link", path);
        }
    }

    /// <summary>Gives an existing node (a link is not followed) a further name, which must be free.</summary>
    public void MakeHardLink(BytePath existing, BytePath path)
    {
        using var from = At(existing, "link");
        using var to = At(path, "link");
        fixed (byte* fromName = from.Name, toName = to.Name)
        {
            if (Libc.LinkAt(from.Directory, fromName, to.Directory, toName, 0) != 0) throw Failure($"link {existing} as", path);
        }
    }

    /// <summary>Gives a file from outside the tree (an absolute path, such as the content store's) a name in it, which must be free.</summary>
    public void LinkFromOutside(string source, BytePath path)
    {
        using var to = At(path, "link");
        fixed (byte* fromName = Terminated(BytePath.From(Path.GetFullPath(source))), toName = to.Name)
        {
            if (Libc.LinkAt(Libc.AT_FDCWD, fromName, to.Directory, toName, 0) != 0) throw Failure($"link {source} as", path);
        }
    }

    /// <summary>Makes a device, pipe or socket node.</summary>
    public void MakeNode(BytePath path, NodeType type, int mode, ulong device = 0)
    {
        using var at = At(path, "make node");
        fixed (byte* name = at.Name)
        {
            if (Libc.MkNodAt(at.Directory, name, (uint)(FileStat.TypeBits(type) | (mode & 0xfff)), device) != 0)
                throw Failure("make node", path);
            ChmodAt(at, mode, path);
        }
    }

    /// <summary>Changes owner and group of the node itself, not of what a link points to.</summary>
    public void Chown(BytePath path, uint uid, uint gid)
    {
        using var at = At(path, "change owner of");
        fixed (byte* name = at.Name)
        {
            if (Libc.FChownAt(at.Directory, name, uid, gid, Libc.AT_SYMLINK_NOFOLLOW) != 0) throw Failure("change owner of", path);
        }
    }

    /// <summary>Changes the permission bits of a node that is not a symbolic link.</summary>
    public void Chmod(BytePath path, int mode)
    {
        using var at = At(path, "change mode of");
        ChmodAt(at, mode, path);
    }

    /// <summary>Sets the time of last change (and of last access) of the node itself.</summary>
    /// <param name="path">Which node.</param>
    /// <param name="nanoseconds">Nanoseconds since 1970.</param>
    public void SetModified(BytePath path, long nanoseconds)
    {
        using var at = At(path, "set time of");
        var (seconds, rest) = Math.DivRem(nanoseconds, 1_000_000_000);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + 1_000_000_000);
        var times = stackalloc Libc.TimeSpec[2];
        times[0] = times[1] = new Libc.TimeSpec { Seconds = seconds, Nanoseconds = rest };
        fixed (byte* name = at.Name)
        {
            if (Libc.UTimeNsAt(at.Directory, name, times, Libc.AT_SYMLINK_NOFOLLOW) != 0) throw Failure("set time of", path);
        }
    }

    /// <summary>Renames a node, over a file or link of the new name in one step.</summary>
    public void Rename(BytePath from, BytePath to) => RenameWith(from, to, 0);

    /// <summary>Exchanges two nodes in one step.</summary>
    public void Exchange(BytePath one, BytePath other) => RenameWith(one, other, 2);

    private void RenameWith(BytePath from, BytePath to, uint flags)
    {
        using var source = At(from, "rename");
        using var target = At(to, "rename");
        fixed (byte* fromName = source.Name, toName = target.Name)
        {
            if (Libc.RenameAt2(source.Directory, fromName, target.Directory, toName, flags) != 0)
                throw Failure($"rename {from} to", to);
        }
    }

    private void ChmodAt(Location at, int mode, BytePath path)
    {
        fixed (byte* name = at.Name)
        {
            if (Libc.FChmodAt(at.Directory, name, (uint)mode & 0xfff, Libc.AT_SYMLINK_NOFOLLOW) != 0)
                throw Failure("change mode of", path);
        }
    }
}
