using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Server.Tests;

public sealed class FilesTests(TestSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ranges_and_conditions_are_obeyed()
    {
        Write("10/files/abc.tar", "0123456789");
        using var whole = await site.Http.GetAsync("/streams/harbor/10/files/abc.tar", Cancellation);
        Assert.Equal("0123456789", await whole.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains("immutable", whole.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var part = await SendAsync("/streams/harbor/10/files/abc.tar", r => r.Range = new RangeHeaderValue(4, 6));
        Assert.Equal((HttpStatusCode.PartialContent, "456"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancellation)));
        using var rest = await SendAsync("/streams/harbor/10/files/abc.tar", r => r.Range = new RangeHeaderValue(8, null));
        Assert.Equal("89", await rest.Content.ReadAsStringAsync(Cancellation));
        using var beyond = await SendAsync("/streams/harbor/10/files/abc.tar", r => r.Range = new RangeHeaderValue(50, 60));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        using var unchanged = await SendAsync("/streams/harbor/10/files/abc.tar", r => r.IfNoneMatch.Add(whole.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        using var head = await site.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/streams/harbor/www/10/files/abc.tar"), Cancellation);
        Assert.Equal((HttpStatusCode.OK, 10L), (head.StatusCode, head.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Pointer_that_is_switched_is_new_at_the_next_request()
    {
        Write("channels-1/version/latest_version", "10");
        Write("channels-2/version/latest_version", "20");
        var link = Path.Combine(Www, "stable");
        Content.AtomicFile.SwitchLink(link, "channels-1");
        using var first = await site.Http.GetAsync("/streams/harbor/stable/version/latest_version", Cancellation);
        Assert.Equal("10", await first.Content.ReadAsStringAsync(Cancellation));
        Assert.True(first.Headers.CacheControl!.NoCache);
        Content.AtomicFile.SwitchLink(link, "channels-2");
        using var second = await SendAsync("/streams/harbor/stable/version/latest_version", r => r.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal((HttpStatusCode.OK, "20"), (second.StatusCode, await second.Content.ReadAsStringAsync(Cancellation)));
    }

    [Theory]
    [InlineData("/streams/harbor/../../state.db")]
    [InlineData("/streams/harbor/%2e%2e/%2e%2e/state.db")]
    [InlineData("/streams/harbor/..%2f..%2fstate.db")]
    [InlineData("/streams/%2e%2e/state.db")]
    [InlineData("/streams/harbor/outside/state.db")]
    [InlineData("/streams/harbor/absolute")]
    [InlineData("/..%2fstate.db")]
    [InlineData("/state.db")]
    [InlineData("/streams/harbor/")]
    [InlineData("/streams/harbor/%00")]
    [InlineData("/streams/harbor/10")]
    [InlineData("/keys/gnupg/pubring.kbx")]
    public async Task Nothing_outside_of_the_published_trees_is_served(string address)
    {
        Write("10/Manifest.MoM", "MoM");
        if (!File.Exists(Path.Combine(Www, "absolute"))) File.CreateSymbolicLink(Path.Combine(Www, "absolute"), "/etc/passwd");
        if (!Directory.Exists(Path.Combine(Www, "outside"))) Directory.CreateSymbolicLink(Path.Combine(Www, "outside"), "../../..");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Http.BaseAddress + address.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var answer = await site.Http.SendAsync(request, Cancellation);
        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.StatusCode}");
        Assert.DoesNotContain("root:", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("harbor/bookworm/snapshots/3/dists/bookworm/InRelease", true)]
    [InlineData("harbor/bookworm/pool/h/hello/hello_1_amd64.deb", true)]
    [InlineData("harbor/bookworm/dists/bookworm/InRelease", false)]
    [InlineData("harbor/bookworm/dists/bookworm/main/binary-amd64/by-hash/SHA256/aa", true)]
    [InlineData("harbor/rpm/repodata/repomd.xml", false)]
    [InlineData("harbor/rpm/repodata/0123456789012345678901234567890123456789012345678901234567890123-primary.xml.gz", true)]
    [InlineData("harbor/pacman/x86_64/harbor.db", false)]
    public void Only_what_never_changes_is_kept_for_ever(string path, bool forever) =>
        Assert.Equal(forever, Files.RepositoryFiles.IsImmutable(path));

    private string Www => Directory.CreateDirectory(Path.Combine(site.Data.Stream("harbor"), "www")).FullName;

    private void Write(string path, string content)
    {
        var file = Path.Combine(Www, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file)) File.WriteAllBytes(file, Encoding.UTF8.GetBytes(content));
    }

    private Task<HttpResponseMessage> SendAsync(string address, Action<HttpRequestHeaders> set)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        set(request.Headers);
        return site.Http.SendAsync(request, Cancellation);
    }
}
