using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Finds the bytes of a hash: in the full root of this version, among full files made before, or in an older full root.</summary>
internal sealed class ContentSource(FullRoot current, PublishedTree published, ContentCache cache, string imageRoot) : IDisposable
{
    private readonly Dictionary<SwupdHash, FullNode> _nodes = FirstByHash(current);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<uint, Lazy<FullRoot?>> _older = new();

    /// <exception cref="SlipwayException">Nothing of this hash is left.</exception>
    public ContentItem Find(SwupdHash hash, uint version, BytePath fullName) => TryFind(hash, version, fullName)
        ?? throw new SlipwayException($"cannot read {fullName} of version {version}",
            $"neither its full file nor image/{version}/full is there any more", "keep the full files of all versions that updates start from");

    public ContentItem? TryFind(SwupdHash hash, uint version, BytePath fullName)
    {
        if (_nodes.TryGetValue(hash, out var node)) return ItemOf(node);
        foreach (var file in (string[])[cache.Fullfile(hash), published.Fullfile(version, hash)])
            if (File.Exists(file)) return Fullfile.Describe(file, hash);
        var root = _older.GetOrAdd(version, v => new Lazy<FullRoot?>(() => FullRoot.TryOpen(
            Path.Combine(imageRoot, v.ToString(System.Globalization.CultureInfo.InvariantCulture)), _ => { }))).Value;
        var index = root?.Find(fullName) ?? -1;
        if (index < 0) return null;
        var old = root!.Nodes[index];
        var item = ItemOf(old) with { Hash = hash };
        return HashOf(item) == hash ? item : null;
    }

    public void Dispose()
    {
        foreach (var root in _older.Values) root.Value?.Dispose();
    }

    private static ContentItem ItemOf(FullNode node) => new(
        node.Hash,
        node.Type switch { RecordType.File => NodeType.Regular, RecordType.Directory => NodeType.Directory, _ => NodeType.Symlink },
        node.Mode, node.Uid, node.Gid, node.Size, node.Target, () => FullRoot.Open(node));

    private static SwupdHash HashOf(ContentItem item)
    {
        if (item.Type == NodeType.Directory) return SwupdHash.OfDirectory(item.Mode, item.Uid, item.Gid);
        if (item.Type == NodeType.Symlink) return SwupdHash.OfLink(item.Uid, item.Gid, item.Target.Span);
        using var content = item.Open();
        return SwupdHash.OfFile(item.Mode, item.Uid, item.Gid, item.Size, content);
    }

    private static Dictionary<SwupdHash, FullNode> FirstByHash(FullRoot root)
    {
        var nodes = new Dictionary<SwupdHash, FullNode>(root.Nodes.Count);
        foreach (var node in root.Nodes) nodes.TryAdd(node.Hash, node);
        return nodes;
    }
}
