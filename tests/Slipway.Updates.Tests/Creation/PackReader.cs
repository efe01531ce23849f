using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>Reads a pack as a device does, checking that each staged member is what its name says.</summary>
internal static class PackReader
{
    public static List<(string Name, byte[] Content)> Read(string file)
    {
        var members = new List<(string Name, byte[] Content)>();
        using var stream = Compressor.DecompressDetected(File.OpenRead(file));
        using var tar = new TarReader(stream);
        while (tar.Next() is { } entry)
        {
            var content = new MemoryStream();
            tar.Content.CopyTo(content);
            var name = entry.Name.ToString();
            if (name.StartsWith("staged/", StringComparison.Ordinal))
                Assert.Equal(name["staged/".Length..], HashOf(entry, content.ToArray()));
            members.Add((entry.Type == NodeType.Directory ? name + "/" : name, content.ToArray()));
        }

        return members;
    }

    public static string HashOf(ContentItem item) => item.Type switch
    {
        NodeType.Directory => SwupdHash.OfDirectory(item.Mode, item.Uid, item.Gid).ToString(),
        NodeType.Symlink => SwupdHash.OfLink(item.Uid, item.Gid, item.Target.Span).ToString(),
        _ => SwupdHash.OfFile(item.Mode, item.Uid, item.Gid, item.ReadAll()).ToString(),
    };

    private static string HashOf(TarEntry entry, byte[] content) => entry.Type switch
    {
        NodeType.Directory => SwupdHash.OfDirectory((uint)entry.Mode, entry.Uid, entry.Gid).ToString(),
        NodeType.Symlink => SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span).ToString(),
        _ => SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, content).ToString(),
    };
}
