using Slipway.Content;

namespace Slipway.Updates;

internal sealed class TreeRoot(string directory) : FullRoot
{
    private readonly RootedTree _tree = RootedTree.Open(directory);

    protected override Stream OpenContent(FullNode node) => _tree.OpenRead(node.Path);

    public override void Dispose()
    {
        _tree.Dispose();
        base.Dispose();
    }

    protected override IEnumerable<FullNode> ReadNodes(Action<string> warn)
    {
        foreach (var (path, stat) in _tree.Walk())
        {
            var type = stat.Type switch
            {
                NodeType.Regular => RecordType.File,
                NodeType.Directory => RecordType.Directory,
                NodeType.Symlink => RecordType.Link,
                _ => RecordType.Unset,
            };
            var absolute = BytePath.From("/").Join(path);
            if (type == RecordType.Unset)
            {
                warn($"{absolute} is left out: update content carries no {stat.Type}");
                continue;
            }

            var target = type == RecordType.Link ? _tree.ReadLink(path) : default;
            yield return new FullNode
            {
                Root = this,
                Path = absolute,
                Type = type,
                Mode = (uint)stat.Permissions,
                Uid = stat.Uid,
                Gid = stat.Gid,
                Size = type switch { RecordType.File => stat.Size, RecordType.Link => target.Length, _ => 0 },
                Target = target,
                Stamp = new NodeStamp(stat.Device, stat.Inode, 0, stat.Size, stat.ModifiedNs, stat.ChangedNs),
            };
        }
    }
}
