namespace Slipway.Content.Tests.Configuration;

public class ConfigMapTests
{
    [Fact]
    public void Values_are_read_by_kind()
    {
        var document = ConfigDocument.Parse(
            """
            name: harbor
            retries: 3
            keep: true
            bundles: [os-core, editors]
            one: alone
            nothing:
            root: {from: apt}
            gates:
              - name: install
              - name: budget
            channels: {stable: {percent: 10}, dev: {}}
            """,
            "stream.yml");
        var root = document.Root;
        Assert.Equal("harbor", root.String("name"));
        Assert.Equal(3, root.Int("retries", 1));
        Assert.True(root.Bool("keep", false));
        Assert.Equal(["os-core", "editors"], root.Strings("bundles"));
        Assert.Equal(["alone"], root.Strings("one"));
        Assert.Null(root.OptionalString("nothing"));
        Assert.Equal("apt", root.Map("root").String("from"));
        Assert.Equal(["install", "budget"], root.Maps("gates").Select(g => g.String("name")));
        Assert.Equal([("stable", 10), ("dev", 100)], root.NamedMaps("channels").Select(c => (c.Name, c.Value.Int("percent", 100))));
        document.ThrowIfErrors();
    }

    [Fact]
    public void All_errors_come_together_with_their_lines()
    {
        var document = ConfigDocument.Parse("retries: many\nkeep: maybe\nbundles: {a: b}\nextra: 1\n", "slipway.yml");
        document.Root.String("name");
        document.Root.Int("retries", 1);
        document.Root.Bool("keep", true);
        document.Root.Strings("bundles");
        var errors = Assert.Throws<ConfigException>(document.ThrowIfErrors).Errors;
        Assert.Equal([1, 1, 2, 3, 4], errors.Select(e => e.Line));
        Assert.All(errors, e => Assert.Equal("slipway.yml", e.File));
        Assert.Contains(errors, e => e.Message == "`extra` is not a known key");
        Assert.Contains(errors, e => e.Message == "`name` is missing");
    }

    [Fact]
    public void Unknown_key_in_a_map_below_is_named_with_its_place()
    {
        var document = ConfigDocument.Parse("root:\n  form: apt\n", "d.yml");
        document.Root.Map("root").OptionalString("from");
        var error = Assert.Single(Assert.Throws<ConfigException>(document.ThrowIfErrors).Errors);
        Assert.Equal(("`root.form` is not a known key", 2), (error.Message, error.Line));
        Assert.Contains("known here are from", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: [1, 2", "it is not YAML")]
    [InlineData("- a\n- b\n", "does not hold one map")]
    [InlineData("a: 1\na: 2\n", "it is not YAML")]
    [InlineData("a: &x [1]\nb: *x\n", "aliases")]
    public void What_is_no_configuration_is_one_clear_error(string text, string message)
    {
        var document = ConfigDocument.Parse(text, "x.yml");
        document.Root.Has("a");
        Assert.Contains(message, Assert.Throws<ConfigException>(document.ThrowIfErrors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var document = ConfigDocument.Parse(new string('[', 1000) + new string(']', 1000), "x.yml");
        Assert.Contains("nested too deeply", Assert.Throws<ConfigException>(document.ThrowIfErrors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void Empty_file_is_an_empty_map(string text)
    {
        var document = ConfigDocument.Parse(text, "x.yml");
        Assert.False(document.Root.Has("a"));
        document.ThrowIfErrors();
    }
}
