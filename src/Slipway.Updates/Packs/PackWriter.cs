using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Writes packs (format 1.8). A zero pack's members are compressed in groups that are kept by their members, so that a new
/// version compresses only the groups in which something changed; the pack is their concatenation.</summary>
internal sealed class PackWriter(ContentSource source, ContentCache cache, CodecRules rules)
{
    private const long MaxInMemory = 32 << 20;
    private const int DirectoryMode = 448; // 0700
    private const int DeltaMode = 420; // 0644

    public IReadOnlyList<PackGroup> Groups(PackPlan plan) =>
        PackGroup.Of(plan.Staged.Select(m => source.Find(m.Hash, m.Version, m.FullName)));

    public bool IsPrepared(PackGroup group) => File.Exists(cache.Group(group.Key));

    /// <summary>Compresses a group into the cache.</summary>
    public void Prepare(PackGroup group)
    {
        var temporary = cache.NewTemporary();
        using (var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            Compress(target, CodecOf(ContentKind.ZeroPack, group.Bytes), group.Bytes, tar => AddStaged(tar, group.Members), finish: false);
        cache.Adopt(temporary, cache.Group(group.Key));
    }

    public void WriteZeroPack(string file, IReadOnlyList<PackGroup> groups)
    {
        var codec = CodecOf(ContentKind.ZeroPack, 0);
        AtomicFile.Write(file, target =>
        {
            Compress(target, codec, 0, AddDirectories, finish: false);
            foreach (var group in groups)
                using (var part = File.OpenRead(cache.Group(group.Key))) part.CopyTo(target);
            Compress(target, codec, 0, _ => { }, finish: true);
        });
    }

    public void WriteDeltaPack(string file, PackPlan plan)
    {
        var staged = plan.Staged.Select(m => source.Find(m.Hash, m.Version, m.FullName)).ToList();
        var bytes = staged.Sum(i => i.Size) + plan.Deltas.Sum(d => new FileInfo(d.File).Length);
        AtomicFile.Write(file, target => Compress(target, CodecOf(ContentKind.DeltaPack, bytes), bytes, tar =>
        {
            AddDirectories(tar);
            foreach (var (name, delta) in plan.Deltas)
                tar.Add(new TarEntry { Name = BytePath.From("delta/" + name), Type = NodeType.Regular, Mode = DeltaMode }, File.ReadAllBytes(delta));
            AddStaged(tar, staged);
        }, finish: true));
    }

    private Codec CodecOf(ContentKind kind, long bytes) => CodecTable.Choose(rules, kind, ContentShape.MachineCode, bytes)[0];

    /// <summary>A compressor that knows how much is coming takes time and memory for no more, so all but the largest parts are
    /// collected first.</summary>
    private static void Compress(
        Stream target, Codec codec, long bytes, Action<TarWriter> write, bool finish)
    {
        if (bytes > MaxInMemory)
        {
            using var stream = Compressor.Compress(target, codec.Kind, codec.Options, leaveOpen: true);
            WriteTar(stream, write, finish);
            return;
        }

        var plain = new MemoryStream((int)(bytes + bytes / 8) + 4096);
        WriteTar(plain, write, finish);
        target.Write(Compressor.Compress(plain.GetBuffer().AsSpan(0, (int)plain.Length), codec.Kind, codec.Options));
    }

    private static void WriteTar(Stream target, Action<TarWriter> write, bool finish)
    {
        using var tar = new TarWriter(target, leaveOpen: true);
        write(tar);
        if (finish) tar.Finish();
    }

    private static void AddDirectories(TarWriter tar)
    {
        foreach (var name in (string[])["delta", "staged"])
            tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Directory, Mode = DirectoryMode });
    }

    private static void AddStaged(TarWriter tar, IEnumerable<ContentItem> items)
    {
        foreach (var item in items)
        {
            using var content = item.Type == NodeType.Regular ? item.Open() : Stream.Null;
            tar.Add(item.ToTarEntry("staged/" + item.Hash), content);
        }
    }
}
