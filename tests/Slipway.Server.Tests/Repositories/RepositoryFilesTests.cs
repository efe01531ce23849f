using System.Net;
using Slipway.Content;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Server.Tests.Repositories;

public sealed class RepositoryFilesTests(TestSite site) : IDisposable
{
    private readonly PublishedPackages _packages = new(site);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task A_pacman_database_and_its_signature_come_from_one_snapshot()
    {
        var first = _packages.Publish("bound/sub/arch", RealPackages.Pacman(_packages.Temp, "hello", "1.0-1"));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Http.BaseAddress };
        foreach (var name in new[] { "bound-sub.db", "bound-sub.files", "bound-sub.db.sig" })
        {
            using var answer = await client.GetAsync($"/bound/sub/arch/x86_64/{name}", Cancellation);
            Assert.Equal((HttpStatusCode.Found, $"../snapshots/{first.Number}/x86_64/{name}"), (answer.StatusCode, $"{answer.Headers.Location}"));
            Assert.True(answer.Headers.CacheControl!.NoCache);
        }
        _packages.Publish("bound/sub/arch", RealPackages.Pacman(_packages.Temp, "hello", "1.1-1"));
        // Half-way through the older one: its database, its signature and the package it names are still there.
        foreach (var name in new[] { "bound-sub.db", "bound-sub.db.sig", "hello-1.0-1-x86_64.pkg.tar.zst", "hello-1.0-1-x86_64.pkg.tar.zst.sig" })
        {
            using var answer = await site.Http.GetAsync($"/bound/sub/arch/snapshots/{first.Number}/x86_64/{name}", Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("immutable", $"{answer.Headers.CacheControl}", StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync("/bound/sub/arch/x86_64/hello-1.0-1-x86_64.pkg.tar.zst", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync("/bound/sub/arch/x86_64/other.db", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_mirror_list_names_a_snapshot_that_holds_everything()
    {
        var first = _packages.Publish("bound/rpm", RealPackages.Rpm(_packages.Temp, "hello", "1.0"));
        var mirror = (await _packages.GetAsync("/bound/rpm/mirrorlist")).Trim();
        Assert.Equal($"{site.Http.BaseAddress}bound/rpm/snapshots/{first.Number}/", mirror);
        _packages.Publish("bound/rpm", RealPackages.Rpm(_packages.Temp, "hello", "1.1"));
        Assert.NotEqual(mirror, (await _packages.GetAsync("/bound/rpm/mirrorlist")).Trim());
        var index = await site.Http.GetStringAsync(mirror + "repodata/repomd.xml", Cancellation);
        foreach (var named in System.Xml.Linq.XDocument.Parse(index).Descendants().Where(element => element.Name.LocalName == "data"))
        {
            var file = await site.Http.GetByteArrayAsync(mirror + named.Elements().Single(element => element.Name.LocalName == "location").Attribute("href")!.Value, Cancellation);
            Assert.Equal(named.Elements().Single(element => element.Name.LocalName == "checksum").Value, Digest.Of(file).ToString());
        }
        Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync(mirror + "x86_64/hello-1.0-1.x86_64.rpm", Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("bound/files-rpm", "bound-files-rpm.repo", "mirrorlist=ADDRESS/bound/files-rpm/mirrorlist\n", "gpgkey=ADDRESS/bound/files-rpm/repository.asc\n")]
    [InlineData("bound/files-deb", "bound-files-deb.sources", "URIs: ADDRESS/bound/files-deb/\n")]
    [InlineData("bound/files-arch", "bound-files-arch.pacman.conf", "Server = ADDRESS/bound/files-arch/$arch\n")]
    public async Task Client_configuration_has_the_address_that_the_client_used(string repository, string file, params string[] lines)
    {
        _packages.Publish(repository, repository[^3..] switch
        {
            "rpm" => RealPackages.Rpm(_packages.Temp, "configured", "1.0"),
            "deb" => RealPackages.Deb(_packages.Temp, "configured", "1.0"),
            _ => RealPackages.Pacman(_packages.Temp, "configured", "1.0-1"),
        });
        var direct = await AskAsync($"/{repository}/{file}", ("Host", "localhost:8443"));
        var proxied = await AskAsync($"/{repository}/{file}", ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "packages.example"), ("X-Forwarded-Prefix", "/pub/"));
        foreach (var line in lines)
        {
            Assert.Contains(line.Replace("ADDRESS", "http://localhost:8443", StringComparison.Ordinal), direct, StringComparison.Ordinal);
            Assert.Contains(line.Replace("ADDRESS", "https://packages.example/pub", StringComparison.Ordinal), proxied, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync($"/{repository}/{file}", ("X-Forwarded-Host", "x\" y")));
    }

    [Fact]
    public async Task By_hash_names_of_an_older_index_are_still_served()
    {
        var named = Named(await PublishedIndex("1.0"));
        await PublishedIndex("1.1");
        await PublishedIndex("1.2");
        await PublishedIndex("1.3");
        Assert.NotEmpty(named);
        foreach (var (folder, digest) in named)
            Assert.Equal(digest, Digest.Of(await site.Http.GetByteArrayAsync($"/bound/deb/dists/deb/{folder}/by-hash/SHA256/{digest}", Cancellation)).ToString());

        async Task<string> PublishedIndex(string version)
        {
            _packages.Publish("bound/deb", RealPackages.Deb(_packages.Temp, "hello", version));
            return await _packages.GetAsync("/bound/deb/dists/deb/InRelease");
        }

        static List<(string Folder, string Digest)> Named(string release) => [.. release.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length == 3 && words[0].Length == 64).Select(words => (Path.GetDirectoryName(words[2])!, words[0]))];
    }

    private async Task<string> AskAsync(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await site.Http.SendAsync(request, Cancellation);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }
}
