using System.Text;
using static Slipway.Content.Tests.TempTree;

namespace Slipway.Content.Tests.Tar;

public class HostileTarTests
{
    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside/secret")]
    [InlineData("a/../../outside/secret")]
    public void Name_that_leads_out_is_refused(string name)
    {
        using var temp = new TempTree();
        var archive = TarTests.Write((File(name), "evil"));
        Assert.Throws<TarException>(() => TreeExtract.Extract(archive, temp.Tree));
        Assert.Equal("secret", System.IO.File.ReadAllText(Path.Combine(temp.Outside, "secret")));
        Assert.Empty(temp.Tree.Walk());
    }

    [Fact]
    public void File_below_a_link_that_leads_out_lands_inside()
    {
        using var temp = new TempTree();
        var archive = TarTests.Write(
            (Link("d", temp.Outside), ""),
            (Link("up", "../outside"), ""),
            (File("up2/x"), "fine"));
        TreeExtract.Extract(archive, temp.Tree);
        foreach (var link in new[] { "d", "up" })
            Assert.ThrowsAny<SlipwayException>(() => TreeExtract.Extract(TarTests.Write((File($"{link}/secret"), "evil")), temp.Tree));
        Assert.Equal("secret", System.IO.File.ReadAllText(Path.Combine(temp.Outside, "secret")));
        Assert.Equal(["secret"], Directory.GetFiles(temp.Outside).Select(Path.GetFileName));
    }

    [Fact]
    public void File_replaces_a_link_and_does_not_write_through_it()
    {
        using var temp = new TempTree();
        TreeExtract.Extract(TarTests.Write((Link("d", Path.Combine(temp.Outside, "secret")), ""), (File("d"), "mine")), temp.Tree);
        Assert.Equal("mine", temp.Read("d"));
        Assert.Equal("secret", System.IO.File.ReadAllText(Path.Combine(temp.Outside, "secret")));
    }

    [Theory]
    [InlineData("../outside/secret")]
    [InlineData("/etc/passwd")]
    [InlineData("up/secret")]
    public void Hard_link_does_not_reach_out(string target)
    {
        using var temp = new TempTree();
        var hard = new TarEntry { Name = P("hard"), Type = NodeType.HardLink, LinkTarget = P(target) };
        var archive = TarTests.Write((Link("up", "../outside"), ""), (hard, ""));
        Assert.Throws<TarException>(() => TreeExtract.Extract(archive, temp.Tree));
        Assert.Null(temp.Tree.Stat(P("hard")));
    }

    [Fact]
    public void Huge_pax_header_is_refused_before_it_is_read()
    {
        var archive = Header('x', size: "77777777777\0");
        var refused = Assert.Throws<TarException>(() => new TarReader(new MemoryStream(archive)).Next());
        Assert.Contains("pax header of 8589934591 bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_gnu_name_is_refused() =>
        Assert.Throws<TarException>(() => new TarReader(new MemoryStream(Header('L', size: "00001000000\0"))).Next());

    [Theory]
    [InlineData("5 a=b\n")]
    [InlineData("99 a=b\n")]
    [InlineData("-6 a=b\n")]
    [InlineData("6 =b\n\n")]
    [InlineData("nonsense")]
    [InlineData("99999999999999999999 a=b\n")]
    public void Damaged_pax_record_is_refused(string record)
    {
        var archive = new MemoryStream();
        archive.Write(Header('x', size: Convert.ToString(record.Length, 8).PadLeft(11, '0') + "\0"));
        archive.Write(Encoding.ASCII.GetBytes(record.PadRight(512, '\0')));
        archive.Position = 0;
        Assert.Throws<TarException>(() => new TarReader(archive).Next());
    }

    [Fact]
    public void Archive_cut_anywhere_is_an_error_or_ends_between_members()
    {
        var whole = TarTests.Write((File("a"), "some content"), (File("b"), new string('x', 700))).ToArray();
        for (var length = 1; length < whole.Length - 1024; length++)
        {
            var reader = new TarReader(new MemoryStream(whole, 0, length));
            if (length % 512 == 0 && length == 1024) continue;
            Assert.Throws<TarException>(() =>
            {
                while (reader.Next() is not null) reader.Content.CopyTo(Stream.Null);
            });
        }
    }

    [Fact]
    public void Changed_header_byte_is_refused()
    {
        var archive = TarTests.Write((File("a"), "x")).ToArray();
        archive[1] ^= 1;
        Assert.Throws<TarException>(() => new TarReader(new MemoryStream(archive)).Next());
    }

    [Fact]
    public void Members_names_and_bytes_are_counted()
    {
        TarTests.Write((File("a"), "xx"), (File("b"), "yy"), (File("c"), ""));
        foreach (var limits in new TarLimits[] { new() { MaxEntries = 2 }, new() { MaxTotalBytes = 3 }, new() { MaxEntryBytes = 1 }, new() { MaxNameBytes = 0 } })
        {
            var reader = new TarReader(TarTests.Write((File("a"), "xx"), (File("b"), "yy"), (File("c"), "")), limits);
            Assert.Throws<TarException>(() =>
            {
                while (reader.Next() is not null)
                {
                }
            });
        }
    }

    [Fact]
    public void Device_is_skipped_when_no_nodes_are_wanted()
    {
        using var temp = new TempTree();
        var device = new TarEntry { Name = P("mem"), Type = NodeType.CharDevice, DeviceMajor = 1, DeviceMinor = 1 };
        TreeExtract.Extract(TarTests.Write((device, "")), temp.Tree, new ExtractOptions { MakeNodes = false });
        Assert.Empty(temp.Tree.Walk());
    }

    private static TarEntry File(string name) => new() { Name = P(name), Type = NodeType.Regular, Mode = 0x1a4 };

    private static TarEntry Link(string name, string target) => new() { Name = P(name), Type = NodeType.Symlink, LinkTarget = P(target) };

    private static byte[] Header(char type, string size)
    {
        var block = new byte[512];
        "name"u8.CopyTo(block);
        Encoding.ASCII.GetBytes(size).CopyTo(block, 124);
        block[156] = (byte)type;
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }
}
