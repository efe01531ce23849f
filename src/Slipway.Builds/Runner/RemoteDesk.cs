using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// The service that a runner builds for, over HTTP. What is said is said again while the service is away: it may be restarted or out of reach for a while,
/// and whoever says something twice has said it once. The log goes with the heartbeats, results in pieces by their digests.
/// </summary>
public sealed class RemoteDesk(HttpClient http, DataDirectory data, ContentStore store, TimeProvider clock) : IRunnerDesk
{
    private const int PieceBytes = 4 << 20;

    // Who asks again soon by itself, or is about to end, does not wait.
    private static readonly TimeSpan AtOnce = TimeSpan.Zero, Short = TimeSpan.FromSeconds(10);

    /// <summary>How long a finished build waits for a service that is away. Unset: an hour.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Makes this machine a new key; called when the service wants that. Unset: nothing is done.</summary>
    public Action MustRotate { get; init; } = () => { };

    /// <inheritdoc/>
    // Silence is looked at by the service itself.
    public int GiveUpLost(string? runner = null) => runner is null ? 0 : Post<int>("start", new LeaseAsk(runner, []), AtOnce);

    /// <inheritdoc/>
    public BuildLease? TryLease(string runner, IReadOnlyList<ServedGroup> groups)
    {
        using var answer = Send(() => Request(HttpMethod.Post, "lease", new LeaseAsk(runner, groups)), AtOnce);
        if (answer.Headers.Contains("Slipway-Rotate")) MustRotate();
        return answer.StatusCode == HttpStatusCode.NoContent ? null : Read<BuildLease>(answer);
    }

    /// <inheritdoc/>
    public bool Renew(BuildLease lease)
    {
        try
        {
            return Beat(lease, AtOnce).GoOn;
        }
        catch (LeaseLostException)
        {
            return false;
        }
    }

    private Heartbeat Beat(BuildLease lease, TimeSpan? patience = null)
    {
        var beat = Post<Heartbeat>(At(lease, "renew"), new { }, patience);
        var log = AttemptLog.PathOf(data, lease.Build, lease.Attempt);
        while (beat.GoOn && Piece(log, beat.LogBytes) is { Length: > 0 } piece)
        {
            using var answer = Send(() => Bytes(At(lease, "log", beat.LogBytes), piece), patience);
            beat = beat with { LogBytes = Read<long>(answer) };
        }
        return beat;
    }

    private static byte[] Piece(string file, long offset)
    {
        if (!File.Exists(file)) return [];
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (open.Length <= offset) return [];
        open.Seek(offset, SeekOrigin.Begin);
        var piece = new byte[Math.Min(PieceBytes, open.Length - offset)];
        open.ReadExactly(piece);
        return piece;
    }

    /// <inheritdoc/>
    public ProjectContent Provide(BuildLease lease, string scratch)
    {
        Get(lease, lease.Tree);
        if (lease.DistFile is { } dist) Get(lease, dist);
        if (lease.IsImage) return new([], []);
        var packages = Post<List<ProjectPackage>>(At(lease, "packages"), new { });
        foreach (var package in packages) Get(lease, package.Digest);
        if (!packages.Exists(one => PackageFile.TypeOf(one.FileName) == PackageType.Deb)) return new([], packages);
        var directory = Path.Combine(scratch, "packages");
        Directory.CreateDirectory(directory);
        foreach (var package in packages.Where(one => PackageFile.TypeOf(one.FileName) == PackageType.Deb))
        {
            if (Path.GetFileName(package.FileName) != package.FileName) throw new SlipwayException($"package {package.Digest}", $"`{package.FileName}` is no plain file name");
            var place = Path.Combine(directory, package.FileName);
            File.Delete(place);
            store.LinkTo(package.Digest, place);
        }
        return new([directory], []);
    }

    /// <inheritdoc/>
    public void ProvideSources(BuildLease lease, string sourceDirectory)
    {
        foreach (var digest in BuildRetention.FetchedSources(store, lease.Tree).Where(one => !store.Contains(one)))
        {
            using var answer = Send(() => Request(HttpMethod.Get, At(lease, $"content/{digest}"), null), missing: true);
            // What the service does not have either is fetched from its origin.
            if (answer.StatusCode == HttpStatusCode.OK) Take(answer, digest);
        }
    }

    private void Get(BuildLease lease, Digest digest)
    {
        if (store.Contains(digest)) return;
        using var answer = Send(() => Request(HttpMethod.Get, At(lease, $"content/{digest}"), null));
        Take(answer, digest);
    }

    private void Take(HttpResponseMessage answer, Digest digest)
    {
        using var body = answer.Content.ReadAsStream();
        if (store.Add(body) != digest) throw new SlipwayException($"content {digest}", "the service sent other bytes");
    }

