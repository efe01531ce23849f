using Slipway.Content;

namespace Slipway.Updates;

/// <summary>One version of published content on disk: its manifests in force, and the content they name.</summary>
public sealed class PublishedVersion
{
    private readonly PublishedTree _tree;
    private readonly Lazy<IReadOnlyList<Manifest>> _bundles;

    private PublishedVersion(PublishedTree tree, Manifest mom)
    {
        _tree = tree;
        MoM = mom;
        _bundles = new Lazy<IReadOnlyList<Manifest>>(() => [.. mom.Records.OrderBy(r => r.Name).Select(r => tree.Read(r.Version, r.Name.ToString()))]);
    }

    public Manifest MoM { get; }

    public uint Version => MoM.Version;

    /// <summary>The manifests in force, of this version or older, by name.</summary>
    public IReadOnlyList<Manifest> Bundles => _bundles.Value;

    /// <summary>Every path of the version.</summary>
    public Manifest Full => _tree.Read(Version, Manifest.Full);

    internal PublishedTree Tree => _tree;

    /// <summary>Opens a version below a directory of published content; a state directory stands for its www/.</summary>
    public static PublishedVersion Open(string directory, uint version)
    {
        var tree = new PublishedTree(RootOf(directory));
        return new PublishedVersion(tree, tree.TryRead(version, Manifest.MoM)
            ?? throw new SlipwayException($"version {version}", $"there is no {tree.ManifestFile(version, Manifest.MoM)}", "name the directory that holds the version directories")
            {
                Kind = FailureKind.Usage,
            });
    }

    /// <summary>The directory that holds version directories.</summary>
    public static string RootOf(string directory) =>
        Directory.Exists(Path.Combine(directory, "www")) ? Path.Combine(directory, "www") : Path.GetFullPath(directory);

    /// <summary>The base build of a path in the whole version; null when the version does not have it.</summary>
    public ManifestRecord? Find(BytePath path) =>
        Full.Records.FirstOrDefault(r => r.Name == path && r.IsPresent && r.Modifier.Variant == Variant.Base);

    /// <summary>The content of a regular file, checked against its hash.</summary>
    public void CopyContent(ManifestRecord record, Stream target)
    {
        var item = Item(record);
        if (item.Type != NodeType.Regular)
            throw new SlipwayException($"cannot show {record.Name}", $"it is a {item.Type.ToString().ToLowerInvariant()}", "name a file") { Kind = FailureKind.Usage };
        using var content = item.Open();
        using var hasher = SwupdHasher.ForFile(item.Mode, item.Uid, item.Gid, item.Size);
        using var hashing = new HashingStream(content, hasher);
        hashing.CopyTo(target);
        if (hasher.Finish() != record.Hash) throw new InvalidContentException(_tree.Fullfile(record.Version, record.Hash), "content", "its hash is another one");
    }

    internal ContentItem Item(ManifestRecord record)
    {
        var file = _tree.Fullfile(record.Version, record.Hash);
        return File.Exists(file)
            ? Fullfile.Describe(file, record.Hash)
            : throw new SlipwayException($"cannot read {record.Name}", $"its full file {file} does not exist", "publish full files, and keep those of all versions that devices have");
    }
}
