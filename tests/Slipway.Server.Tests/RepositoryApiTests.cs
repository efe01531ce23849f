using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Content;

namespace Slipway.Server.Tests;

public sealed class RepositoryApiTests(TestSite site)
{
    private const string Demo = "/api/v1/repositories/demo/bookworm", Stable = "/api/v1/repositories/demo-stable/bookworm";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Snapshots_are_promoted_renewed_kept_and_rolled_back()
    {
        var (first, _) = (await PublishedAsync("move me"), await PublishedAsync("move me too"));
        var promoted = await PostAsync($"{Demo}/promote", new { to = "demo-stable/bookworm", snapshot = first });
        Assert.Equal(("demo-stable", $"promoted from demo/bookworm snapshot {first}"), ($"{promoted["project"]}", $"{promoted["reason"]}"));
        var stable = await GetAsync(Stable);
        var was = await GetAsync($"{Demo}?snapshot={first}");
        Assert.Equal(Digests(was), Digests(stable));
        await PostAsync($"{Demo}/promote", new { to = "demo-stable/bookworm" });
        var back = await PostAsync($"{Stable}/rollback", new { });
        Assert.Equal(Digests(was), Digests(await GetAsync(Stable)));
        var renewed = await PostAsync($"{Stable}/snapshot", new { reason = "before the move", keep = true });
        Assert.True(renewed["snapshot"]!.GetValue<long>() > back["snapshot"]!.GetValue<long>());
        Assert.Equal("before the move", $"{(await GetAsync(Stable))["snapshots"]![0]!["kept"]}");
        await PostAsync($"{Stable}/let-go", new { snapshot = renewed["snapshot"]!.GetValue<long>() });
        Assert.Null((await GetAsync(Stable))["snapshots"]![0]!["kept"]);
        Assert.Empty((await PostAsync($"{Stable}/verify", new { }))["problems"]!.AsArray());
    }

    [Fact]
    public async Task What_is_asked_wrongly_of_a_repository_is_refused_with_the_reason()
    {
        await PublishedAsync("stay");
        foreach (var (address, body, status) in new (string, object, HttpStatusCode)[]
        {
            ($"{Demo}/promote", new { }, HttpStatusCode.BadRequest),
            ($"{Demo}/promote", new { to = "../../etc/x" }, HttpStatusCode.BadRequest),
            ($"{Demo}/rollback", new { snapshot = 99999 }, HttpStatusCode.BadRequest),
            ("/api/v1/repositories/no/where/rollback", new { }, HttpStatusCode.NotFound),
            ($"{Demo}/explode", new { }, HttpStatusCode.NotFound),
            ("/api/v1/gc", new { graceHours = 0.5 }, HttpStatusCode.BadRequest),
        })
        {
            using var answer = await site.Local.PostAsJsonAsync(address, body, Cancellation);
            Assert.Equal((address, status), (address, answer.StatusCode));
            Assert.NotEmpty($"{(await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["why"]}");
        }
    }

    [Fact]
    public async Task Collection_frees_what_nothing_needs_and_keeps_snapshots_builds_and_their_sources()
    {
        await PublishedAsync("keep me");
        var store = new ContentStore(site.Data.Store);
        var garbage = store.Add(System.Text.Encoding.UTF8.GetBytes("nobody needs this"));
        site.Clock.Ahead = TimeSpan.FromDays(3);
        try
        {
            var dry = await PostAsync("/api/v1/gc", new { dryRun = true, snapshotDays = 365 });
            Assert.True(File.Exists(store.PathOf(garbage)));
            var report = await PostAsync("/api/v1/gc", new { snapshotDays = 365 });
            Assert.Equal($"{dry["contents"]}", $"{report["contents"]}");
            Assert.False(File.Exists(store.PathOf(garbage)));
            Assert.Empty((await PostAsync($"{Demo}/verify", new { }))["problems"]!.AsArray());
            var build = (await site.Http.GetFromJsonAsync<JsonArray>("/api/v1/builds", Cancellation))!.First(b => $"{b!["state"]}" == "succeeded")!;
            site.Builder.Open();
            Assert.Equal(HttpStatusCode.OK, (await site.Local.PostAsJsonAsync($"/api/v1/builds/{build["id"]}/retry", new { }, Cancellation)).StatusCode);
            Assert.Equal("succeeded", $"{(await site.BuildOfAsync($"{build["commit"]}", "succeeded"))["state"]}");
        }
        finally
        {
            site.Clock.Ahead = TimeSpan.Zero;
        }
        var parts = (await site.Http.GetFromJsonAsync<JsonArray>("/api/v1/space", Cancellation))!.ToDictionary(part => $"{part!["part"]}", part => part!["bytes"]!.GetValue<long>());
        Assert.True(parts["store: snapshots"] > 0);
        Assert.True(parts["store: builds"] > 0);
        Assert.Contains("repos", parts.Keys);
    }

    [Fact]
    public async Task Keys_are_rotated_and_every_repository_says_so_at_once()
    {
        await PublishedAsync("signed by two");
        var before = await GetAsync(Demo);
        using var rotated = await site.Local.PostAsJsonAsync("/api/v1/keys/rotate", new { overlapDays = 5 }, Cancellation);
        var keys = (await rotated.Content.ReadFromJsonAsync<JsonArray>(Cancellation))!;
        Assert.Equal(["signing", "next"], keys.Select(key => $"{key!["state"]}"));
        Assert.True((await GetAsync(Demo))["current"]!.GetValue<long>() > before["current"]!.GetValue<long>());
        var published = await site.Http.GetStringAsync("/demo/bookworm/repository.asc", Cancellation);
        Assert.Equal(published, await site.Http.GetStringAsync("/api/v1/keys/public", Cancellation));
        using var refused = await site.Local.PostAsJsonAsync($"/api/v1/keys/{keys[0]!["fingerprint"]}/retire", new { }, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var retired = await site.Local.PostAsJsonAsync($"/api/v1/keys/{keys[1]!["fingerprint"]}/retire", new { withdraw = true }, Cancellation);
        Assert.Equal(["signing", "withdrawn"], (await retired.Content.ReadFromJsonAsync<JsonArray>(Cancellation))!.Select(key => $"{key!["state"]}"));
        Assert.True((await site.Http.GetStringAsync("/demo/bookworm/repository.asc", Cancellation)).Length < published.Length);
        Assert.Empty((await PostAsync($"{Demo}/verify", new { }))["problems"]!.AsArray());
    }

    private async Task<long> PublishedAsync(string marker)
    {
        site.Builder.Open();
        var id = (await site.BuildOfAsync(site.Push(marker), "succeeded"))["id"]!.GetValue<long>();
        JsonNode build;
        do build = (await site.Http.GetFromJsonAsync<JsonObject>($"/api/v1/builds/{id}", Cancellation))!["build"]!;
        while (build["snapshot"] is null);
        return build["snapshot"]!.GetValue<long>();
    }

    private static IEnumerable<string> Digests(JsonObject shown) => shown["packages"]!.AsArray().Select(package => $"{package!["digest"]}");

    private async Task<JsonObject> GetAsync(string address) => (await site.Http.GetFromJsonAsync<JsonObject>(address, Cancellation))!;

    private async Task<JsonObject> PostAsync(string address, object body)
    {
        using var answer = await site.Local.PostAsJsonAsync(address, body, Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!.AsObject();
    }
}
