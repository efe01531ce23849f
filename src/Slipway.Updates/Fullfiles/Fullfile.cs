using Slipway.Content;

namespace Slipway.Updates;

/// <summary>One file, directory or link as a compressed tar with a single member named by its hash (format 1.8).</summary>
internal static class Fullfile
{
    /// <summary>Larger ones are compressed by way of a file, not in memory.</summary>
    private const long MaxInMemory = 8 << 20;

    public static bool FitsInMemory(ContentItem item) => item.Size <= MaxInMemory;

    public static byte[] Encode(ContentItem item, CodecRules rules)
    {
        var plain = Plain(item);
        var best = plain;
        foreach (var codec in CodecTable.Choose(rules, KindOf(item), item.Shape(), item.Size))
        {
            var compressed = Compressor.Compress(plain, codec.Kind, codec.Options);
            if (compressed.Length < best.Length) best = compressed;
        }

        return best;
    }

    /// <summary>Writes a large one to a file.</summary>
    public static void Encode(ContentItem item, CodecRules rules, string target)
    {
        var codec = CodecTable.Choose(rules, KindOf(item), item.Shape(), item.Size)[0];
        using (var file = new FileStream(target, FileMode.Create, FileAccess.Write))
        using (var stream = Compressor.Compress(file, codec.Kind, codec.Options)) WriteTar(item, stream);
        if (new FileInfo(target).Length < item.Size) return;
        using var plain = new FileStream(target, FileMode.Create, FileAccess.Write);
        WriteTar(item, plain);
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

    private static ContentKind KindOf(ContentItem item) => item.Type == NodeType.Regular ? ContentKind.File : ContentKind.Node;

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

    private static byte[] Plain(ContentItem item)
    {
        var plain = new MemoryStream((int)item.Size + 4096);
        WriteTar(item, plain);
        return plain.ToArray();
    }

    private static void WriteTar(ContentItem item, Stream target)
    {
        using var content = item.Type == NodeType.Regular ? item.Open() : Stream.Null;
        using var tar = new TarWriter(target, leaveOpen: true);
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
