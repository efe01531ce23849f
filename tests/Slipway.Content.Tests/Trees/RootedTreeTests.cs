using System.Text;
using Slipway.Content.Native;
using static Slipway.Content.Tests.TempTree;

namespace Slipway.Content.Tests.Trees;

public class RootedTreeTests
{
    [Fact]
    public void Names_that_are_no_text_are_written_walked_and_read()
    {
        using var temp = new TempTree();
        var name = new BytePath([0xff, 0xfe, (byte)'x']);
        temp.Tree.WriteFile(name, "content"u8.ToArray(), 0x1a4);
        temp.Tree.MakeSymlink(P("link"), name);
        Assert.Equal([P("link"), name], temp.Tree.Walk().Select(e => e.Path));
        Assert.Equal(name, temp.Tree.ReadLink(P("link")));
        Assert.Equal("content"u8.ToArray(), temp.Tree.ReadAllBytes(name));
        Assert.True(temp.Tree.Remove(name));
        Assert.False(temp.Tree.Remove(name));
    }

    [Fact]
    public void Walk_lists_each_directory_in_byte_order_before_what_it_holds()
    {
        using var temp = new TempTree();
        foreach (var path in new[] { "b/z", "b/a", "b.x", "a/c/d", "Z" }) temp.Write(path, path);
        Assert.Equal(
            ["Z", "a", "a/c", "a/c/d", "b", "b/a", "b/z", "b.x"],
            temp.Tree.Walk().Select(e => e.Path.ToString()));
        Assert.Equal(["Z", "a", "b", "b.x"], temp.Tree.List(BytePath.Empty).Select(e => e.Path.ToString()));
        Assert.Equal(["a/c/d"], temp.Tree.Walk(P("a/c")).Select(e => e.Path.ToString()));
    }

    [Fact]
    public void Links_and_dots_do_not_lead_out()
    {
        using var temp = new TempTree();
        temp.Tree.MakeSymlink(P("absolute"), P(temp.Outside));
        temp.Tree.MakeSymlink(P("up"), P("../outside"));
        foreach (var path in new[] { "absolute/secret", "up/secret", "../outside/secret", "x/../../outside/secret" })
        {
            Assert.Null(temp.Tree.Stat(P(path)));
            Assert.Equal(Errno.ENOENT, Assert.Throws<TreeException>(() => temp.Tree.OpenRead(P(path))).Errno);
            Assert.Throws<TreeException>(() => temp.Tree.WriteFile(P(path), [], 0x1a4));
        }

        Assert.Equal("secret", File.ReadAllText(Path.Combine(temp.Outside, "secret")));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("a/.")]
    public void Last_component_must_be_a_name(string path)
    {
        using var temp = new TempTree();
        temp.Tree.MakeDirectory(P("a"), 0x1ed);
        Assert.Throws<SlipwayException>(() => temp.Tree.Remove(P(path)));
    }

    [Fact]
    public void Absolute_links_are_followed_inside_the_tree()
    {
        using var temp = new TempTree();
        temp.Write("usr/bin/tool", "tool");
        temp.Tree.MakeSymlink(P("bin"), P("/usr/bin"));
        Assert.Equal("tool", temp.Read("bin/tool"));
        temp.Tree.MakeDirectories(P("bin/below"));
        Assert.Equal(NodeType.Directory, temp.Tree.Stat(P("usr/bin/below"))!.Value.Type);
        Assert.Equal(NodeType.Symlink, temp.Tree.Stat(P("bin"))!.Value.Type);
        Assert.Equal(NodeType.Directory, temp.Tree.StatFollowing(P("bin"))!.Value.Type);
    }

    [Fact]
    public void Last_link_is_followed_only_when_asked_for()
    {
        using var temp = new TempTree();
        temp.Write("file", "content");
        temp.Tree.MakeSymlink(P("link"), P("file"));
        Assert.Equal(Errno.ELOOP, Assert.Throws<TreeException>(() => temp.Tree.OpenRead(P("link"))).Errno);
        using var stream = temp.Tree.OpenRead(P("link"), followLast: true);
        Assert.Equal(7, stream.Length);
    }

    [Fact]
    public void Pipe_is_not_opened_as_a_file()
    {
        using var temp = new TempTree();
        temp.Tree.MakeNode(P("pipe"), NodeType.Fifo, 0x1a4);
        Assert.Throws<SlipwayException>(() => temp.Tree.OpenRead(P("pipe")));
    }

