using System.Text;
using static Slipway.Content.Tests.TempTree;

namespace Slipway.Content.Tests.Tar;

public class TarTests
{
    public static TheoryData<TarEntry> Members => new()
    {
        new TarEntry { Name = P("file"), Type = NodeType.Regular, Mode = 0x9ed, Uid = 1, Gid = 2, ModifiedUnix = 1_700_000_000 },
        new TarEntry { Name = P("dir"), Type = NodeType.Directory, Mode = 0x3ff },
        new TarEntry { Name = P("link"), Type = NodeType.Symlink, Mode = 0x1ff, LinkTarget = P(new string('t', 3000)) },
        new TarEntry { Name = P("hard"), Type = NodeType.HardLink, LinkTarget = P("file") },
        new TarEntry { Name = P("null"), Type = NodeType.CharDevice, Mode = 0x1b6, DeviceMajor = 1, DeviceMinor = 3 },
        new TarEntry { Name = P("pipe"), Type = NodeType.Fifo, Mode = 0x180 },
        new TarEntry { Name = P(string.Join('/', Enumerable.Repeat("prefix", 30)) + "/name"), Type = NodeType.Regular },
        new TarEntry { Name = P(new string('n', 255)), Type = NodeType.Directory },
        new TarEntry { Name = new BytePath([.. Enumerable.Repeat((byte)0xff, 300)]), Type = NodeType.Regular },
        new TarEntry { Name = P("big-ids"), Type = NodeType.Regular, Uid = 4_000_000_000, Gid = 3_000_000, ModifiedUnix = -5 },
        new TarEntry { Name = P("x"), Type = NodeType.Regular, Xattrs = new Dictionary<string, byte[]> { ["user.a"] = [0, 1, 255, 10] } },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void Member_is_read_as_it_was_written(TarEntry entry)
    {
        var archive = Write((entry, ""), (new TarEntry { Name = P("after"), Type = NodeType.Regular }, "end"));
        var reader = new TarReader(archive);
        var read = reader.Next()!;
        Assert.Equal(entry with { Xattrs = null }, read with { Xattrs = null });
        Assert.Equal(entry.Xattrs ?? new Dictionary<string, byte[]>(), read.Xattrs ?? new Dictionary<string, byte[]>());
        Assert.Equal(P("after"), reader.Next()!.Name);
        Assert.Equal("end", new StreamReader(reader.Content).ReadToEnd());
        Assert.Null(reader.Next());
        Assert.Null(reader.Next());
    }

    [Fact]
    public void Same_members_give_the_same_bytes()
    {
        var entry = new TarEntry { Name = P(new string('n', 200)), Type = NodeType.Regular, Xattrs = new Dictionary<string, byte[]> { ["b"] = [1], ["a"] = [2] } };
        var other = entry with { Xattrs = new Dictionary<string, byte[]> { ["a"] = [2], ["b"] = [1] } };
        Assert.Equal(Write((entry, "x")).ToArray(), Write((other, "x")).ToArray());
    }

    [Fact]
    public void Content_of_another_length_is_refused()
    {
        using var writer = new TarWriter(new MemoryStream());
        var entry = new TarEntry { Name = P("f"), Type = NodeType.Regular, Size = 5 };
        Assert.Throws<TarException>(() => writer.Add(entry, new MemoryStream(new byte[4])));
        Assert.Throws<TarException>(() => writer.Add(entry, new MemoryStream(new byte[6])));
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix")]
    [InlineData("--format=ustar")]
    [InlineData("--format=v7")]
    public void Archives_of_gnu_tar_are_read_and_ours_are_read_by_it(string format)
    {
        using var temp = new TempTree();
        var longPart = format.EndsWith("gnu", StringComparison.Ordinal) || format.EndsWith("posix", StringComparison.Ordinal)
            ? new string('l', 180) : "short";
        temp.Write($"a/{longPart}", "content", 0x9ed);
        temp.Tree.MakeSymlink(P("a/link"), P(longPart));
        temp.Tree.MakeHardLink(P($"a/{longPart}"), P("a/hard"));
        var archive = Tool.Run("tar", "--create", format, "--sort=name", "--file=-", $"--directory={temp.Tree.Directory}", "a");
        var copy = new MemoryStream();
        using (var writer = new TarWriter(copy, leaveOpen: true))
        {
            var reader = new TarReader(new MemoryStream(archive));
            while (reader.Next() is { } entry) writer.Add(entry, reader.Content);
            writer.Finish();
        }

        File.WriteAllBytes(temp.InBase("copy.tar"), copy.ToArray());
        var list = Encoding.UTF8.GetString(Tool.Run("tar", "--list", "--verbose", $"--file={temp.InBase("copy.tar")}"));
        Assert.Contains($"a/link -> {longPart}", list, StringComparison.Ordinal);
        Assert.Contains("-rwsr-xr-x", list, StringComparison.Ordinal);
        Assert.Contains(" link to a/", list, StringComparison.Ordinal);
        Tool.Run("tar", "--compare", $"--file={temp.InBase("copy.tar")}", $"--directory={temp.Tree.Directory}");
    }

    [Fact]
    public void Number_over_the_octal_field_is_read_in_base_256()
    {
        var block = new byte[12];
        block[0] = 0x80;
        block[6] = 0x01;
        Assert.Equal(1L << 40, TarHeader.Number(block));
        Assert.Equal(-1, TarHeader.Number(Enumerable.Repeat((byte)0xff, 12).ToArray()));
        Assert.Null(TarHeader.Number([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Null(TarHeader.Number("12x4567\0"u8));
        Assert.Equal(0x1a4, TarHeader.Number("0000644\0"u8));
    }

    internal static MemoryStream Write(params (TarEntry Entry, string Content)[] members)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var (entry, content) in members)
            {
                if (entry.Type == NodeType.Regular) writer.Add(entry, Encoding.UTF8.GetBytes(content));
                else writer.Add(entry);
            }

            writer.Finish();
        }

        archive.Position = 0;
        return archive;
    }
}
