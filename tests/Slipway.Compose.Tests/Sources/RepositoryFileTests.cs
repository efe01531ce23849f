using Slipway.Compose.Sources;
using Slipway.Content;

namespace Slipway.Compose.Tests.Sources;

public sealed class RepositoryFileTests : IDisposable
{
    // As the ancestor writes it (format clause 2.5, item 1).
    private const string Ancestors = """
        [main]
        cachedir=/var/cache/yum/clear/
        keepcache=0
        gpgcheck=0
        plugins=0
        obsoletes=1
        installonly_limit=3
        reposdir=/root/mash

        [clear]
        name=Clear
        failovermethod=priority
        baseurl=http://upstream.example.org/releases/$releasever/clear/x86_64/os/
        enabled=1
        timeout=45

        [local]
        name=Local
        baseurl=file:///home/mix/local-yum
        enabled=1
        priority=1
        """;

    private readonly TemporaryDirectory _place = new();

    public RepositoryFileTests() => Directory.CreateDirectory(_place.Path);

    public void Dispose() => _place.Dispose();

    private RepositoryFile Load(string text)
    {
        File.WriteAllText(_place["repos"], text);
        return RepositoryFile.Load(_place["repos"]);
    }

    private static IReadOnlyList<MixRepository> Repositories(RepositoryFile file) => file.Repositories(new Dictionary<string, string> { ["releasever"] = "31380", ["basearch"] = "x86_64" }, checks: true);

    [Fact]
    public void The_ancestors_file_is_read_and_its_unchecked_signatures_stay_so()
    {
        var all = Repositories(Load(Ancestors));
        Assert.Equal("http://upstream.example.org/releases/31380/clear/x86_64/os/", all[0].Url);
        Assert.False(all[0].Checks);
        Assert.Equal(99, all[0].Priority);
        Assert.Equal(1, all[1].Priority);
    }

    [Fact]
    public void A_change_keeps_what_is_not_understood()
    {
        var file = Load(Ancestors);
        file.Set("clear", "excludepkgs", "linux-* gcc");
        file.Add("extra", [("baseurl", "http://extra.example.org")]);
        file.Save();
        var again = RepositoryFile.Load(_place["repos"]);
        Assert.Equal("/root/mash", again.Get("main", "reposdir"));
        Assert.Equal("priority", again.Get("clear", "failovermethod"));
        Assert.Equal(["linux-*", "gcc"], Repositories(again)[0].Exclude);
        Assert.Equal(["clear", "local", "extra"], again.Names);
    }

    [Fact]
    public void New_repositories_are_checked_unless_switched_off_by_name()
    {
        var all = Repositories(Load("[a]\nbaseurl=http://a.example.org\n[b]\nbaseurl=http://b.example.org\ngpgcheck=0\n[c]\nbaseurl=x\nenabled=0\n"));
        Assert.Equal([true, false], all.Select(r => r.Checks));
    }

    [Theory]
    [InlineData("[a]\nbaseurl=x\npriority=100\n", "repos:3")]
    [InlineData("[a]\nbaseurl=x\npriority=best\n", "repos:3")]
    [InlineData("[a]\nname=x\n", "has no baseurl")]
    [InlineData("[a]\nbaseurl=x\nkind=tape\n", "repos:3")]
    public void A_bad_value_is_told_of_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => Repositories(Load(text))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[a]\nbaseurl=x\n[a]\n", "repos:3")]
    [InlineData("[a]\nnonsense\n", "repos:2")]
    public void A_bad_line_is_told_of(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => Load(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_leads_out_of_the_file_is_refused() =>
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => Load("").Add("a]\n[b", [])).Kind);
}
