using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>
/// A repository's directory: <c>snapshots/N/</c> are complete trees, <c>current</c> is a link to one of them, and each name at the top
/// of a tree is a link through <c>current</c>. So one rename of <c>current</c> switches everything a client sees.
/// </summary>
internal sealed class SnapshotTree(string directory, ContentStore store)
{
    private const string Unfinished = ".new-";
    private readonly string _snapshots = Path.Combine(directory, "snapshots");

    public string PathOf(long number) => Path.Combine(_snapshots, number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A place for files of the snapshot in work, on the same file system; removed with whatever is unfinished.</summary>
    public string WorkDirectory()
    {
        Directory.CreateDirectory(_snapshots);
        return Directory.CreateDirectory(Path.Combine(_snapshots, Unfinished + "work")).FullName;
    }

    /// <summary>Writes the whole tree under another name, makes it durable, and gives it its number.</summary>
    public void Write(
        long number, DateTimeOffset time, IEnumerable<(string Path, Digest Digest)> packages, IEnumerable<IndexFile> indexes, IEnumerable<(string Path, string Source)> carried)
    {
        var modified = ModifiedAfterCurrent(time);
        var temporary = Path.Combine(_snapshots, Unfinished + number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var directories = new HashSet<string>(StringComparer.Ordinal) { temporary };
        Directory.CreateDirectory(temporary);
        foreach (var (path, digest) in packages)
        {
            var target = Prepare(temporary, path, directories);
            store.LinkTo(digest, target);
        }
        foreach (var index in indexes)
        {
            var target = Prepare(temporary, index.Path, directories);
            // By-hash names and architectures without packages of their own may lead to one file twice.
            if (File.Exists(target)) continue;
            using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
            file.Write(index.Content);
            File.SetLastWriteTimeUtc(file.SafeFileHandle, modified);
            file.Flush(flushToDisk: true);
        }
        using (var tree = RootedTree.Open(temporary))
            foreach (var (path, source) in carried)
            {
                if (File.Exists(Prepare(temporary, path, directories))) continue;
                tree.LinkFromOutside(source, BytePath.From(path));
            }
        Directory.SetLastWriteTimeUtc(temporary, modified);
        foreach (var made in directories) AtomicFile.SyncDirectory(made);
        Directory.Move(temporary, PathOf(number));
        AtomicFile.SyncDirectory(_snapshots);
    }

    /// <summary>Makes the snapshot what clients see. Names that only it has lead nowhere for the moment before the switch.</summary>
    public void Switch(long number)
    {
        using (var tree = RootedTree.Open(directory))
        {
            foreach (var entry in tree.List(BytePath.From($"snapshots/{number}")))
                if (!tree.Exists(entry.Path.Name)) tree.MakeSymlink(entry.Path.Name, BytePath.From("current").Join(entry.Path.Name));
            tree.Sync(BytePath.Empty);
        }
        AtomicFile.SwitchLink(Path.Combine(directory, "current"), $"snapshots/{number}");
    }

    /// <summary>What clients see now; null before the first switch.</summary>
    public long? Current()
    {
        var target = new FileInfo(Path.Combine(directory, "current")).LinkTarget;
        return target is null ? null : long.Parse(Path.GetFileName(target), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Removes what a publisher that died has left: trees without their number and trees that were never recorded.</summary>
    public void RemoveUnrecorded(IReadOnlySet<long> recorded)
    {
        if (!Directory.Exists(_snapshots)) return;
        using var tree = RootedTree.Open(_snapshots);
        foreach (var entry in tree.List(BytePath.Empty))
        {
            var name = entry.Path.ToString();
            if (!long.TryParse(name, out var number) || !recorded.Contains(number)) tree.RemoveTree(entry.Path);
        }
        using var top = RootedTree.Open(directory);
        foreach (var entry in top.List(BytePath.Empty))
            if (entry.Path.StartsWith(".current.")) top.Remove(entry.Path);
    }

    // Clients ask for what changed since the time of the file they have, in whole seconds: a snapshot that follows another
    // within one second must still look newer.
    private DateTime ModifiedAfterCurrent(DateTimeOffset time)
    {
        var modified = time.UtcDateTime;
        if (Current() is not { } current) return modified;
        var after = Directory.GetLastWriteTimeUtc(PathOf(current)).AddSeconds(1);
        return after > modified ? after : modified;
    }

    private static string Prepare(string root, string path, HashSet<string> directories)
    {
        var target = Path.Combine(root, path);
        for (var parent = Path.GetDirectoryName(target)!; directories.Add(parent); parent = Path.GetDirectoryName(parent)!)
            Directory.CreateDirectory(parent);
        return target;
    }
}
