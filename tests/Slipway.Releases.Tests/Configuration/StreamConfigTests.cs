using Slipway.Content;
using Slipway.Releases.Configuration;

namespace Slipway.Releases.Tests.Configuration;

public sealed class StreamConfigTests
{
    private const string Least =
        """
        stream: harbor
        upstream: {type: apt, sources: host}
        bundles: [os-core]
        content_url: http://127.0.0.1/www
        channels:
          - {name: stable}
        """;

    private static ConfigError Only(string text) =>
        Assert.Single(Assert.Throws<ConfigException>(() => StreamConfigReader.Parse(text)).Errors);

    [Fact]
    public void What_is_not_given_has_the_documented_value()
    {
        var config = StreamConfigReader.Parse(Least);
        Assert.Equal(30, config.Format);
        Assert.Equal(new VersionScheme(10, 10, 10), config.Versions);
        Assert.Equal(1, config.DeltasFromPrevious);
        Assert.Equal("http://127.0.0.1/www", config.VersionUrl);
        Assert.Equal(["manifest", "signatures", "install", "update"], config.Gates.Select(g => g.Name));
        Assert.Equal(new ChannelConfig("stable", false, 30), Assert.Single(config.Channels));
    }

    [Fact]
    public void Everything_can_be_said()
    {
        var config = StreamConfigReader.Parse(
            """
            stream: harbor
            format: 31
            upstream: {type: apt, sources: host}
            providers:
              - {name: own, type: repository, project: harbor/base, dist: bookworm, priority: 20}
            bundles:
              - os-core
              - {name: harbor, needs: own}
            versions: {first: 5, then: 10, step: 10}
            deltas: {from_previous: 3}
            os_release: [usr/share/harbor/os-release]
            content_url: https://c.example/harbor/
            version_url: https://v.example/harbor
            gates:
              - install
              - {name: hello, bundle: harbor, run: [/usr/bin/hello, -t], expect: "hello, world"}
            budgets: {removed_packages_percent: 20, root_megabytes: 900}
            channels:
              - {name: testing, publish: auto, expires_days: 7}
              - {name: stable, publish: by-hand}
            """);
        Assert.Equal(new ProviderConfig("own", "harbor/base", "bookworm", 20), Assert.Single(config.Providers));
        Assert.Equal("own", config.Bundles[1].Needs);
        Assert.Equal(new VersionScheme(5, 10, 10), config.Versions);
        Assert.Equal("https://c.example/harbor", config.ContentUrl);
        Assert.Equal(["/usr/bin/hello", "-t"], config.Gates[1].Run);
        Assert.Equal(new Budgets(20, 900), config.Budgets);
        Assert.True(config.Channels[0].PublishAutomatically);
        Assert.False(config.Channels[1].PublishAutomatically);
    }

    [Theory]
    [InlineData("stream: harbor", "stream: ../x", 1, "no name")]
    [InlineData("stream: harbor", "stream: Harbor", 1, "no name")]
    [InlineData("type: apt", "type: yum", 2, "not supported")]
    [InlineData("bundles: [os-core]", "bundles: [os/core]", 3, "no bundle name")]
    [InlineData("bundles: [os-core]", "bundles: [os-core, os-core]", 3, "given twice")]
    [InlineData("bundles: [os-core]", "bundles: [{name: a, needs: nobody}]", 3, "no provider")]
    [InlineData("bundles: [os-core]", "bundles: []", 3, "names no bundle")]
    [InlineData("http://127.0.0.1/www", "gopher://x", 4, "no address")]
    [InlineData("http://127.0.0.1/www", "http://x/?a=b", 4, "no address")]
    [InlineData("{name: stable}", "{name: stable, publish: perhaps}", 6, "perhaps")]
    [InlineData("{name: stable}", "{name: a/b}", 6, "no name")]
    [InlineData("{name: stable}", "{name: stable, colour: red}", 6, "not a known key")]
    [InlineData("stream: harbor", "stream: harbor\nformat: 0", 2, "whole number from 1")]
    [InlineData("stream: harbor", "stream: harbor\nversions: {first: 20, then: 10}", 2, "less than first")]
    [InlineData("stream: harbor", "stream: harbor\nversions: {first: 99999999999}", 2, "whole number")]
    [InlineData("stream: harbor", "stream: harbor\ngates: [weather]", 2, "no gate")]
    [InlineData("stream: harbor", "stream: harbor\ngates: [{name: x, run: [hello]}]", 2, "begins with 'hello'")]
    [InlineData("stream: harbor", "stream: harbor\ngates: [{name: install, expect: x}]", 2, "runs nothing")]
    [InlineData("stream: harbor", "stream: harbor\nos_release: [../../etc/shadow]", 2, "no path")]
    [InlineData("stream: harbor", "stream: harbor\nproviders: [{name: p, project: ../x, dist: d}]", 2, "no project path")]
    public void Wrong_value_is_an_error_with_its_line(string find, string replace, int line, string message)
    {
        var error = Only(Least.Replace(find, replace, StringComparison.Ordinal));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
        Assert.Equal("stream.yml", error.File);
    }

    [Fact]
    public void All_errors_come_together()
    {
        var errors = Assert.Throws<ConfigException>(() => StreamConfigReader.Parse("stream: X\nformat: many\nwhat: ever\n")).Errors;
        Assert.True(errors.Count >= 6, string.Join("\n", errors));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("stream: [")]
    [InlineData("a: &x {b: *x}")]
    public void Text_that_is_no_configuration_is_refused(string text) =>
        Assert.Throws<ConfigException>(() => StreamConfigReader.Parse(text));

    [Theory]
    [InlineData(0u, false, 5u)]
    [InlineData(5u, false, 6u)]
    [InlineData(9u, false, 19u)]
    [InlineData(5u, true, 10u)]
    [InlineData(0u, true, 10u)]
    [InlineData(10u, true, 20u)]
    [InlineData(20u, true, 30u)]
    [InlineData(13u, false, 23u)]
    [InlineData(uint.MaxValue - 3, true, null)]
    public void Next_number_follows_the_scheme(uint last, bool complete, uint? next) =>
        Assert.Equal(next, new VersionScheme(5, 10, 10).Next(last, complete));
}
