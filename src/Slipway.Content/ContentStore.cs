using System.Buffers;
using System.Security.Cryptography;
using Slipway.Content.Native;

namespace Slipway.Content;

/// <summary>Immutable files by the SHA-256 of their content, below one directory as <c>aa/aabb...</c>. Only garbage collection deletes.</summary>
public sealed class ContentStore(string root)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int CopyBlock = 1 << 17;

    /// <summary>The directory of the store.</summary>
    public string Root { get; } = root;

    /// <summary>Adds everything from the stream's position to its end.</summary>
    public Digest Add(Stream content)
    {
        var incoming = Path.Combine(Root, "incoming");
        Directory.CreateDirectory(incoming);
        var temporary = Path.Combine(incoming, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            var digest = CopyAndHash(content, temporary);
            Install(temporary, digest);
            return digest;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Adds these bytes.</summary>
    public Digest Add(ReadOnlySpan<byte> content)
    {
        var digest = Digest.Of(content);
        return Contains(digest) ? digest : Add(new MemoryStream(content.ToArray(), writable: false));
    }

    /// <summary>Adds a copy of a file's content.</summary>
    public Digest AddFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        return Add(file);
    }

    /// <summary>Adds copies of many files at once: made durable together, which is much quicker than one by one.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="open">Opens one of them.</param>
    public IReadOnlyList<Digest> AddMany(int count, Func<int, Stream> open)
    {
        var incoming = Directory.CreateDirectory(Path.Combine(Root, "incoming", $"{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        var digests = new Digest[count];
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                using var content = open(i);
                digests[i] = CopyAndHash(content, NameOf(i), durable: false);
            });
            using var tree = RootedTree.Open(Root);
            // Before the renames: a name of the store must never lead to a part, not even after the power went.
            tree.SyncAll();
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => Install(NameOf(i), digests[i], durable: false));
            tree.SyncAll();
            return digests;
        }
        finally
        {
            using var tree = RootedTree.Open(Root);
            tree.RemoveTree(BytePath.From(Path.GetRelativePath(Root, incoming)));
        }

        string NameOf(int i) => Path.Combine(incoming, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Where the content lies; for reading only.</summary>
    public string PathOf(Digest digest)
    {
        var name = digest.ToString();
        return Path.Combine(Root, name[..2], name);
    }

    /// <summary>True when the content is in the store. It is then young again: a sweep leaves it for its grace, in which whoever asked writes down that it is needed.</summary>
    public bool Contains(Digest digest)
    {
        var path = PathOf(digest);
        try
        {
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // A reader that is not the store's owner: it asks, and writes nothing down.
        }
        // A sweep moves a file away before it looks at its age; what is still here after the touch was young when it was looked at.
        return File.Exists(path);
    }

    /// <summary>Opens the content for reading.</summary>
    public Stream Open(Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(digest, e);
        }
    }

    /// <summary>Puts the content at a path: a hard link where the file system allows it, else a copy. The path must not exist.</summary>
    public void LinkTo(Digest digest, string path)
    {
        var source = PathOf(digest);
        if (Libc.Link(source, path) == 0) return;
        var failure = TreeException.Last("link", path);
        if (failure.Errno == Errno.ENOENT && !File.Exists(source)) throw Missing(digest, failure);
        if (failure.Errno is not (Errno.EXDEV or Errno.EMLINK or Errno.EPERM)) throw failure;
        File.Copy(source, path);
    }

    private static Digest CopyAndHash(Stream content, string temporary, bool durable = true)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        var block = ArrayPool<byte>.Shared.Rent(CopyBlock);
        try
        {
            int read;
            while ((read = content.Read(block)) > 0)
            {
                hash.AppendData(block.AsSpan(0, read));
                file.Write(block.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        File.SetUnixFileMode(file.SafeFileHandle, ReadOnly);
        if (durable) file.Flush(flushToDisk: true);
        return Digest.FromBytes(hash.GetHashAndReset());
    }

    private void Install(string temporary, Digest digest, bool durable = true)
    {
        var path = PathOf(digest);
        if (File.Exists(path) && Contains(digest)) return;
        var directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        // Two writers of the same content both rename onto the same name: whichever comes last changes nothing.
        if (Libc.Rename(temporary, path) != 0) throw TreeException.Last("rename", temporary);
        if (durable) AtomicFile.SyncDirectory(directory);
    }

    private static SlipwayException Missing(Digest digest, Exception inner) =>
        new($"content {digest}", "it is not in the store", "make or fetch it again", inner);
}
