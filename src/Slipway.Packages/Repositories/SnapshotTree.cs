using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>
/// A repository's directory: <c>snapshots/N/</c> hold the indexes of a state, <c>files/</c> what they name, <c>current</c> is a link to one of
/// them, and each name at the top is a link through <c>current</c>. So one rename of <c>current</c> switches everything a client sees.
/// </summary>
internal sealed class SnapshotTree(string directory, ContentStore store)
{
    private const string Unfinished = ".new-";
    private const string Pointer = "current";
    private const int MostSyncedSingly = 64;
    private readonly string _snapshots = Path.Combine(directory, "snapshots");

    public string PathOf(long number) => Path.Combine(_snapshots, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A place for files of the snapshot in work, on the same file system; removed with whatever is unfinished.</summary>
    public string WorkDirectory()
    {
        Directory.CreateDirectory(_snapshots);
        return Directory.CreateDirectory(Path.Combine(_snapshots, Unfinished + "work")).FullName;
    }

    /// <summary>The files that the current snapshot shares, or those of a new generation.</summary>
    public SharedFiles Shared(bool fresh = false)
    {
        var generation = Current() is { } number ? SharedFiles.GenerationOf(PathOf(number)) : 0;
        return new(directory, fresh || generation == 0 ? SharedFiles.Unused(directory) : generation, store);
    }

    /// <summary>Writes the whole tree under another name, makes it durable, and gives it its number.</summary>
    /// <param name="links">Path and target of each symbolic link.</param>
    /// <param name="time">Of its files, in whole seconds; made later than the current snapshot's where it is not, since clients ask for what is newer by the second.</param>
    public void Write(long number, SharedFiles shared, IEnumerable<IndexFile> indexes, IEnumerable<(string Path, string Target)> links, DateTimeOffset time)
    {
        var temporary = Path.Combine(_snapshots, Unfinished + number.ToString(CultureInfo.InvariantCulture));
        var directories = new HashSet<string>(StringComparer.Ordinal) { temporary };
        Directory.CreateDirectory(temporary);
        var written = new List<string>();
        var modified = After(time);
        foreach (var index in indexes)
        {
            if (index.SharedPath is { } path) shared.Write(path, index.Content);
            var target = Prepare(temporary, index.Path, directories);
            if (index.SharedPath is null)
            {
                File.WriteAllBytes(target, index.Content);
                File.SetLastWriteTimeUtc(target, modified);
                written.Add(target);
            }
            else HardLink(Path.Combine(shared.Root, index.SharedPath), target);
        }
        foreach (var (path, target) in links.Append((SharedFiles.Name, shared.FromSnapshot)))
            File.CreateSymbolicLink(Prepare(temporary, path, directories), target);
        Directory.SetLastWriteTimeUtc(temporary, modified);
        Sync([.. shared.Pending, .. written, .. directories]);
        Directory.Move(temporary, PathOf(number));
        AtomicFile.SyncDirectory(_snapshots);
    }

    /// <summary>Makes the snapshot what clients see. Names that only it has lead nowhere for the moment before the switch.</summary>
    public void Switch(long number)
    {
        var snapshot = PathOf(number);
        foreach (var entry in new DirectoryInfo(snapshot).EnumerateFileSystemInfos())
        {
            if (entry.Name == SharedFiles.Name) continue;
            // A directory of pointers whose shared half holds what they name: clients see that half, which leads to the pointers.
            var isShared = entry is DirectoryInfo { LinkTarget: null } && Directory.Exists(Path.Combine(snapshot, SharedFiles.Name, entry.Name));
            var target = isShared ? $"{Pointer}/{SharedFiles.Name}/{entry.Name}" : $"{Pointer}/{entry.Name}";
            var link = Path.Combine(directory, entry.Name);
            if (new FileInfo(link).LinkTarget != target) AtomicFile.SwitchLink(link, target);
        }
        AtomicFile.SwitchLink(Path.Combine(directory, Pointer), $"snapshots/{number}");
    }

    /// <summary>What clients see now; null before the first switch.</summary>
    public long? Current()
    {
        var target = new FileInfo(Path.Combine(directory, Pointer)).LinkTarget;
        return target is null ? null : long.Parse(Path.GetFileName(target), CultureInfo.InvariantCulture);
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

    private DateTime After(DateTimeOffset time)
    {
        var before = Current() is { } number ? Directory.GetLastWriteTimeUtc(PathOf(number)).AddSeconds(1) : DateTime.MinValue;
        return before > time.UtcDateTime ? before : time.UtcDateTime;
    }

    /// <summary>Makes files and directories durable: at the same time, so that the file system's journal takes them together; of very many, the whole file system.</summary>
    private void Sync(IReadOnlyList<string> paths)
    {
        if (paths.Count > MostSyncedSingly)
        {
            using var tree = RootedTree.Open(_snapshots);
            tree.SyncAll();
            return;
        }
        Parallel.ForEach(paths, new ParallelOptions { MaxDegreeOfParallelism = MostSyncedSingly }, path => AtomicFile.Sync(path));
    }

    private static void HardLink(string existing, string path)
    {
        using var tree = RootedTree.Open(Path.GetDirectoryName(path)!);
        tree.LinkFromOutside(existing, BytePath.From(Path.GetFileName(path)));
    }

    private static string Prepare(string root, string path, HashSet<string> directories)
    {
        var target = Path.Combine(root, path);
        for (var parent = Path.GetDirectoryName(target)!; directories.Add(parent); parent = Path.GetDirectoryName(parent)!)
            Directory.CreateDirectory(parent);
        return target;
    }
}
