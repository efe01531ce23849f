using Microsoft.Win32.SafeHandles;
using Slipway.Content.Native;

namespace Slipway.Content;

/// <summary>
/// A directory held open, with every operation resolved inside it by the kernel: symbolic links and `..` in a path are
/// followed as if the directory were `/`, so nothing outside is ever reached. Paths are bytes; the empty path is the root itself.
/// Operations may run in parallel.
/// </summary>
public sealed unsafe partial class RootedTree : IDisposable
{
    private const int MaxPathBytes = 4095;
    private readonly SafeFileHandle _handle;
    private readonly int _root;

    private RootedTree(string directory, int root)
    {
        Directory = directory;
        _root = root;
        _handle = new SafeFileHandle(root, ownsHandle: true);
    }

    /// <summary>The directory as it was opened; for messages and for tools that take a path.</summary>
    public string Directory { get; }

    /// <summary>Opens an existing directory.</summary>
    public static RootedTree Open(string directory)
    {
        var fd = Libc.Open(directory, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        return fd >= 0 ? new RootedTree(directory, fd) : throw TreeException.Last("open directory", directory);
    }

    /// <summary>Opens a directory, made first (with its parents, mode 0755 less the umask) when it does not exist.</summary>
    public static RootedTree OpenOrCreate(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        return Open(directory);
    }

    /// <summary>The part of this tree below a directory, as a tree of its own: paths and links in it no longer see what is above.</summary>
    public RootedTree Subtree(BytePath directory)
    {
        var fd = OpenBelow(directory, Libc.O_RDONLY | Libc.O_DIRECTORY);
        return fd >= 0
            ? new RootedTree(Path.Combine(Directory, directory.ToString()), fd)
            : throw Failure("open directory", directory);
    }

    /// <summary>What a node is, its own link not followed; null when there is none.</summary>
    public FileStat? Stat(BytePath path)
    {
        using var at = TryAt(path);
        return at is null ? null : StatAt(at.Directory, at.Name, path);
    }

    /// <summary>What a path leads to, all links followed inside the tree; null when there is nothing.</summary>
    public FileStat? StatFollowing(BytePath path)
    {
        var fd = OpenBelow(path, Libc.O_PATH);
        if (fd < 0)
            return Errnos.IsAbsent() ? null : throw Failure("stat", path);
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        StatXBuffer buffer;
        byte empty = 0;
        if (Libc.StatX(fd, &empty, Libc.AT_EMPTY_PATH, StatXBuffer.BasicStats, &buffer) != 0) throw Failure("stat", path);
        return buffer.ToFileStat();
    }

    /// <summary>True when there is a node of this name, whatever it is.</summary>
    public bool Exists(BytePath path) => Stat(path) is not null;

    /// <summary>The target of a symbolic link, as written in it.</summary>
    public BytePath ReadLink(BytePath path)
    {
        using var at = At(path, "read link");
        var target = stackalloc byte[MaxPathBytes + 1];
        fixed (byte* name = at.Name)
        {
            var length = Libc.ReadLinkAt(at.Directory, name, target, MaxPathBytes + 1);
            return length >= 0 ? new BytePath(new ReadOnlySpan<byte>(target, (int)length)) : throw Failure("read link", path);
        }
    }

    /// <summary>Makes what was written at a path durable: a file's content, or the names in a directory.</summary>
    public void Sync(BytePath path)
    {
        var fd = OpenBelow(path, Libc.O_RDONLY | Libc.O_NONBLOCK);
        if (fd < 0) throw Failure("sync", path);
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        if (Libc.Fsync(fd) != 0) throw Failure("sync", path);
    }

    /// <summary>Makes everything written on the tree's file system durable.</summary>
    public void SyncAll()
    {
        if (Libc.SyncFs(_root) != 0) throw Failure("sync", BytePath.Empty);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static FileStat? StatAt(int directory, byte[] terminatedName, BytePath path)
    {
        StatXBuffer buffer;
        fixed (byte* name = terminatedName)
        {
            if (Libc.StatX(directory, name, Libc.AT_SYMLINK_NOFOLLOW, StatXBuffer.BasicStats, &buffer) == 0) return buffer.ToFileStat();
        }

        return Errnos.IsAbsent() ? null : throw TreeException.Last("stat", path.ToString());
    }

    private int OpenBelow(BytePath path, int flags)
    {
        fixed (byte* terminated = Terminated(path.IsEmpty ? BytePath.From(".") : path))
            return Libc.OpenAt2(_root, terminated, flags | Libc.O_CLOEXEC, Libc.RESOLVE_IN_ROOT | Libc.RESOLVE_NO_MAGICLINKS);
    }

    private byte[] Terminated(BytePath path)
    {
        if (path.Length > MaxPathBytes)
            throw new SlipwayException($"path in {Directory}", $"it has {path.Length} bytes and the kernel takes {MaxPathBytes}");
        if (path.Span.Contains((byte)0))
            throw new SlipwayException($"path {path} in {Directory}", "it has a zero byte");
        var terminated = new byte[path.Length + 1];
        path.Span.CopyTo(terminated);
        return terminated;
    }

    private TreeException Failure(string operation, BytePath path) =>
        TreeException.Last(operation, path.IsEmpty ? Directory : $"{path} in {Directory}");
}
