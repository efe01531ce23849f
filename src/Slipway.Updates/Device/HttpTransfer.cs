using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>Receives files over HTTP: bounded, continued where they broke off, tried again after growing pauses (format 2.2).</summary>
internal sealed class HttpTransfer(TransferLimits limits, TransferCounter counter, TimeProvider time) : IDisposable
{
    private const int MaxRedirects = 5;
    private const int BlockBytes = 1 << 16;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectTimeout = limits.Stall,
        MaxAutomaticRedirections = MaxRedirects,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("slipway", typeof(HttpTransfer).Assembly.GetName().Version?.ToString(3) ?? "0") } },
    };

    /// <summary>Completes the stream, which may hold the beginning already. False when the server has no such file.</summary>
    public async Task<bool> ReceiveAsync(string url, Stream into, long maxBytes, CancellationToken cancel)
    {
        var pause = limits.FirstPause;
        for (var left = limits.Retries; ; left--)
        {
            try
            {
                if (await AttemptAsync(url, into, maxBytes, cancel) is { } found)
                {
                    return found;
                }
            }
            catch (Exception error) when (IsTransient(error, cancel))
            {
                if (left <= 0 || IsUnreachable(error))
                {
                    throw Unreachable(url, error.InnerException?.Message ?? error.Message, error);
                }
            }
            if (left <= 0)
            {
                throw Unreachable(url, $"it broke off {limits.Retries + 1} times", null);
            }
            await Task.Delay(pause, time, cancel);
            pause = pause + pause < limits.LongestPause ? pause + pause : limits.LongestPause;
        }
    }

    /// <summary>Sends a small document; the answer's status.</summary>
    public async Task<HttpStatusCode> PostAsync(string url, HttpContent content, CancellationToken cancel)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(limits.Stall);
        counter.AddRequest();
        using var answer = await _client.PostAsync(new Uri(url), content, stall.Token);
        return answer.StatusCode;
    }

    public void Dispose() => _client.Dispose();

    internal static void CheckLength(string url, long length, long maxBytes)
    {
        if (length > maxBytes)
        {
            throw new SlipwayException($"file {url}", $"it has {length} bytes, at most {maxBytes} are taken", "tell whoever publishes it");
        }
    }

    /// <summary>True: complete; false: not there; null: try again.</summary>
    private async Task<bool?> AttemptAsync(string url, Stream into, long maxBytes, CancellationToken cancel)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(limits.Stall);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url));
        if (into.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(into.Length, null);
        }
        counter.AddRequest();
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        switch (answer.StatusCode)
        {
            case HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.Gone:
                return false;
            case HttpStatusCode.PartialContent when answer.Content.Headers.ContentRange?.From == into.Length:
                break;
            case HttpStatusCode.OK:
                into.SetLength(0);
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.PartialContent:
                into.SetLength(0);
                return null;
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new HttpRequestException($"the server answered {(int)answer.StatusCode}");
            default:
                throw Unreachable(url, $"the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}", null);
        }
        var start = into.Length;
        var announced = answer.Content.Headers.ContentLength;
        CheckLength(url, start + (announced ?? 0), maxBytes);
        await CopyAsync(url, answer, into, maxBytes, stall);
        return announced is null || into.Length == start + announced ? true : throw new IOException("the connection ended early");
    }

    private async Task CopyAsync(string url, HttpResponseMessage answer, Stream into, long maxBytes, CancellationTokenSource stall)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(stall.Token);
        into.Position = into.Length;
        var block = new byte[BlockBytes];
        while (true)
        {
            stall.CancelAfter(limits.Stall);
            var read = await body.ReadAsync(block, stall.Token);
            if (read == 0)
            {
                return;
            }
            counter.AddBytes(read);
            CheckLength(url, into.Length + read, maxBytes);
            try
            {
                await into.WriteAsync(block.AsMemory(0, read), stall.Token);
            }
            catch (IOException error)
            {
                throw new SlipwayException($"file {url}", $"what was received cannot be written: {error.Message}", "make room in the state directory, then run this again", error);
            }
        }
    }

    private static bool IsTransient(Exception error, CancellationToken cancel) =>
        !cancel.IsCancellationRequested && error is HttpRequestException or IOException or OperationCanceledException;

    // Nobody listens there, or the name leads nowhere: waiting does not mend that.
    private static bool IsUnreachable(Exception error) =>
        error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }
        && error.InnerException is SocketException or System.Security.Authentication.AuthenticationException;

    private static SlipwayException Unreachable(string url, string why, Exception? inner) =>
        new($"file {url}", why, "check the URL and the network, then run this again: it goes on where it stopped", inner) { Kind = FailureKind.Unreachable };
}
