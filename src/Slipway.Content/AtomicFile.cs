using System.Text;
using Slipway.Content.Native;

namespace Slipway.Content;

/// <summary>Writes files so that a reader, and a machine that lost power, sees the old content or the new, never a part.</summary>
public static class AtomicFile
{
    private const UnixFileMode DefaultMode = (UnixFileMode)0b110_100_100;
    private static long _counter;

    /// <summary>Replaces the file's content.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, int mode = (int)DefaultMode)
    {
        var temporary = CreateBeside(path, mode, out var file);
        try
        {
            using (file)
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            Install(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Replaces the file's content by what the writer puts into the stream.</summary>
    public static void Write(string path, Action<Stream> writer, int mode = (int)DefaultMode)
    {
        var temporary = CreateBeside(path, mode, out var file);
        try
        {
            using (file)
            {
                writer(file);
                file.Flush(flushToDisk: true);
            }

            Install(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Replaces the file's content by UTF-8 text without a byte order mark.</summary>
    public static void WriteText(string path, string content, int mode = (int)DefaultMode) =>
        Write(path, Encoding.UTF8.GetBytes(content), mode);

    /// <summary>Makes the names in a directory durable.</summary>
    public static void SyncDirectory(string directory) => Sync(directory, Libc.O_DIRECTORY);

    /// <summary>Makes the content of a file, or the names in a directory, durable.</summary>
    public static void Sync(string path) => Sync(path, flags: 0);

    private static void Sync(string path, int flags)
    {
        var fd = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | flags);
        if (fd < 0) throw TreeException.Last("open", path);
        try
        {
            if (Libc.Fsync(fd) != 0) throw TreeException.Last("fsync", path);
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    /// <summary>Points a symbolic link at another target in one step, whether it existed or not.</summary>
    public static void SwitchLink(string link, string target)
    {
        var temporary = NameBeside(link);
        File.CreateSymbolicLink(temporary, target);
        if (Libc.Rename(temporary, link) != 0)
        {
            var failure = TreeException.Last("rename", link);
            File.Delete(temporary);
            throw failure;
        }

        SyncDirectory(DirectoryOf(link));
    }

    private static string CreateBeside(string path, int mode, out FileStream file)
    {
        var temporary = NameBeside(path);
        file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = (UnixFileMode)(mode & 0x1ff),
        });
        // The umask took bits away at creation; the caller asked for exactly this mode.
        File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)(mode & 0xfff));
        return temporary;
    }

    private static string NameBeside(string path) => Path.Combine(
        DirectoryOf(path),
        $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}-{Guid.NewGuid():N}");

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static void Install(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(DirectoryOf(path));
    }
}
