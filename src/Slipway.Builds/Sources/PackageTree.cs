using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds;

/// <summary>A package's files at a commit as one tar in the content store: the same tree has the same digest, whatever commit it came by.</summary>
internal static class PackageTree
{
    public static Digest Store(Git git, string commit, PackagePath package, ContentStore store)
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var normal = new FileStream(file, FileMode.Truncate, FileAccess.Write))
            using (var archive = git.Archive(commit, BytePath.From(package.ToString())))
                Normalise(archive, normal);
            return store.AddFile(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // git archives with the time of the call and a comment; neither belongs to the tree.
    private static void Normalise(Stream archive, Stream normal)
    {
        using var reader = new TarReader(archive);
        using var writer = new TarWriter(normal, leaveOpen: true);
        while (reader.Next() is { } entry)
        {
            var mode = entry.Type == NodeType.Directory || (entry.Mode & 0x40) != 0 ? 0x1ED : 0x1A4;
            writer.Add(entry with { Uid = 0, Gid = 0, ModifiedUnix = 0, Mode = mode, Xattrs = null }, entry.Type == NodeType.Regular ? reader.Content : null);
        }
        writer.Finish();
        // The exit status of git comes with the last byte.
        archive.CopyTo(Stream.Null);
    }

    /// <summary>Unpacks a stored tree into a directory that exists.</summary>
    public static void Unpack(ContentStore store, Digest tree, string directory)
    {
        using var into = RootedTree.Open(directory);
        using var tar = store.Open(tree);
        TreeExtract.Extract(tar, into, new ExtractOptions { SetOwners = false, MakeNodes = false });
    }
}
