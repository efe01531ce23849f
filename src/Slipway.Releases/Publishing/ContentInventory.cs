using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Releases.Publishing;

/// <summary>One file of a version's update content.</summary>
public sealed record InventoryFile(string Path, long Size, Digest Digest);

/// <summary>
/// Every file of a version's update content by digest: what staging fixed, and what a published copy is verified against.
/// </summary>
public sealed record ContentInventory(IReadOnlyList<InventoryFile> Files)
{
    private const string Heading = "slipway-inventory 1";

    public long Bytes => Files.Sum(f => f.Size);

    /// <summary>Reads and hashes everything below a directory.</summary>
    public static ContentInventory Take(string directory)
    {
        using var tree = RootedTree.Open(directory);
        var found = tree.Walk().Where(e => e.Stat.Type == NodeType.Regular).ToList();
        var files = new InventoryFile[found.Count];
        Parallel.For(0, found.Count, i =>
        {
            var path = found[i].Path;
            using var content = tree.OpenRead(path);
            files[i] = new InventoryFile(path.ToString(), found[i].Stat.Size, Digest.OfStream(content));
        });
        return new ContentInventory([.. files.OrderBy(f => f.Path, StringComparer.Ordinal)]);
    }

    /// <summary>Makes a copy by hard links (or bytes, on another file system) under a name that appears only when all of it is there.</summary>
    public void Copy(string from, string to)
    {
        var parent = Path.GetDirectoryName(to)!;
        using var site = RootedTree.OpenOrCreate(parent);
        var partial = BytePath.From($".{Path.GetFileName(to)}.partial");
        site.RemoveTree(partial);
        site.MakeDirectory(partial, 0x1ed);
        var made = new HashSet<string>(StringComparer.Ordinal) { "" };
        foreach (var file in Files)
        {
            var path = BytePath.From(file.Path);
            if (made.Add(path.Parent.ToString()))
                site.MakeDirectories(partial.Join(path.Parent));
            using var content = File.OpenRead(Path.Combine(from, file.Path));
            site.LinkOrWrite(Path.Combine(from, file.Path), partial.Join(path), content);
        }
        site.SyncAll();
        site.Rename(partial, BytePath.From(Path.GetFileName(to)));
        site.Sync(BytePath.Empty);
    }

    /// <summary>What a copy lacks or holds differently; empty when it is the same.</summary>
    public IReadOnlyList<string> Differences(string copy)
    {
        var there = Take(copy).Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        return [.. Files.Where(f => !there.TryGetValue(f.Path, out var found) || found != f)
            .Select(f => there.ContainsKey(f.Path) ? $"{f.Path} differs" : $"{f.Path} is missing")];
    }

    public byte[] ToBytes()
    {
        var text = new StringBuilder(Heading).Append('\n');
        foreach (var file in Files)
            text.Append(CultureInfo.InvariantCulture, $"{file.Digest}\t{file.Size}\t{file.Path}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static ContentInventory Read(ContentStore store, Digest digest)
    {
        using var reader = new StreamReader(store.Open(digest), Encoding.UTF8);
        if (reader.ReadLine() != Heading)
            throw new SlipwayException($"read the inventory {digest}", "it is none", null);
        var files = new List<InventoryFile>();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t', 3);
            files.Add(new InventoryFile(fields[2], long.Parse(fields[1], CultureInfo.InvariantCulture), Digest.Parse(fields[0])));
        }
        return new ContentInventory(files);
    }
}

/// <summary>Files that are shared where the file system lets them.</summary>
internal static class SharedFile
{
    public static void LinkOrWrite(this RootedTree tree, string source, BytePath path, Stream content)
    {
        try
        {
            tree.LinkFromOutside(source, path);
        }
        catch (TreeException e) when (e.Errno is 18 /* EXDEV */ or 31 /* EMLINK */ or 1 /* EPERM */)
        {
            tree.WriteFile(path, content, 0x1a4, sync: true);
        }
    }
}
