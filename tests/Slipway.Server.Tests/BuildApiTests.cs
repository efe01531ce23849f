using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.State;

namespace Slipway.Server.Tests;

public sealed class BuildApiTests(TestSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_is_followed_from_the_first_line_to_the_end_of_the_build()
    {
        site.Builder.Close();
        var commit = site.Push("follow me");
        var id = $"{(await site.BuildOfAsync(commit, "running"))["id"]}";
        using var answer = await site.Http.GetAsync($"/api/v1/builds/{id}/log?follow=true", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        var seen = await ReadUntilAsync(reader, $"first line of build {id}");
        Assert.DoesNotContain("last line", seen, StringComparison.Ordinal);
        site.Builder.Open();
        Assert.Contains("last line", await reader.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        var build = await site.BuildOfAsync(commit, "succeeded");
        Assert.Equal(("projects/demo/tool", "bookworm.x86_64", "deb"), ($"{build["package"]}", $"{build["target"]}", $"{build["type"]}"));
        var whole = await site.Http.GetStringAsync($"/api/v1/builds/{id}/log", Cancellation);
        Assert.Equal(whole[20..], await site.Http.GetStringAsync($"/api/v1/builds/{id}/log?from=20", Cancellation));
        Assert.Equal("", await site.Http.GetStringAsync($"/api/v1/builds/{id}/log?from=999999999", Cancellation));
    }

    [Fact]
    public async Task Snapshot_of_a_build_is_listed_verified_and_served()
    {
        site.Builder.Open();
        var commit = site.Push("publish me");
        var id = (await site.BuildOfAsync(commit, "succeeded"))["id"]!.GetValue<long>();
        JsonNode build;
        do build = (await site.Http.GetFromJsonAsync<JsonObject>($"/api/v1/builds/{id}", Cancellation))!["build"]!;
        while (build["snapshot"] is null);
        var row = (await site.Http.GetFromJsonAsync<JsonArray>("/api/v1/repositories", Cancellation))!.Single(r => $"{r!["project"]}" == "demo")!;
        Assert.Equal(("bookworm", "deb"), ($"{row["dist"]}", $"{row["type"]}"));
        var shown = await site.Http.GetFromJsonAsync<JsonObject>("/api/v1/repositories/demo/bookworm", Cancellation);
        var package = shown!["packages"]!.AsArray().Single(p => $"{p!["version"]}" == $"1.0-1.{id}")!;
        var address = $"/demo/bookworm/{package["path"]}";
        var file = await site.Http.GetByteArrayAsync(address, Cancellation);
        Assert.Equal($"{package["digest"]}", Content.Digest.Of(file).ToString());
        Assert.Equal(file, await site.Http.GetByteArrayAsync($"/demo/bookworm/snapshots/{row["snapshot"]}/{package["path"]}", Cancellation));
        Assert.Contains("-----BEGIN PGP SIGNED MESSAGE-----", await site.Http.GetStringAsync("/demo/bookworm/dists/bookworm/InRelease", Cancellation), StringComparison.Ordinal);
        using var verified = await site.Local.PostAsJsonAsync("/api/v1/repositories/demo/bookworm/verify", new { }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
        Assert.Empty((await verified.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["problems"]!.AsArray());
        var trace = await site.Http.GetFromJsonAsync<JsonObject>($"/api/v1/trace?commit={commit}", Cancellation);
        Assert.Contains(trace!["forward"]!.AsArray(), step => $"{step!["fromKind"]} {step["fromId"]}" == $"build {id}");
    }

    [Fact]
    public async Task What_a_build_made_and_was_made_of_is_given_to_who_asks_for_the_target()
    {
        site.Builder.Open();
        var id = (await site.BuildOfAsync(site.Push("ask me"), "succeeded"))["id"]!.GetValue<long>();
        var info = (await site.Http.GetFromJsonAsync<JsonObject>("/api/v1/info?package=projects/demo/tool&arch=x86_64&dist=bookworm", Cancellation))!;
        Assert.Equal(("package build succeeded", "projects/demo/tool", 0.2), ($"{info["build_status"]}", $"{info["project"]}", info["schema_version"]!.GetValue<double>()));
        var name = Path.GetFileName($"{info["binary_packages"]![0]}");
        var made = (await site.Http.GetFromJsonAsync<JsonObject>($"/api/v1/builds/{id}", Cancellation))!["results"]!.AsArray().Single(one => $"{one!["name"]}" == name)!;
        var file = await site.Http.GetByteArrayAsync($"/api/v1/builds/{id}/results/{name}", Cancellation);
        Assert.Equal($"{made["digest"]}", Content.Digest.Of(file).ToString());
        Assert.Equal(System.Text.Json.JsonValueKind.Object, (await site.Http.GetFromJsonAsync<JsonNode>($"/api/v1/builds/{id}/dependencies", Cancellation))!.GetValueKind());
        foreach (var missing in new[] { $"/api/v1/builds/{id}/results/..%2Fsolver.json", "/api/v1/info?package=projects/demo/nothing&arch=x86_64&dist=bookworm", "/api/v1/builds/999999/dependencies" })
            Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync(missing, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await site.Http.GetAsync("/api/v1/info?package=p&arch=x86_64", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Build_is_cancelled_and_tried_again_by_who_may()
    {
        site.Builder.Close();
        var commit = site.Push("cancel me");
        var id = $"{(await site.BuildOfAsync(commit, "running"))["id"]}";
        using var packager = site.WithToken("packager");
        using var cancelled = await packager.PostAsJsonAsync($"/api/v1/builds/{id}/cancel", new { }, Cancellation);
        Assert.Equal("cancelled", $"{(await cancelled.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["state"]}");
        site.Builder.Open();
        using var again = await packager.PostAsJsonAsync($"/api/v1/builds/{id}/retry", new { }, Cancellation);
        var request = $"{(await again.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["requestId"]}";
        Assert.Equal(request, $"{(await site.BuildOfAsync(commit, "succeeded"))["requestId"]}");
        Assert.Equal([("test-packager", "retry build", id), ("test-packager", "cancel build", id)],
            new AuditLog(site.Database).Newest(50).Where(e => e.Who == "test-packager" && e.Subject == id).Select(e => (e.Who, e.Action, e.Subject)));
    }

    [Fact]
    public async Task Unknown_dist_is_an_error_that_says_what_to_do()
    {
        site.Push("start me");
        using var answer = await site.Local.PostAsJsonAsync("/api/v1/builds", new { package = "projects/demo/tool", dist = "nowhere" }, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var failure = await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        Assert.Contains("nowhere", $"{failure!["why"]}", StringComparison.Ordinal);
        using var escape = await site.Local.PostAsJsonAsync("/api/v1/builds", new { package = "../etc", dist = "bookworm" }, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, escape.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/builds/999999")]
    [InlineData("/api/v1/builds/999999/why")]
    [InlineData("/api/v1/builds/999999/log")]
    [InlineData("/api/v1/builds/x")]
    [InlineData("/api/v1/repositories/no/where")]
    [InlineData("/api/v1/streams/none/releases/7")]
    [InlineData("/api/v1/nothing")]
    public async Task What_is_not_there_is_404_with_its_name(string address)
    {
        using var answer = await site.Http.GetAsync(address, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.NotEqual("", $"{(await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["what"]}");
    }

    private static async Task<string> ReadUntilAsync(StreamReader reader, string text)
    {
        var seen = "";
        var block = new char[4096];
        while (!seen.Contains(text, StringComparison.Ordinal))
        {
            var read = await reader.ReadAsync(block, Cancellation);
            Assert.True(read > 0, $"the log ended without '{text}': {seen}");
            seen += new string(block, 0, read);
        }

        return seen;
    }
}
