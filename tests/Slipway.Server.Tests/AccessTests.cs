using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Server.Tests;

public sealed class AccessTests(TestSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Changes =>
    [
        "/api/v1/builds", "/api/v1/builds/1/cancel", "/api/v1/builds/1/retry", "/api/v1/users", "/api/v1/users/ada/revoke",
        "/api/v1/repositories/demo/bookworm/verify", "/api/v1/repositories/demo/bookworm/promote", "/api/v1/gc", "/api/v1/keys/rotate", "/api/v1/keys/0123/retire", "/api/v1/streams/s/releases/5/withdraw", "/api/v1/streams/s/releases/5/rollback",
        "/api/v1/streams/s/releases/5/publish", "/api/v1/streams/s/channels/c/promote", "/api/v1/streams/s/channels/c/hold", "/api/v1/streams/s/channels/c/release",
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Nothing_changes_over_tcp_without_a_token_that_may(string address)
    {
        var before = new AuditLog(site.Database).Newest(1) is [var newest] ? newest.Id : 0;
        using var anonymous = await site.Http.PostAsJsonAsync(address, new { }, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using var reader = site.WithToken("reader");
        using var refused = await reader.PostAsJsonAsync(address, new { }, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.DoesNotContain(new AuditLog(site.Database).Newest(5), e => e.Id > before);
    }

    [Fact]
    public async Task Packager_does_not_move_devices_and_release_engineer_does_not_build()
    {
        using var packager = site.WithToken("packager");
        using var engineer = site.WithToken("release-engineer");
        Assert.Equal(HttpStatusCode.Forbidden, (await packager.PostAsJsonAsync("/api/v1/streams/s/channels/c/promote", new { version = 5 }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await engineer.PostAsJsonAsync("/api/v1/builds/1/cancel", new { }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await engineer.PostAsJsonAsync("/api/v1/streams/s/channels/c/hold", new { }, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Token_made_over_the_socket_opens_tcp_until_it_is_revoked()
    {
        using var made = await site.Local.PostAsJsonAsync("/api/v1/users", new { user = "grace", role = "admin" }, Cancellation);
        var token = $"{(await made.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["token"]}";
        using var client = new HttpClient { BaseAddress = site.Http.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(site.Data.Root, $"{(await client.GetFromJsonAsync<JsonObject>("/api/v1/version", Cancellation))!["dataDirectory"]}");
        Assert.Contains("grace", await client.GetStringAsync("/api/v1/users", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(token, await client.GetStringAsync("/api/v1/users", Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await site.Local.PostAsJsonAsync("/api/v1/users/grace/revoke", new { }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/version", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Who_only_reads_is_not_told_where_files_lie()
    {
        Assert.Null((await site.Http.GetFromJsonAsync<JsonObject>("/api/v1/version", Cancellation))!["dataDirectory"]);
        Assert.Equal(site.Data.Root, $"{(await site.Local.GetFromJsonAsync<JsonObject>("/api/v1/version", Cancellation))!["dataDirectory"]}");
    }

    [Theory]
    [InlineData("ada lovelace", "admin")]
    [InlineData("", "admin")]
    [InlineData("ada", "emperor")]
    public async Task User_with_a_bad_name_or_role_is_refused(string user, string role) => Assert.Equal(
        HttpStatusCode.BadRequest, (await site.Local.PostAsJsonAsync("/api/v1/users", new { user, role }, Cancellation)).StatusCode);

    [Fact]
    public async Task Page_of_another_name_is_not_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/builds") { Headers = { Host = "evil.example" } };
        using var answer = await site.Http.SendAsync(request, Cancellation);
        Assert.Equal(421, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/builds")]
    [InlineData("/demo/bookworm/InRelease")]
    [InlineData("/api/v1/version")]
    public async Task Route_that_does_not_say_who_may_change_is_closed(string address)
    {
        using var answer = await site.Local.PostAsJsonAsync(address, new { }, Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Second_server_on_the_same_directory_is_refused()
    {
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => SlipwayServer.StartAsync(new ServerOptions { Port = 0 }, site.Parts, Cancellation));
        Assert.Equal(FailureKind.Blocked, refused.Kind);
        Assert.NotNull(await site.Local.GetStringAsync("/api/v1/version", Cancellation));
    }

    [Fact]
    public void Socket_that_a_killed_server_left_is_taken_over()
    {
        var path = Path.Combine(site.Data.Root, "left.sock");
        using (var killed = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            killed.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
        }

        File.Move(path + ".kept", path);
        Access.LocalSocket.Clear(path);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Server_keeps_no_keys_below_the_home_directory() => Assert.Equal(site.HomeKeysBefore, TestSite.HomeKeys());
}