    [Fact]
    public void Attributes_are_those_that_were_set()
    {
        using var temp = new TempTree();
        temp.Write("file", "content", 0x9ed);
        temp.Tree.MakeDirectory(P("dir"), 0x3ff);
        temp.Tree.MakeSymlink(P("link"), P("nowhere"));
        temp.Tree.Chown(P("link"), 12, 34);
        temp.Tree.SetModified(P("link"), -1_500_000_000);
        temp.Tree.SetModified(P("file"), 1_700_000_000_123_456_789);
        temp.Tree.SetXattr(P("file"), "user.slipway", "v"u8);
        Assert.Equal(0x9ed, temp.Tree.Stat(P("file"))!.Value.Permissions);
        Assert.Equal(0x3ff, temp.Tree.Stat(P("dir"))!.Value.Permissions);
        Assert.Equal(1_700_000_000_123_456_789, temp.Tree.Stat(P("file"))!.Value.ModifiedNs);
        var link = temp.Tree.Stat(P("link"))!.Value;
        Assert.Equal((12u, 34u, -1_500_000_000L, 7L), (link.Uid, link.Gid, link.ModifiedNs, link.Size));
        Assert.Equal("v"u8.ToArray(), temp.Tree.GetXattr(P("file"), "user.slipway"));
        Assert.Null(temp.Tree.GetXattr(P("link"), "user.slipway"));
        Assert.Equal(["user.slipway"], temp.Tree.GetXattrs(P("file")).Keys);
    }

    [Fact]
    public void Hard_links_share_and_rename_replaces()
    {
        using var temp = new TempTree();
        temp.Write("a", "one");
        temp.Write("b", "two");
        temp.Tree.MakeHardLink(P("a"), P("c"));
        Assert.Equal(temp.Tree.Stat(P("a"))!.Value.Inode, temp.Tree.Stat(P("c"))!.Value.Inode);
        temp.Tree.Rename(P("b"), P("c"));
        Assert.Equal(("one", "two"), (temp.Read("a"), temp.Read("c")));
        temp.Tree.Exchange(P("a"), P("c"));
        Assert.Equal(("two", "one"), (temp.Read("a"), temp.Read("c")));
        temp.Tree.Sync(P("a"));
        temp.Tree.Sync(BytePath.Empty);
    }

    [Fact]
    public void Failed_write_leaves_the_old_file_and_no_other()
    {
        using var temp = new TempTree();
        temp.Write("file", "old");
        temp.Tree.MakeDirectory(P("dir"), 0x1ed);
        Assert.Throws<TreeException>(() => temp.Tree.WriteFile(P("dir"), "new"u8.ToArray(), 0x1a4));
        Assert.Equal(["dir", "file"], temp.Tree.Walk().Select(e => e.Path.ToString()));
    }

    [Fact]
    public void Tree_deeper_than_any_path_is_removed_and_links_in_it_are_not_followed()
    {
        using var temp = new TempTree();
        var deep = temp.Tree.Directory;
        // Deeper than PATH_MAX by moving the tree below itself, as build systems do by changing directory.
        var chain = string.Join('/', Enumerable.Repeat("d23456789", 190));
        for (var i = 0; i < 5; i++)
        {
            Directory.CreateDirectory(Path.Combine(deep, "next", chain));
            if (i > 0) temp.Tree.Rename(P("all"), P($"next/{chain}/all"));
            temp.Tree.Rename(P("next"), P("all"));
        }

        temp.Tree.MakeSymlink(P("all/link"), P(temp.Outside));
        temp.Tree.RemoveTree(P("all"));
        Assert.Empty(temp.Tree.Walk());
        Assert.True(File.Exists(Path.Combine(temp.Outside, "secret")));
    }

    [Fact]
    public void Long_and_zero_names_are_refused_with_the_reason()
    {
        using var temp = new TempTree();
        Assert.Contains("4095", Assert.Throws<SlipwayException>(() => temp.Tree.Stat(P(new string('x', 5000)))).Message, StringComparison.Ordinal);
        Assert.Contains("zero byte", Assert.Throws<SlipwayException>(() => temp.Tree.Stat(P("a\0b"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Subtree_does_not_see_what_is_above()
    {
        using var temp = new TempTree();
        temp.Write("a/b", "b");
        temp.Write("c", "c");
        temp.Tree.MakeSymlink(P("a/up"), P("../c"));
        using var below = temp.Tree.Subtree(P("a"));
        Assert.Equal("b", Encoding.UTF8.GetString(below.ReadAllBytes(P("b"))));
        Assert.Null(below.StatFollowing(P("up")));
        Assert.Equal(NodeType.Regular, temp.Tree.StatFollowing(P("a/up"))!.Value.Type);
    }
}
