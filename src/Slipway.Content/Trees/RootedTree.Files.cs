using Microsoft.Win32.SafeHandles;
using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    private const int CopyBlock = 1 << 17;
    private static long _temporaries;

    /// <summary>Opens a regular file for reading. A symbolic link at the end of the path is refused unless following is asked for.</summary>
    public Stream OpenRead(BytePath path, bool followLast = false) => OpenRead(path, followLast, out _);

    /// <summary>As the other form, with what the kernel says of the file that was opened.</summary>
    public FileStream OpenRead(BytePath path, bool followLast, out FileStat stat)
    {
        var flags = Libc.O_RDONLY | Libc.O_NONBLOCK | (followLast ? 0 : Libc.O_NOFOLLOW);
        var fd = OpenBelow(path, flags);
        if (fd < 0) throw Failure("open", path);
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        StatXBuffer buffer;
        byte empty = 0;
        if (Libc.StatX(fd, &empty, Libc.AT_EMPTY_PATH, StatXBuffer.BasicStats, &buffer) != 0
            || FileStat.TypeOf(buffer.Mode) != NodeType.Regular)
        {
            handle.Dispose();
            throw new SlipwayException($"open {path} in {Directory}", "it is not a regular file");
        }

        stat = buffer.ToFileStat();
        return new FileStream(handle, FileAccess.Read, 4096);
    }

    /// <summary>The whole content of a regular file; refused when it is larger than allowed.</summary>
    public byte[] ReadAllBytes(BytePath path, long maxBytes = int.MaxValue / 2)
    {
        using var file = OpenRead(path);
        if (file.Length > maxBytes)
            throw new SlipwayException($"read {path} in {Directory}", $"it has {file.Length} bytes and {maxBytes} are allowed");
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    /// <summary>
    /// Writes a regular file under a temporary name and renames it to the path, over whatever file or link was there.
    /// </summary>
    /// <param name="path">Where; its directory must exist.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="mode">Permission bits, exact.</param>
    /// <param name="sync">True makes the content durable before the name points to it; unset it is left to the kernel.</param>
    /// <param name="uid">Owner, set with <paramref name="gid"/> before the name appears; unset the owner is who writes.</param>
    /// <param name="gid">Group; unset as above.</param>
    public void WriteFile(BytePath path, Stream content, int mode, bool sync = false, uint? uid = null, uint? gid = null)
    {
        using var at = At(path, "write");
        var temporary = Terminated(BytePath.From($".slipway-{Environment.ProcessId}-{Interlocked.Increment(ref _temporaries)}"));
        fixed (byte* from = temporary)
        fixed (byte* to = at.Name)
        {
            // A leftover of a process that was killed and had our number.
            _ = Libc.UnlinkAt(at.Directory, from, 0);
            var fd = Libc.OpenAt2(at.Directory, from, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC, 0, 0x180);
            if (fd < 0) throw Failure("create", path);
            try
            {
                Fill(fd, path, content, mode, sync, uid, gid);
                if (Libc.RenameAt2(at.Directory, from, at.Directory, to, 0) != 0) throw Failure("write", path);
            }
            catch
            {
                _ = Libc.UnlinkAt(at.Directory, from, 0);
                throw;
            }
        }
    }

    /// <summary>Writes a regular file of these bytes; see the other form.</summary>
    public void WriteFile(BytePath path, byte[] content, int mode, bool sync = false) =>
        WriteFile(path, new MemoryStream(content, writable: false), mode, sync);

    private void Fill(int fd, BytePath path, Stream content, int mode, bool sync, uint? uid, uint? gid)
    {
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        var block = System.Buffers.ArrayPool<byte>.Shared.Rent(CopyBlock);
        try
        {
            long offset = 0;
            int read;
            while ((read = content.Read(block)) > 0)
            {
                RandomAccess.Write(handle, block.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(block);
        }

        // Ownership first: chown takes the set-user-ID bits away that chmod gives.
        if ((uid is not null || gid is not null) && Libc.FChown(fd, uid ?? uint.MaxValue, gid ?? uint.MaxValue) != 0)
            throw Failure("change owner of", path);
        if (Libc.FChmod(fd, (uint)mode & 0xfff) != 0) throw Failure("change mode of", path);
        if (sync && Libc.Fsync(fd) != 0) throw Failure("sync", path);
    }
}
