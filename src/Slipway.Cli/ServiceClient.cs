using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Cli;

/// <summary>
/// The service's HTTP API, reached by --server, SLIPWAY_SERVER or the socket of the data directory, in this order.
/// SLIPWAY_TOKEN authenticates over TCP; over the socket the peer's uid does.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _where;

    public ServiceClient(ParseResult parsed)
        : this(parsed.GetValue(GlobalOptions.Server) ?? Environment.GetEnvironmentVariable("SLIPWAY_SERVER"), GlobalOptions.DataDirectory(parsed))
    {
    }

    /// <param name="server">URL of the service. Unset: the socket of the data directory.</param>
    public ServiceClient(string? server, string dataDirectory)
    {
        _where = string.IsNullOrEmpty(server) ? new DataDirectory(dataDirectory).Socket : server;
        _http = Connect(server, new DataDirectory(dataDirectory));
        if (!string.IsNullOrEmpty(server) && Environment.GetEnvironmentVariable("SLIPWAY_TOKEN") is { Length: > 0 } token)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The way to a service.</summary>
    /// <param name="server">Its URL. Unset: the socket of the data directory.</param>
    public static HttpClient Connect(string? server, DataDirectory data) => string.IsNullOrEmpty(server)
        ? new(OverSocket(data.Socket)) { BaseAddress = new Uri("http://localhost/"), Timeout = Timeout.InfiniteTimeSpan }
        : new() { BaseAddress = new Uri(server.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation) =>
        await ReadAsync(() => _http.GetAsync(path, cancellation), cancellation);

    public async Task<JsonNode> PostAsync(string path, object body, CancellationToken cancellation) =>
        await ReadAsync(() => _http.PostAsJsonAsync(path, body, cancellation), cancellation);

    /// <summary>Copies an answer that may grow while it is read, such as a log.</summary>
    public async Task CopyAsync(string path, Stream to, CancellationToken cancellation)
    {
        using var answer = await SendAsync(() => _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellation));
        if (!answer.IsSuccessStatusCode) throw await FailureAsync(answer, cancellation);
        await using var from = await answer.Content.ReadAsStreamAsync(cancellation);
        await from.CopyToAsync(to, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> ReadAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        using var answer = await SendAsync(send);
        if (!answer.IsSuccessStatusCode) throw await FailureAsync(answer, cancellation);
        return await answer.Content.ReadFromJsonAsync<JsonNode>(cancellation) ?? new JsonObject();
    }

    private async Task<HttpResponseMessage> SendAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send();
        }
        catch (HttpRequestException failure)
        {
            throw new SlipwayException($"service at {_where}", failure.InnerException?.Message ?? failure.Message,
                "slipway serve, or name the service with --server")
            { Kind = FailureKind.Unreachable };
        }
    }

    private async Task<SlipwayException> FailureAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var kind = answer.StatusCode switch
        {
            HttpStatusCode.Conflict => FailureKind.Blocked,
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound => FailureKind.Usage,
            HttpStatusCode.ServiceUnavailable => FailureKind.Unreachable,
            _ => FailureKind.Failed,
        };
        try
        {
            var body = await answer.Content.ReadFromJsonAsync<JsonNode>(cancellation);
            if (body?["what"] is { } what)
                return new SlipwayException($"{what}", $"{body["why"]}", body["remedy"]?.ToString()) { Kind = kind };
        }
        catch (System.Text.Json.JsonException)
        {
            // Not the service's own error document: the status line has to do.
        }
        return new SlipwayException($"service at {_where}", $"answered {(int)answer.StatusCode} {answer.ReasonPhrase}") { Kind = kind };
    }

    private static SocketsHttpHandler OverSocket(string path) => new()
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
