using Microsoft.Win32.SafeHandles;
using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    private const int MaxOpenDepth = 100;

    /// <summary>Removes a node that is no directory, or an empty directory. False when there was none.</summary>
    public bool Remove(BytePath path)
    {
        using var at = TryAt(path);
        if (at is null) return false;
        fixed (byte* name = at.Name)
        {
            if (Libc.UnlinkAt(at.Directory, name, 0) == 0) return true;
            if (Errnos.IsAbsent()) return false;
            if (Errnos.Last is Errno.EISDIR or Errno.EPERM && Libc.UnlinkAt(at.Directory, name, Libc.AT_REMOVEDIR) == 0) return true;
        }

        throw Failure("remove", path);
    }

    /// <summary>Removes a node and everything below it, however deep; links are removed, never followed. Nothing there is no error.</summary>
    public void RemoveTree(BytePath path)
    {
        if (path.Relative.IsEmpty)
        {
            foreach (var entry in List(BytePath.Empty)) RemoveTree(entry.Path);
            return;
        }

        using var at = TryAt(path);
        if (at is null) return;
        if (RemoveOne(at.Directory, at.Name)) return;
        while (EmptyTop(at, path))
        {
        }

        if (!RemoveOne(at.Directory, at.Name)) throw Failure("remove", path);
    }

    private bool EmptyTop(Location at, BytePath path)
    {
        // Opened anew for each round: a directory's descriptor has a position.
        var top = OpenChild(at.Directory, at.Name);
        if (top < 0) throw Failure("remove", path);
        using var handle = new SafeFileHandle(top, ownsHandle: true);
        return EmptyDirectory(top, top, depth: 0, path);
    }

    /// <summary>
    /// True when something was moved up to the top for the next round: a tree may be deeper than the process has descriptors
    /// and its paths longer than the kernel takes (build systems test for just that), so depth is bounded by moving.
    /// </summary>
    private bool EmptyDirectory(int directory, int top, int depth, BytePath path)
    {
        var moved = false;
        foreach (var name in ReadNames(directory, path))
        {
            if (RemoveOne(directory, name)) continue;
            if (depth == MaxOpenDepth)
            {
                MoveToTop(directory, name, top, path);
                moved = true;
                continue;
            }

            var child = OpenChild(directory, name);
            if (child < 0) throw Failure($"remove {new BytePath(name.AsSpan(0, name.Length - 1))} below", path);
            using var handle = new SafeFileHandle(child, ownsHandle: true);
            moved |= EmptyDirectory(child, top, depth + 1, path);
            if (!RemoveOne(directory, name)) throw Failure($"remove {new BytePath(name.AsSpan(0, name.Length - 1))} below", path);
        }

        return moved;
    }

    private void MoveToTop(int directory, byte[] name, int top, BytePath path)
    {
        var free = Terminated(BytePath.From($".slipway-removed-{Environment.ProcessId}-{Interlocked.Increment(ref _temporaries)}"));
        fixed (byte* from = name, to = free)
        {
            if (Libc.RenameAt2(directory, from, top, to, 0) != 0) throw Failure("remove", path);
        }
    }

    /// <summary>False when it is a directory that is not empty.</summary>
    private bool RemoveOne(int directory, byte[] terminatedName)
    {
        fixed (byte* name = terminatedName)
        {
            if (Libc.UnlinkAt(directory, name, 0) == 0 || Errnos.IsAbsent()) return true;
            if (Errnos.Last is Errno.EISDIR or Errno.EPERM)
            {
                if (Libc.UnlinkAt(directory, name, Libc.AT_REMOVEDIR) == 0) return true;
                if (Errnos.Last is Errno.ENOTEMPTY or Errno.EEXIST) return false;
            }
        }

        throw Failure("remove", new BytePath(terminatedName.AsSpan(0, terminatedName.Length - 1)));
    }

    private static int OpenChild(int directory, byte[] terminatedName)
    {
        fixed (byte* name = terminatedName)
            return Libc.OpenAt2(directory, name, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
    }
}
