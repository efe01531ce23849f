using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Lays out the files of bundles as a tree, from full files.</summary>
public static class ContentExtract
{
    /// <summary>Writes the bundles, what they include and nothing else into an empty or new directory.</summary>
    /// <param name="version">The version.</param>
    /// <param name="bundles">Bundle names; empty for all.</param>
    /// <param name="target">The directory.</param>
    /// <returns>How many files, links and directories were written.</returns>
    public static int Write(PublishedVersion version, IReadOnlyList<string> bundles, string target)
    {
        using var tree = RootedTree.OpenOrCreate(target);
        if (tree.List(BytePath.Empty).Count > 0)
            throw new SlipwayException($"cannot extract into {target}", "it is not empty", "name a directory that is new or empty") { Kind = FailureKind.Usage };
        var records = Wanted(version, bundles).SelectMany(m => m.Records)
            .Where(r => r.IsPresent && r.Modifier.Variant == Variant.Base).DistinctBy(r => r.Name).OrderBy(r => r.Name).ToList();
        foreach (var record in records) Write(version.Item(record), record, tree);
        // Last: a directory without write permission could not be filled by an ordinary user.
        foreach (var record in records.Where(r => r.Type == RecordType.Directory)) SetOwnerAndMode(tree, record.Name, version.Item(record));
        return records.Count;
    }

    private static IEnumerable<Manifest> Wanted(PublishedVersion version, IReadOnlyList<string> bundles)
    {
        if (bundles.Count == 0) return version.Bundles;
        var byName = version.Bundles.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>(bundles);
        while (pending.TryDequeue(out var name))
        {
            if (!byName.TryGetValue(name, out var manifest))
                throw new SlipwayException($"cannot extract bundle {name}", $"version {version.Version} does not have it", "see which there are: slipway content inspect DIR --version V") { Kind = FailureKind.Usage };
            if (wanted.Add(name))
                foreach (var include in manifest.Includes.Where(byName.ContainsKey)) pending.Enqueue(include);
        }

        return wanted.Order(StringComparer.Ordinal).Select(name => byName[name]);
    }

    private static void Write(ContentItem item, ManifestRecord record, RootedTree tree)
    {
        tree.MakeDirectories(record.Name.Parent);
        switch (item.Type)
        {
            case NodeType.Directory:
                tree.MakeDirectories(record.Name);
                break;
            case NodeType.Symlink:
                tree.MakeSymlink(record.Name, item.Target);
                tree.Chown(record.Name, item.Uid, item.Gid);
                break;
            default:
                WriteFile(item, record, tree);
                break;
        }
    }

    private static void WriteFile(ContentItem item, ManifestRecord record, RootedTree tree)
    {
        using var content = item.Open();
        using var hasher = SwupdHasher.ForFile(item.Mode, item.Uid, item.Gid, item.Size);
        using var hashing = new HashingStream(content, hasher);
        tree.WriteFile(record.Name, hashing, (int)item.Mode, uid: item.Uid, gid: item.Gid);
        if (hasher.Finish() == record.Hash) return;
        tree.Remove(record.Name);
        throw new InvalidContentException($"{record.Hash}.tar", "content", $"it is not what the manifest names for {record.Name}");
    }

    private static void SetOwnerAndMode(RootedTree tree, BytePath path, ContentItem item)
    {
        tree.Chown(path, item.Uid, item.Gid);
        tree.Chmod(path, (int)item.Mode);
    }
}
