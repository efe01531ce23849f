using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Updates;

/// <summary>Computes a <see cref="SwupdHash"/> piece by piece, so that a file is hashed while it is written.</summary>
public sealed class SwupdHasher : IDisposable
{
    private readonly IncrementalHash _content;
    private readonly long _size;
    private long _seen;

    private SwupdHasher(ReadOnlySpan<byte> key, long size)
    {
        _content = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        _size = size;
    }

    /// <summary>A regular file. <paramref name="mode"/> may come with or without its type bits.</summary>
    public static SwupdHasher ForFile(uint mode, uint uid, uint gid, long size) =>
        ForStat(FileModes.Regular | mode & FileModes.Permissions, uid, gid, size);

    // Format 1.6: the key is made of the stat values alone, the message is the content.
    internal static SwupdHasher ForStat(uint mode, uint uid, uint gid, long size)
    {
        Span<byte> stat = stackalloc byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(stat, mode);
        BinaryPrimitives.WriteUInt64LittleEndian(stat[8..], uid);
        BinaryPrimitives.WriteUInt64LittleEndian(stat[16..], gid);
        BinaryPrimitives.WriteUInt64LittleEndian(stat[24..], 0);
        // A directory's size depends on the file system; it is passed as 0 and then not checked against the content.
        var isDirectory = (mode & FileModes.TypeMask) == FileModes.Directory;
        BinaryPrimitives.WriteUInt64LittleEndian(stat[32..], isDirectory ? 0 : (ulong)size);
        Span<byte> digest = stackalloc byte[32];
        HMACSHA256.HashData(stat, [], digest);
        Span<byte> key = stackalloc byte[SwupdHash.TextLength];
        new SwupdHash(digest).Format(key);
        return new SwupdHasher(key, isDirectory ? -1 : size);
    }

    public void Append(ReadOnlySpan<byte> content)
    {
        _seen += content.Length;
        _content.AppendData(content);
    }

    public void Append(Stream content)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            int read;
            while ((read = content.Read(buffer)) > 0) Append(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Fails if another number of bytes was given than announced: the file changed while it was read.</summary>
    public SwupdHash Finish()
    {
        if (_size >= 0 && _seen != _size)
            throw new IOException($"the content has {_seen} bytes, but {_size} were announced: it changed while being read");
        Span<byte> digest = stackalloc byte[32];
        _content.GetHashAndReset(digest);
        return new SwupdHash(digest);
    }

    public void Dispose() => _content.Dispose();
}
