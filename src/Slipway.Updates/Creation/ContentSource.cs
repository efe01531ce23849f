using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Finds the bytes of a hash: in the full root of this version, among full files made before, or in an older full root.</summary>
internal sealed class ContentSource(FullRoot current, PublishedTree published, ContentCache cache, string imageRoot) : IDisposable
{
    private readonly Dictionary<SwupdHash, FullNode> _nodes = FirstByHash(current);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<uint, Lazy<(FullRoot Root, NodeHashing Hashing)?>> _older = new();

    /// <exception cref="SlipwayException">Nothing of this hash is left.</exception>
    public ContentItem Find(SwupdHash hash, uint version, BytePath fullName) => TryFind(hash, version, fullName)
        ?? throw new SlipwayException($"cannot read {fullName} of version {version}",
            $"neither its full file nor image/{version}/full is there any more", "keep the full files of all versions that updates start from");

    public ContentItem? TryFind(SwupdHash hash, uint version, BytePath fullName)
    {
        if (_nodes.TryGetValue(hash, out var node)) return ItemOf(node);
        foreach (var file in (string[])[cache.Fullfile(hash), published.Fullfile(version, hash)])
            if (File.Exists(file)) return Fullfile.Describe(file, hash);
        if (_older.GetOrAdd(version, v => new Lazy<(FullRoot, NodeHashing)?>(() => OpenOlder(v))).Value is not { } older) return null;
        var index = older.Root.Find(fullName);
        if (index < 0) return null;
        var old = older.Root.Nodes[index];
        return HashOf(old, older.Hashing) == hash ? ItemOf(old) with { Hash = hash } : null;
    }

    public void Dispose()
    {
        foreach (var older in _older.Values) older.Value?.Root.Dispose();
    }

    private static ContentItem ItemOf(FullNode node) => new(
        node.Hash,
        node.Type switch { RecordType.File => NodeType.Regular, RecordType.Directory => NodeType.Directory, _ => NodeType.Symlink },
        node.Mode, node.Uid, node.Gid, node.Size, node.Target, () => FullRoot.Open(node));

    /// <summary>An older tree, and what was found out about it when its version was made: its files are not read to know them again.</summary>
    private (FullRoot, NodeHashing)? OpenOlder(uint version)
    {
        var image = Path.Combine(imageRoot, version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (FullRoot.TryOpen(image, _ => { }) is not { } root) return null;
        var memory = new HashMemory();
        memory.Load(cache.HashesOf(version));
        return (root, new NodeHashing(NodeRecords.Read(image), memory, new DigestMemory(cache.Digests)));
    }

    private static SwupdHash HashOf(FullNode node, NodeHashing hashing) => node.Type switch
    {
        RecordType.Directory => SwupdHash.OfDirectory(node.Mode, node.Uid, node.Gid),
        RecordType.Link => SwupdHash.OfLink(node.Uid, node.Gid, node.Target.Span),
        _ => hashing.Of(node),
    };

    private static Dictionary<SwupdHash, FullNode> FirstByHash(FullRoot root)
    {
        var nodes = new Dictionary<SwupdHash, FullNode>(root.Nodes.Count);
        foreach (var node in root.Nodes) nodes.TryAdd(node.Hash, node);
        return nodes;
    }
}
