using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The whole file tree of one version, from a directory or from a tar that is read in place.</summary>
internal abstract class FullRoot : IDisposable
{
    // Format 1.7.1: such names are not fit for the shell scripts around the original engine.
    private static readonly System.Buffers.SearchValues<byte> BannedInNames =
        System.Buffers.SearchValues.Create(";&|*`/<>\\\"'\a"u8);

    // These would break the lines of a manifest, wherever in the path they are.
    private static readonly System.Buffers.SearchValues<byte> BannedInPaths = System.Buffers.SearchValues.Create("\n\t"u8);

    private readonly List<FullRoot> _layers = [];
    private Dictionary<BytePath, int>? _index;

    /// <summary>Ordered by the bytes of their paths; without the root itself.</summary>
    public IReadOnlyList<FullNode> Nodes { get; private set; } = [];

    public static Stream Open(FullNode node) => node.Root.OpenContent(node);

    public virtual void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }

    /// <summary>Opens image/V/full or image/V/full.tar; null when there is neither.</summary>
    public static FullRoot? TryOpen(string imageDirectory, Action<string> warn)
    {
        var tree = Path.Combine(imageDirectory, "full");
        var tar = tree + ".tar";
        return Directory.Exists(tree) ? Read(new TreeRoot(tree), warn)
            : File.Exists(tar) ? Read(new TarRoot(tar), warn)
            : null;
    }

    /// <summary>Opens a bundle's own chroot and adds what the full root does not have (the older kind of input, format 1.7).</summary>
    /// <returns>The paths of the chroot.</returns>
    public IReadOnlyList<BytePath> Overlay(string chroot, Action<string> warn)
    {
        var layer = Read(new TreeRoot(chroot), warn);
        _layers.Add(layer);
        Nodes = [.. Nodes.Concat(layer.Nodes.Where(n => Find(n.Path) < 0)).OrderBy(n => n.Path)];
        _index = null;
        return [.. layer.Nodes.Select(n => n.Path)];
    }

    /// <summary>The position in <see cref="Nodes"/>; -1 when the path is not in the tree.</summary>
    public int Find(BytePath path) => (_index ??= Index()).GetValueOrDefault(path, -1);

    /// <summary>Finds every node's hash.</summary>
    public void Hash(NodeHashing hashing, int workers)
    {
        var files = Nodes.Where(n => n.Type == RecordType.File).OrderByDescending(n => n.Size).ToList();
        Parallel.ForEach(
            System.Collections.Concurrent.Partitioner.Create(files, loadBalance: true),
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            node => node.Hash = hashing.Of(node));
        foreach (var node in Nodes)
            if (node.Type == RecordType.Directory) node.Hash = SwupdHash.OfDirectory(node.Mode, node.Uid, node.Gid);
            else if (node.Type == RecordType.Link) node.Hash = SwupdHash.OfLink(node.Uid, node.Gid, node.Target.Span);
    }

    protected abstract Stream OpenContent(FullNode node);

    protected abstract IEnumerable<FullNode> ReadNodes(Action<string> warn);

    private static FullRoot Read(FullRoot root, Action<string> warn)
    {
        try
        {
            var nodes = new List<FullNode>();
            foreach (var node in root.ReadNodes(warn))
            {
                if (node.Path.Name.Span.ContainsAny(BannedInNames) || node.Path.Span.ContainsAny(BannedInPaths))
                    warn($"{node.Path} is left out: its name holds a character that update content does not carry");
                else
                    nodes.Add(node);
            }

            nodes.Sort(static (a, b) => a.Path.CompareTo(b.Path));
            root.Nodes = nodes;
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    private Dictionary<BytePath, int> Index()
    {
        var index = new Dictionary<BytePath, int>(Nodes.Count);
        for (var i = 0; i < Nodes.Count; i++) index[Nodes[i].Path] = i;
        return index;
    }
}
