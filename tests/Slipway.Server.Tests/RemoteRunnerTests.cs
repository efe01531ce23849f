using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Builds;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Server.Tests;

/// <summary>A runner that has a data directory, a key and nothing else, and the service over HTTP.</summary>
public sealed class RemoteRunnerTests : IDisposable
{
    private readonly TestSite _site;
    private readonly DataDirectory _data = new(Directory.CreateTempSubdirectory("slipway-remote-").FullName);
    private readonly ContentStore _store;
    private readonly HttpClient _http = new();
    private readonly string _name = $"far-{Guid.NewGuid():N}"[..12];

    public RemoteRunnerTests(TestSite site)
    {
        _site = site;
        _data.Create();
        _store = new ContentStore(_data.Store);
        _http.BaseAddress = site.Http.BaseAddress;
        site.Builder.Open();
    }

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_data.Root, recursive: true);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly ServedGroup[] Groups = [new("far", "x86_64")];

    private static string Targets => "[{dist: bookworm, arch: x86_64, runner_group: far}]";

    private async Task<string> EnrolAsync()
    {
        using var invited = await _site.Local.PostAsJsonAsync("/api/v1/runners", new { name = _name }, Cancellation);
        var token = $"{(await invited.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["token"]}";
        var key = RunnerKeys.NewKey();
        using var enrolled = await _http.PostAsJsonAsync("/api/v1/runner/enrol", new { token, keyHash = RunnerKeys.Hash(key) }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, enrolled.StatusCode);
        // It works once.
        using var again = await _http.PostAsJsonAsync("/api/v1/runner/enrol", new { token, keyHash = RunnerKeys.Hash(RunnerKeys.NewKey()) }, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return key;
    }

    private RemoteDesk Desk => new(_http, _data, _store, TimeProvider.System) { Patience = TimeSpan.FromSeconds(5) };

    private async Task<BuildLease> LeaseAsync(RemoteDesk desk)
    {
        for (var limit = 0; limit < 300; limit++)
        {
            if (desk.TryLease($"{_name}#1", Groups) is { } lease) return lease;
            await Task.Delay(50, Cancellation);
        }
        throw new TimeoutException(await _site.Http.GetStringAsync("/api/v1/builds", Cancellation));
    }

    [Fact]
    public async Task A_machine_with_nothing_but_its_key_builds_what_is_then_published()
    {
        await EnrolAsync();
        using var stop = new CancellationTokenSource();
        using var sources = new SourceFetch(_store, null, _http, Path.Combine(_data.Cache, "sources"));
        var desk = Desk;
        var attempts = new AttemptRun(desk, _data, _store, sources, _site.Builder.BuildAsync, _ => { });
        var options = new RunnerOptions { Name = _name, Groups = Groups, Heartbeat = TimeSpan.FromMilliseconds(50) };
        var loop = new RunnerLoop(options, desk, attempts, _ => Task.CompletedTask, _data.Doorbell("runner"), TimeProvider.System, _ => { });
        var run = Task.Run(() => loop.RunAsync(stop.Token), Cancellation);
        _site.Builder.Close();
        var commit = _site.Push("built far away", Targets);
        var id = $"{(await _site.BuildOfAsync(commit, "running"))["id"]}";
        // The log is there while the build goes on.
        while (!(await _site.Http.GetStringAsync($"/api/v1/builds/{id}/log", Cancellation)).Contains($"first line of build {id}", StringComparison.Ordinal)) await Task.Delay(20, Cancellation);
        _site.Builder.Open();
        await _site.BuildOfAsync(commit, "succeeded");
        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        JsonNode build;
        do build = (await _site.Http.GetFromJsonAsync<JsonObject>($"/api/v1/builds/{id}", Cancellation))!;
        while (build["build"]!["snapshot"] is null);
        Assert.Equal(_name, $"{build["attempts"]![0]!["runner"]}");
        var log = await _site.Http.GetStringAsync($"/api/v1/builds/{id}/log", Cancellation);
        Assert.Contains("last line", log, StringComparison.Ordinal);
        Assert.Contains("succeeded: tool_", log, StringComparison.Ordinal);
        var result = build["results"]![0]!;
        Assert.Equal($"{result["digest"]}", Digest.Of(await _site.Http.GetByteArrayAsync($"/api/v1/builds/{id}/results/{result["name"]}", Cancellation)).ToString());
        Assert.False(Directory.Exists(Path.Combine(_site.Data.Build(long.Parse(id, System.Globalization.CultureInfo.InvariantCulture)), "upload-1")));
    }

    [Fact]
    public async Task Only_what_was_declared_and_has_its_digest_is_taken()
    {
        await EnrolAsync();
        var desk = Desk;
        _site.Push($"declared {_name}", Targets);
        var lease = await LeaseAsync(desk);
        var content = "not a package"u8.ToArray();
        var digest = Digest.Of(content);
        var at = $"/api/v1/runner/builds/{lease.Build}/{lease.Lease.Fence}";
        async Task<HttpResponseMessage> Put(Digest one, long offset, byte[] bytes) => await _http.PutAsync($"{at}/results/{one}?offset={offset}", new ByteArrayContent(bytes), Cancellation);
        using (var undeclared = await Put(digest, 0, content)) Assert.Equal(HttpStatusCode.BadRequest, undeclared.StatusCode);
        using (var declared = await _http.PostAsJsonAsync($"{at}/results", new AttemptReport { Results = [new("x.deb", digest, content.Length)] }, RunnerJson.Options, Cancellation))
            Assert.Equal("[0]", await declared.Content.ReadAsStringAsync(Cancellation));
        using (var early = await _http.PostAsJsonAsync($"{at}/succeed", new AttemptReport(), RunnerJson.Options, Cancellation)) Assert.Equal(HttpStatusCode.BadRequest, early.StatusCode);
        using (var half = await Put(digest, 0, content[..5])) Assert.Equal("5", await half.Content.ReadAsStringAsync(Cancellation));
        // A piece that comes twice is taken once.
        using (var twice = await Put(digest, 0, content[..5])) Assert.Equal("5", await twice.Content.ReadAsStringAsync(Cancellation));
        using (var wrong = await Put(digest, 5, new byte[content.Length - 5])) Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using (var longer = await Put(digest, 0, [.. content, 1])) Assert.Equal(HttpStatusCode.BadRequest, longer.StatusCode);
        Assert.False(new ContentStore(_site.Data.Store).Contains(digest));
        using (var path = await _http.PostAsJsonAsync($"{at}/results", new AttemptReport { Results = [new("../x.deb", digest, 1)] }, RunnerJson.Options, Cancellation))
            Assert.Equal(HttpStatusCode.BadRequest, path.StatusCode);
        desk.Fail(lease, new(), "tried", infrastructure: false, "package build failed");
        Assert.Throws<LeaseLostException>(() => desk.Enter(lease, AttemptState.Building));
        Assert.False(desk.Renew(lease));
    }

    [Fact]
    public async Task A_lease_opens_its_own_sources_and_nothing_else()
    {
        await EnrolAsync();
        var desk = Desk;
        _site.Push($"sources {_name}", Targets);
        var lease = await LeaseAsync(desk);
        var secret = new ContentStore(_site.Data.Store).Add("of another build"u8);
        var at = $"/api/v1/runner/builds/{lease.Build}/{lease.Lease.Fence}/content";
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"{at}/{lease.Tree}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"{at}/{secret}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await _site.Http.GetAsync($"{at}/{lease.Tree}", Cancellation)).StatusCode);
        using var packager = _site.WithToken("packager");
        Assert.Equal(HttpStatusCode.Gone, (await packager.GetAsync($"{at}/{lease.Tree}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await packager.PostAsJsonAsync("/api/v1/runner/lease", new { }, Cancellation)).StatusCode);
        // A runner speaks for itself alone, and builds only.
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.PostAsJsonAsync("/api/v1/runner/lease", new LeaseAsk("other#1", Groups), RunnerJson.Options, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.PostAsJsonAsync("/api/v1/builds", new { }, Cancellation)).StatusCode);
        desk.HandBack(lease);
        desk.Fail(await LeaseAsync(desk), new(), "tried", infrastructure: false, "package build failed");
    }

    [Fact]
    public async Task A_key_is_replaced_and_revoked()
    {
        var old = await EnrolAsync();
        Assert.Equal(HttpStatusCode.OK, (await _site.Local.PostAsJsonAsync($"/api/v1/runners/{_name}/rotate", new { }, Cancellation)).StatusCode);
        using (var asked = await _http.PostAsJsonAsync("/api/v1/runner/lease", new LeaseAsk($"{_name}#1", []), RunnerJson.Options, Cancellation))
            Assert.Equal("1", Assert.Single(asked.Headers.GetValues("Slipway-Rotate")));
        var key = RunnerKeys.NewKey();
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsJsonAsync("/api/v1/runner/key", RunnerKeys.Hash(key), Cancellation)).StatusCode);
        var keys = new RunnerKeys(_site.Database);
        Assert.Equal(_name, keys.Check(old));
        Assert.Equal(_name, keys.Check(key));
        Assert.Null(keys.Check(old));
        Assert.False(keys.MustRotate(_name));
        Assert.Equal(HttpStatusCode.OK, (await _site.Local.PostAsJsonAsync($"/api/v1/runners/{_name}/revoke", new { }, Cancellation)).StatusCode);
        Assert.Null(keys.Check(key));
        Assert.Equal("revoked", keys.All().Single(one => one.Name == _name).State);
    }

    [Fact]
    public async Task A_build_whose_far_runner_falls_silent_runs_again()
    {
        await EnrolAsync();
        var desk = Desk;
        var commit = _site.Push($"silent {_name}", Targets);
        var first = await LeaseAsync(desk);
        // A new process of the same machine has nothing of what the one before held.
        Assert.Equal(1, desk.GiveUpLost($"{_name}#2"));
        Assert.False(desk.Renew(first));
        var again = desk.TryLease($"{_name}#2", Groups)!;
        Assert.Equal((first.Build, 2), (again.Build, again.Attempt));
        Assert.Throws<LeaseLostException>(() => desk.Succeed(first, new(), []));
        desk.Fail(again, new(), "tried", infrastructure: false, "package build failed");
        Assert.Equal("tried", $"{(await _site.BuildOfAsync(commit, "failed"))["cause"]}");
    }
}
