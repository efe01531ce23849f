using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Writes packs (format 1.8). A zero pack's members are compressed in groups that are kept by their members, so that a new
/// version compresses only the groups in which something changed; the pack is their concatenation.</summary>
internal sealed class PackWriter(ContentSource source, ContentCache cache, CodecRules rules)
{
    private const int DirectoryMode = 448; // 0700
    private const int DeltaMode = 420; // 0644

    public IReadOnlyList<PackGroup> Groups(PackPlan plan) => PackGroup.Of(Members(plan), rules);

    /// <summary>The file that makes up the group, where it is one that fullfiles and packs share.</summary>
    public LargeContent? LargeOf(PackGroup group)
    {
        if (group.Members.Count > 1 || !CodecTable.IsShared(rules, group.Members[0].Size)) return null;
        var large = new LargeContent(group.Members[0], cache);
        return large.Kind == group.Pack ? large : null;
    }

    public bool IsPrepared(PackGroup group) => File.Exists(FileOf(group));

    /// <summary>Compresses a group into the cache.</summary>
    public Job ToJob(PackGroup group, ContentEncoder encoder)
    {
        var codec = CodecTable.ForZeroPack(rules, group.Pack, group.Shape, group.Bytes);
        return new Job(group.Bytes, codec.MemoryFor(group.Bytes), () =>
            cache.Adopt(encoder.Write(codec, group.Bytes, tar => AddStaged(tar, group.Members)), FileOf(group)));
    }

    public void WriteZeroPack(string file, IReadOnlyList<PackGroup> groups)
    {
        var pack = groups[0].Pack;
        AtomicFile.Write(file, target =>
        {
            WritePart(target, pack, AddDirectories);
            foreach (var group in groups)
            {
                if (LargeOf(group) is { } large) large.Write(target, NameOf(large.Item), finish: false);
                else using (var part = File.OpenRead(FileOf(group))) part.CopyTo(target);
            }

            WritePart(target, pack, tar => tar.Finish());
        });
    }

    public void WriteDeltaPack(string file, PackPlan plan)
    {
        var deltas = plan.Deltas
            .Select(d => (d.File, Entry: EntryOf(d.Name, new FileInfo(d.File).Length))).ToList();
        var staged = Members(plan);
        var bytes = Directories.Sum(TarWriter.SizeOf) + deltas.Sum(d => TarWriter.SizeOf(d.Entry)) + staged.Sum(i => i.TarBytes) + TarWriter.EndBytes;
        var codec = CodecTable.Choose(rules, ContentKind.DeltaPack, ContentShape.Other, bytes)[0];
        AtomicFile.Write(file, target =>
        {
            using var stream = codec.Open(target, bytes);
            using var tar = new TarWriter(stream, leaveOpen: true);
            AddDirectories(tar);
            foreach (var (delta, entry) in deltas)
                using (var content = File.OpenRead(delta)) tar.Add(entry, content);
            AddStaged(tar, staged);
            tar.Finish();
        });
    }

    private static IEnumerable<TarEntry> Directories => ((string[])["delta", "staged"]).Select(name =>
        new TarEntry { Name = BytePath.From(name), Type = NodeType.Directory, Mode = DirectoryMode });

    private static TarEntry EntryOf(string delta, long size) =>
        new() { Name = BytePath.From("delta/" + delta), Type = NodeType.Regular, Mode = DeltaMode, Size = size };

    private static string NameOf(ContentItem item) => "staged/" + item.Hash;

    private static void AddDirectories(TarWriter tar)
    {
        foreach (var directory in Directories) tar.Add(directory);
    }

    private static void AddStaged(TarWriter tar, IEnumerable<ContentItem> items)
    {
        foreach (var item in items)
        {
            using var content = item.Type == NodeType.Regular ? item.Open() : Stream.Null;
            tar.Add(item.ToTarEntry(NameOf(item)), content);
        }
    }

    private List<ContentItem> Members(PackPlan plan) => [.. plan.Staged.Select(m => source.Find(m.Hash, m.Version, m.FullName))];

    private string FileOf(PackGroup group) => cache.Group(group.Key, group.Pack);

    private void WritePart(Stream target, Compression pack, Action<TarWriter> write)
    {
        var plain = new MemoryStream();
        write(new TarWriter(plain, leaveOpen: true));
        target.Write(CodecTable.ForZeroPack(rules, pack, ContentShape.Other, plain.Length).Compress(plain.ToArray()));
    }
}
