using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Builds;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Cli;

/// <summary>The key of this machine as a runner, in a file that only its owner reads. The service never sees it before it is used.</summary>
internal sealed class RunnerKeyFile(DataDirectory data, HttpClient http)
{
    private const int Private = 0x180;

    private sealed record Kept(string Name, string Key);

    private string File => Path.Combine(data.Keys, "runner.key");

    // Written before the service hears of it, so that a kill in between leaves no machine without a key.
    private string Next => File + ".next";

    /// <summary>Exchanges the token of an invitation for a key that is made here.</summary>
    public async Task EnrolAsync(string token, CancellationToken cancellation)
    {
        var key = RunnerKeys.NewKey();
        using var answer = await http.PostAsJsonAsync("api/v1/runner/enrol", new { token, keyHash = RunnerKeys.Hash(key) }, cancellation);
        var body = await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation);
        if (!answer.IsSuccessStatusCode) throw new SlipwayException($"enrol at {http.BaseAddress}", $"{body?["why"]}", $"{body?["remedy"]}");
        Save(File, new($"{body!["name"]}", key));
        System.IO.File.Delete(Next);
    }

    /// <summary>Uses the key; returns the name that this machine has at the service.</summary>
    public async Task<string> UseAsync(CancellationToken cancellation)
    {
        if (Read(File) is not { } kept) throw new SlipwayException($"runner of {http.BaseAddress}", $"{File} is missing", "slipway runners enrol NAME at the service, then slipway runner --server URL --enrol TOKEN here") { Kind = FailureKind.Usage };
        Authorize(kept);
        if (Read(Next) is not { } next) return kept.Name;
        using var told = await http.PostAsJsonAsync("api/v1/runner/key", RunnerKeys.Hash(next.Key), cancellation);
        // Refused: the service knows the next one already and has ended this one.
        if (told.IsSuccessStatusCode || told.StatusCode == HttpStatusCode.Unauthorized) Take(next);
        return kept.Name;
    }

    /// <summary>Makes a new key and tells the service its digest under the old one.</summary>
    public void Rotate()
    {
        var next = new Kept(Read(File)!.Name, RunnerKeys.NewKey());
        Save(Next, next);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/runner/key") { Content = JsonContent.Create(RunnerKeys.Hash(next.Key)) };
        using var answer = http.Send(request);
        if (answer.IsSuccessStatusCode) Take(next);
    }

    private void Take(Kept next)
    {
        Save(File, next);
        System.IO.File.Delete(Next);
        Authorize(next);
    }

    private void Authorize(Kept kept) => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", kept.Key);

    private static void Save(string file, Kept kept) => AtomicFile.WriteText(file, $"{kept.Name} {kept.Key}\n", Private);

    private static Kept? Read(string file) =>
        System.IO.File.Exists(file) && System.IO.File.ReadAllText(file).Trim().Split(' ') is [var name, var key] ? new(name, key) : null;
}
