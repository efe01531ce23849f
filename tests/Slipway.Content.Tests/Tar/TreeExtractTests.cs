using static Slipway.Content.Tests.TempTree;

namespace Slipway.Content.Tests.Tar;

public class TreeExtractTests
{
    [Fact]
    public void Tree_is_as_the_archive_says()
    {
        using var temp = new TempTree();
        var archive = TarTests.Write(
            (new TarEntry { Name = P("./ro"), Type = NodeType.Directory, Mode = 0x16d, Uid = 5, ModifiedUnix = 100 }, ""),
            (new TarEntry { Name = P("./ro/file"), Type = NodeType.Regular, Mode = 0x9ed, Uid = 6, Gid = 7, ModifiedUnix = 200 }, "content"),
            (new TarEntry { Name = P("./ro/link"), Type = NodeType.Symlink, LinkTarget = P("file"), Uid = 8, ModifiedUnix = 300 }, ""),
            (new TarEntry { Name = P("./ro/hard"), Type = NodeType.HardLink, LinkTarget = P("./ro/file") }, ""),
            (new TarEntry { Name = P("./null"), Type = NodeType.CharDevice, Mode = 0x1b6, DeviceMajor = 1, DeviceMinor = 3 }, ""));
        Assert.Equal(5, TreeExtract.Extract(archive, temp.Tree, new ExtractOptions { UidShift = 100_000 }));
        Assert.Equal("content", temp.Read("ro/hard"));
        var directory = temp.Tree.Stat(P("ro"))!.Value;
        Assert.Equal((0x16d, 100_005u, 100_000_000_000L), (directory.Permissions, directory.Uid, directory.ModifiedNs));
        var file = temp.Tree.Stat(P("ro/file"))!.Value;
        Assert.Equal((0x9ed, 100_006u, 100_007u, 2u), (file.Permissions, file.Uid, file.Gid, file.Links));
        Assert.Equal(200_000_000_000L, file.ModifiedNs);
        Assert.Equal((100_008u, 300_000_000_000L), (temp.Tree.Stat(P("ro/link"))!.Value.Uid, temp.Tree.Stat(P("ro/link"))!.Value.ModifiedNs));
        Assert.Equal((1u, 3u), (DeviceNumber.Major(temp.Tree.Stat(P("null"))!.Value.RawDevice), DeviceNumber.Minor(temp.Tree.Stat(P("null"))!.Value.RawDevice)));
    }

    [Fact]
    public void Directory_is_merged_with_a_link_to_one()
    {
        using var temp = new TempTree();
        temp.Tree.MakeDirectories(P("usr/lib"));
        temp.Tree.MakeSymlink(P("lib"), P("usr/lib"));
        TreeExtract.Extract(
            TarTests.Write(
                (new TarEntry { Name = P("lib"), Type = NodeType.Directory, Mode = 0x1ed }, ""),
                (new TarEntry { Name = P("lib/x"), Type = NodeType.Regular, Mode = 0x1a4 }, "x")),
            temp.Tree);
        Assert.Equal("x", temp.Read("usr/lib/x"));
        Assert.Equal(NodeType.Symlink, temp.Tree.Stat(P("lib"))!.Value.Type);
    }

    [Fact]
    public void Map_changes_and_skips_members()
    {
        using var temp = new TempTree();
        var options = new ExtractOptions
        {
            Map = e => e.Name == P("skip") ? null : e with { Name = P("below").Join(e.Name) },
        };
        TreeExtract.Extract(
            TarTests.Write(
                (new TarEntry { Name = P("skip"), Type = NodeType.Regular, Mode = 0x1a4 }, "x"),
                (new TarEntry { Name = P("keep"), Type = NodeType.Regular, Mode = 0x1a4 }, "y")),
            temp.Tree,
            options);
        Assert.Equal(["below", "below/keep"], temp.Tree.Walk().Select(e => e.Path.ToString()));
    }
}