    /// <inheritdoc/>
    public void Enter(BuildLease lease, AttemptState state) => Say(lease, "state", new() { State = state });

    /// <inheritdoc/>
    public void RootReady(BuildLease lease, string buildRoot) => Say(lease, "root-ready", new() { BuildRoot = buildRoot });

    /// <inheritdoc/>
    public void Succeed(BuildLease lease, AttemptRecord record, IReadOnlyList<BuildResult> results)
    {
        Beat(lease);
        var have = Post<List<long>>(At(lease, "results"), new AttemptReport { Results = results });
        foreach (var (result, arrived) in results.Zip(have)) Upload(lease, result, arrived);
        Say(lease, "succeed", new() { Record = record });
    }

    private void Upload(BuildLease lease, BuildResult result, long arrived)
    {
        var file = store.PathOf(result.Digest);
        do
        {
            var piece = Piece(file, arrived);
            using var answer = Send(() => Bytes(At(lease, $"results/{result.Digest}", arrived), piece));
            arrived = Read<long>(answer);
        }
        while (arrived < result.Size);
    }

    /// <inheritdoc/>
    public void Fail(BuildLease lease, AttemptRecord record, string cause, bool infrastructure, string code)
    {
        Beat(lease);
        Say(lease, "fail", new() { Record = record, Cause = cause, Infrastructure = infrastructure, Code = code });
    }

    /// <inheritdoc/>
    public void HandBack(BuildLease lease) => Say(lease, "hand-back", new(), Short);

    /// <inheritdoc/>
    public void Stopped(BuildLease lease)
    {
        try
        {
            Say(lease, "stopped", new(), Short);
        }
        catch (LeaseLostException)
        {
            // It was given to somebody else already.
        }
    }

    private void Say(BuildLease lease, string what, AttemptReport report, TimeSpan? patience = null)
    {
        using var answer = Send(() => Request(HttpMethod.Post, At(lease, what), report), patience);
    }

    private T Post<T>(string path, object body, TimeSpan? patience = null)
    {
        using var answer = Send(() => Request(HttpMethod.Post, path, body), patience);
        return Read<T>(answer);
    }

    private static string At(BuildLease lease, string what, long? offset = null) => string.Create(CultureInfo.InvariantCulture,
        $"builds/{lease.Build}/{lease.Lease.Fence}/{what}{(offset is { } known ? $"?offset={known}" : "")}");

    private static HttpRequestMessage Request(HttpMethod method, string path, object? body) =>
        new(method, $"api/v1/runner/{path}") { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: RunnerJson.Options) };

    private static HttpRequestMessage Bytes(string path, byte[] piece)
    {
        var content = new ByteArrayContent(piece);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return new(HttpMethod.Put, $"api/v1/runner/{path}") { Content = content };
    }

    private static T Read<T>(HttpResponseMessage answer)
    {
        using var body = answer.Content.ReadAsStream();
        return System.Text.Json.JsonSerializer.Deserialize<T>(body, RunnerJson.Options) ?? throw new SlipwayException("the service", "it answered nothing");
    }

    private HttpResponseMessage Send(Func<HttpRequestMessage> request, TimeSpan? patience = null, bool missing = false)
    {
        for (var (began, pause) = (clock.GetTimestamp(), 100); ; pause = Math.Min(5000, pause * 2))
        {
            try
            {
                return Judge(http.Send(request(), HttpCompletionOption.ResponseHeadersRead), missing);
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException || error is SlipwayException { Kind: FailureKind.Unreachable })
            {
                if (clock.GetElapsedTime(began) >= (patience ?? Patience)) throw new SlipwayException($"service at {http.BaseAddress}", error.Message, "see to it that it runs and can be reached") { Kind = FailureKind.Unreachable };
                Thread.Sleep(pause);
            }
        }
    }

    private static HttpResponseMessage Judge(HttpResponseMessage answer, bool missing)
    {
        if (answer.IsSuccessStatusCode || (missing && answer.StatusCode == HttpStatusCode.NotFound)) return answer;
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.Gone) throw new LeaseLostException(answer.RequestMessage!.RequestUri!.AbsolutePath);
            using var reader = new StreamReader(answer.Content.ReadAsStream());
            throw new SlipwayException($"service at {answer.RequestMessage!.RequestUri}", $"it answered {(int)answer.StatusCode}: {reader.ReadToEnd()}")
            {
                Kind = answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InternalServerError or HttpStatusCode.InsufficientStorage ? FailureKind.Unreachable : FailureKind.Failed,
            };
        }
    }
}
