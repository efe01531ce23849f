using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A file so large that it is compressed once: its fullfile and the packs that hold it differ in what is around it only.</summary>
internal sealed class LargeContent(ContentItem item, ContentCache cache)
{
    private readonly Codec _codec = CodecTable.ForLarge(item.Shape(), item.Size);

    public ContentItem Item => item;

    public Compression Kind => _codec.Kind;

    public bool IsPrepared => File.Exists(Cached);

    private string Cached => cache.Content(item.Hash);

    public Job ToJob(ContentEncoder encoder) => new(item.Size, _codec.MemoryFor(item.Size), () =>
        cache.Adopt(encoder.Write(_codec, TarWriter.Padded(item.Size), AddContent), Cached));

    /// <summary>Writes it as a member, as the whole archive where <paramref name="finish"/> says so.</summary>
    public void Write(Stream target, string name, bool finish)
    {
        var entry = item.ToTarEntry(name);
        WritePart(target, tar => tar.AddHead(entry));
        using (var content = File.OpenRead(Cached)) content.CopyTo(target);
        if (finish) WritePart(target, tar => tar.Finish());
    }

    private void AddContent(TarWriter tar)
    {
        using var content = item.Open();
        tar.AddContent(item.ToTarEntry(item.Hash.ToString()), content);
    }

    private void WritePart(Stream target, Action<TarWriter> write)
    {
        var plain = new MemoryStream();
        write(new TarWriter(plain, leaveOpen: true));
        target.Write(CodecTable.ForLarge(item.Shape(), plain.Length).Compress(plain.ToArray()));
    }
}
