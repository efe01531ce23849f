using Slipway.Content;

namespace Slipway.Updates;

/// <summary>One file, directory or link as a compressed tar with a single member named by its hash (format 1.8).</summary>
internal static class Fullfile
{
    /// <summary>Larger ones are compressed by way of a file, not in memory.</summary>
    private const long MaxInMemory = 1 << 20;

    /// <summary>Writes it to a file of the cache.</summary>
    public static Job ToJob(ContentItem item, CodecRules rules, ContentCache cache, ContentEncoder encoder)
    {
        var codecs = CodecTable.Choose(rules, item.Type == NodeType.Regular ? ContentKind.File : ContentKind.Node, item.Shape(), item.Size);
        return new Job(item.Size, codecs[0].MemoryFor(item.Size), () =>
        {
            if (item.Size <= MaxInMemory)
            {
                cache.Add(cache.Fullfile(item.Hash), Smallest(item, codecs));
                return;
            }

            Adopt(item, cache, encoder.Write(codecs[0], BytesOf(item), tar => AddTo(tar, item)));
        });
    }

    /// <summary>Writes that of a file whose content is compressed already.</summary>
    public static void Write(LargeContent large, ContentCache cache)
    {
        var temporary = cache.NewTemporary();
        Write(temporary, stream => large.Write(stream, large.Item.Hash.ToString(), finish: true));
        Adopt(large.Item, cache, temporary);
    }

    /// <summary>Reads the member's head; its content is read anew each time it is opened.</summary>
    public static ContentItem Describe(string file, SwupdHash hash)
    {
        var entry = Open(file, hash, out var content);
        content.Dispose();
        var size = entry.Type == NodeType.Symlink ? entry.LinkTarget.Length : entry.Size;
        return new ContentItem(hash, entry.Type, (uint)entry.Mode, entry.Uid, entry.Gid, size, entry.LinkTarget, () =>
        {
            Open(file, hash, out var opened);
            return opened;
        });
    }

    private static byte[] Smallest(ContentItem item, IReadOnlyList<Codec> codecs)
    {
        var plain = new byte[BytesOf(item)];
        WriteTar(item, new MemoryStream(plain));
        var best = plain;
        foreach (var codec in codecs)
        {
            var compressed = codec.Compress(plain);
            if (compressed.Length < best.Length) best = compressed;
        }

        return best;
    }

    /// <summary>Takes over what was written, or a plain tar where that is no larger.</summary>
    private static void Adopt(ContentItem item, ContentCache cache, string temporary)
    {
        if (new FileInfo(temporary).Length >= BytesOf(item)) Write(temporary, stream => WriteTar(item, stream));
        cache.Adopt(temporary, cache.Fullfile(item.Hash));
    }

    private static void Write(string file, Action<Stream> write)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write);
        write(stream);
    }

    private static long BytesOf(ContentItem item) => item.TarBytes + TarWriter.EndBytes;

    private static TarEntry Open(string file, SwupdHash hash, out Stream content)
    {
        var stream = Compressor.DecompressDetected(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        try
        {
            var tar = new TarReader(stream);
            var entry = tar.Next() ?? throw new InvalidContentException(file, "", "it is empty");
            if (entry.Name.ToString() != hash.ToString())
                throw new InvalidContentException(file, "", $"it holds {entry.Name}, not what its name says");
            content = new MemberContent(stream, tar);
            return entry;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static void WriteTar(ContentItem item, Stream target)
    {
        using var tar = new TarWriter(target, leaveOpen: true);
        AddTo(tar, item);
    }

    private static void AddTo(TarWriter tar, ContentItem item)
    {
        using var content = item.Type == NodeType.Regular ? item.Open() : Stream.Null;
        tar.Add(item.ToTarEntry(item.Hash.ToString()), content);
        tar.Finish();
    }

    /// <summary>The one member's content; closes the whole file behind it.</summary>
    private sealed class MemberContent(Stream file, TarReader tar) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => tar.Content.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => tar.Content.Read(buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                tar.Dispose();
                file.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
