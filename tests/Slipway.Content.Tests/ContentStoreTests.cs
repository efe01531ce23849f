using System.Text;

namespace Slipway.Content.Tests;

public class ContentStoreTests
{
    private const string HelloDigest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    [Fact]
    public void Digest_is_sha256_in_lower_case()
    {
        Assert.Equal(HelloDigest, Digest.Of("hello"u8).ToString());
        Assert.Equal(Digest.Of("hello"u8), Digest.Parse(HelloDigest.ToUpperInvariant()));
        Assert.Equal(Digest.Of("hello"u8), Digest.FromBytes(Digest.Parse(HelloDigest).ToBytes()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2cf2")]
    [InlineData("zzf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    [InlineData("../24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    public void What_is_no_digest_is_refused(string? text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void Content_added_twice_is_one_read_only_file()
    {
        using var temp = new TempTree();
        var store = new ContentStore(temp.InBase("store"));
        var digest = store.Add("hello"u8);
        Assert.Equal(digest, store.Add(new MemoryStream(Encoding.UTF8.GetBytes("hello"))));
        Assert.Equal(Path.Combine(store.Root, "2c", HelloDigest), store.PathOf(digest));
        Assert.Equal("hello", File.ReadAllText(store.PathOf(digest)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(store.PathOf(digest)));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "incoming")));
    }

    [Fact]
    public void Missing_content_is_named()
    {
        using var temp = new TempTree();
        var store = new ContentStore(temp.InBase("store"));
        var digest = Digest.Parse(HelloDigest);
        Assert.False(store.Contains(digest));
        Assert.Contains(HelloDigest, Assert.Throws<SlipwayException>(() => store.Open(digest)).Message, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => store.LinkTo(digest, temp.InBase("copy")));
    }

    [Fact]
    public void Link_shares_the_bytes()
    {
        using var temp = new TempTree();
        var store = new ContentStore(temp.InBase("store"));
        var digest = store.Add("hello"u8);
        store.LinkTo(digest, temp.InBase("copy"));
        using var tree = RootedTree.Open(temp.Base);
        Assert.Equal(2u, tree.Stat(BytePath.From("copy"))!.Value.Links);
    }

    [Fact]
    public void Failed_source_leaves_nothing_in_the_store()
    {
        using var temp = new TempTree();
        var store = new ContentStore(temp.InBase("store"));
        Assert.Throws<IOException>(() => store.Add(new FailingStream()));
        Assert.Empty(Directory.GetFiles(store.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Atomic_file_has_exactly_its_mode_and_leaves_no_other()
    {
        using var temp = new TempTree();
        var path = temp.InBase("file");
        AtomicFile.WriteText(path, "one", 0x180);
        AtomicFile.Write(path, s => s.Write("two"u8), 0x1b6);
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal(0x1b6, (int)File.GetUnixFileMode(path));
        Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => throw new IOException("full")));
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(temp.Base));
    }

    [Fact]
    public void Link_is_switched_in_one_step()
    {
        using var temp = new TempTree();
        var link = temp.InBase("current");
        AtomicFile.SwitchLink(link, "snapshots/1");
        AtomicFile.SwitchLink(link, "snapshots/2");
        Assert.Equal("snapshots/2", new FileInfo(link).LinkTarget);
        Assert.Equal(3, Directory.GetFileSystemEntries(temp.Base).Length);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("the source went away");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("the source went away");
    }
}
