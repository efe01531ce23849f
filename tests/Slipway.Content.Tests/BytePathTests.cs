namespace Slipway.Content.Tests;

public class BytePathTests
{
    [Fact]
    public void Order_is_that_of_the_bytes_not_of_the_letters()
    {
        BytePath[] paths = [new([0xff]), BytePath.From("a/b"), BytePath.From("a-b"), BytePath.From("Z"), BytePath.From("é")];
        Assert.Equal(
            [BytePath.From("Z"), BytePath.From("a-b"), BytePath.From("a/b"), BytePath.From("é"), new BytePath([0xff])],
            paths.Order());
    }

    [Theory]
    [InlineData("usr/bin/hello", "usr/bin", "hello")]
    [InlineData("hello", "", "hello")]
    [InlineData("/hello", "", "hello")]
    public void Parent_and_name_part_at_the_last_slash(string path, string parent, string name)
    {
        Assert.Equal(BytePath.From(parent), BytePath.From(path).Parent);
        Assert.Equal(BytePath.From(name), BytePath.From(path).Name);
    }

    [Theory]
    [InlineData("./usr/bin/", "usr/bin")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("./././a", "a")]
    [InlineData(".hidden", ".hidden")]
    [InlineData("usr", "usr")]
    public void Relative_form_has_no_dots_and_slashes_around(string path, string relative) =>
        Assert.Equal(BytePath.From(relative), BytePath.From(path).Relative);

    [Theory]
    [InlineData("a/../b", true)]
    [InlineData("..", true)]
    [InlineData("a..b/..c", false)]
    public void Parent_components_are_seen(string path, bool has) => Assert.Equal(has, BytePath.From(path).HasParentComponent);

    [Fact]
    public void Below_goes_by_components()
    {
        Assert.True(BytePath.From("usr/lib").IsBelow(BytePath.From("usr")));
        Assert.False(BytePath.From("usrlib").IsBelow(BytePath.From("usr")));
        Assert.True(BytePath.From("anything").IsBelow(BytePath.Empty));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_shown_by_number()
    {
        Assert.Equal("a\\xff\\x0aé", new BytePath([(byte)'a', 0xff, 0x0a, 0xc3, 0xa9]).ToString());
    }

    [Fact]
    public void Join_puts_one_slash()
    {
        Assert.Equal("a/b", BytePath.From("a").Join("b").ToString());
        Assert.Equal("a/b", BytePath.From("a/").Join("b").ToString());
        Assert.Equal("b", BytePath.Empty.Join("b").ToString());
        Assert.Equal("a", BytePath.From("a").Join("").ToString());
    }

    [Fact]
    public void Equal_paths_have_equal_hashes()
    {
        Assert.Equal(BytePath.From("x/y").GetHashCode(), BytePath.From("x").Join("y").GetHashCode());
        Assert.NotEqual(BytePath.From("x"), BytePath.From("y"));
        Assert.Equal(default, BytePath.From(""));
    }
}
