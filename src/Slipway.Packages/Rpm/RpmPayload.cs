using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>
/// Walks a payload beside the header's file list, which is what counts: the payload's own owners and modes are not looked at.
/// Of files that are hard links of each other only the last carries the content, so the earlier names wait for it.
/// </summary>
internal sealed class RpmPayload(RpmFileList list, Action<TarEntry, Stream?> onEntry)
{
    private readonly Dictionary<ulong, int[]> links = LinkSets(list);
    private readonly Dictionary<ulong, int> carriers = [];
    private readonly Dictionary<ulong, List<int>> waiting = [];
    private readonly Dictionary<BytePath, int> indexes = Indexes(list);

    public void Read(Stream payload)
    {
        var reader = new CpioReader(payload, SizeInPayload);
        while (reader.Next() is { } member)
        {
            var index = member.Index >= 0 ? member.Index : indexes.GetValueOrDefault(member.Name.Relative, -1);
            if (index < 0 || index >= list.Files.Count) throw new PackageFormatException($"its payload has `{member.Name}`, which its file list has not");
            Take(index, member, reader.Content);
        }
        if (waiting.Count > 0) throw new PackageFormatException($"its payload ends without the content of `{list.Files[waiting.First().Value[0]].Path}`");
    }

    private void Take(int index, CpioMember member, Stream content)
    {
        var file = list.Files[index];
        if (file.Type == NodeType.Regular)
        {
            if (LinkSetOf(index) is { } set)
            {
                TakeLink(index, set, member, content);
                return;
            }
            if (member.Size != file.Size) throw new PackageFormatException($"`{file.Path}` has {member.Size} bytes in its payload and {file.Size} in its file list");
        }
        onEntry(Entry(index, file.Type, file.Size), file.Type == NodeType.Regular ? content : null);
    }

    private void TakeLink(int index, ulong inode, CpioMember member, Stream content)
    {
        var size = list.Files[index].Size;
        if (carriers.TryGetValue(inode, out var first))
        {
            onEntry(Link(index, first), null);
            return;
        }
        if (!waiting.TryGetValue(inode, out var names)) waiting.Add(inode, names = []);
        names.Add(index);
        if (member.Size == 0 && size > 0) return;
        if (member.Size != size) throw new PackageFormatException($"`{list.Files[index].Path}` has {member.Size} bytes in its payload and {size} in its file list");
        waiting.Remove(inode);
        carriers.Add(inode, names[0]);
        onEntry(Entry(names[0], NodeType.Regular, size), content);
        foreach (var other in names.Skip(1)) onEntry(Link(other, names[0]), null);
    }

    private TarEntry Link(int index, int first) => Entry(index, NodeType.HardLink, 0) with { LinkTarget = list.Files[first].Path.Relative };

    private TarEntry Entry(int index, NodeType type, long size)
    {
        var file = list.Files[index];
        var device = type is NodeType.CharDevice or NodeType.BlockDevice ? list.DeviceNumbers[index] : 0;
        return new TarEntry
        {
            Name = file.Path.Relative,
            Type = type,
            Mode = file.Mode,
            Size = type == NodeType.Regular ? size : 0,
            LinkTarget = file.LinkTarget,
            ModifiedUnix = file.ModifiedUnix,
            DeviceMajor = device >> 8 & 0xff,
            DeviceMinor = device & 0xff,
            Xattrs = index < list.Capabilities.Length ? FileCapabilities.ToXattrs(list.Capabilities[index]) : null,
        };
    }

    private ulong? LinkSetOf(int index) => index < list.Inodes.Length && links.ContainsKey(list.Inodes[index]) ? list.Inodes[index] : null;

    /// <summary>The short form states no sizes: links and regular files have the list's, all else none.</summary>
    private long SizeInPayload(int index)
    {
        if (index < 0 || index >= list.Files.Count) throw new PackageFormatException($"its payload has file {index}, its file list ends before that");
        var file = list.Files[index];
        if (file.Type == NodeType.Symlink) return file.Size;
        if (file.Type != NodeType.Regular) return 0;
        return LinkSetOf(index) is { } set && links[set][^1] != index ? 0 : file.Size;
    }

    private static Dictionary<ulong, int[]> LinkSets(RpmFileList list) => Enumerable.Range(0, Math.Min(list.Inodes.Length, list.Files.Count))
        .Where(i => list.Files[i].Type == NodeType.Regular).GroupBy(i => list.Inodes[i]).Where(g => g.Skip(1).Any())
        .ToDictionary(g => g.Key, g => g.ToArray());

    private static Dictionary<BytePath, int> Indexes(RpmFileList list)
    {
        var found = new Dictionary<BytePath, int>();
        for (var i = 0; i < list.Files.Count; i++) found[list.Files[i].Path.Relative] = i;
        return found;
    }
}
