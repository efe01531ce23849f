using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Updates.Tests;

/// <summary>A small HTTP/1.1 file server on 127.0.0.1 that notes what it is asked and can break off, like a bad line.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _directory;

    public TestServer(string directory)
    {
        _directory = directory;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<(string Head, byte[] Body)> Posts { get; } = new();

    /// <summary>After how many bytes of content the next answers for a path break off; each use takes one away.</summary>
    public ConcurrentDictionary<string, (int Bytes, int Times)> BreakOff { get; } = new();

    /// <summary>The status that the next answers for a path have instead of content; each use takes one away.</summary>
    public ConcurrentDictionary<string, (int Status, int Times)> Answer { get; } = new();

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                while (await HeadAsync(stream) is { } head)
                {
                    if (!await AnswerAsync(stream, head))
                    {
                        return;
                    }
                }
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }

    private static async Task<string?> HeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 16384)
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }
            head.Add(one[0]);
            if (head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n')
            {
                return Encoding.ASCII.GetString([.. head]);
            }
        }
        return null;
    }

    private async Task<bool> AnswerAsync(NetworkStream stream, string head)
    {
        var words = head.Split('\n')[0].Trim().Split(' ');
        var path = Uri.UnescapeDataString(words[1]);
        Requests.Enqueue($"{words[0]} {path}");
        if (words[0] == "POST")
        {
            var body = new byte[int.Parse(Header(head, "Content-Length")!)];
            await stream.ReadExactlyAsync(body);
            Posts.Enqueue((head, body));
            await SendAsync(stream, "204 No Content", "", default);
            return true;
        }
        if (Answer.TryGetValue(path, out var answer) && answer.Times > 0)
        {
            Answer[path] = answer with { Times = answer.Times - 1 };
            await SendAsync(stream, $"{answer.Status} Test", "", default);
            return true;
        }
        var file = Path.Combine(_directory, path.TrimStart('/'));
        if (!File.Exists(file))
        {
            await SendAsync(stream, "404 Not Found", "", default);
            return true;
        }
        var content = await File.ReadAllBytesAsync(file);
        var from = Header(head, "Range") is { } range ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
        return await SendContentAsync(stream, path, content, from);
    }

    private async Task<bool> SendContentAsync(NetworkStream stream, string path, byte[] content, int from)
    {
        if (from > 0 && from >= content.Length)
        {
            await SendAsync(stream, "416 Range Not Satisfiable", "", default);
            return true;
        }
        var status = from > 0 ? "206 Partial Content" : "200 OK";
        var extra = from > 0 ? $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n" : "";
        if (BreakOff.TryGetValue(path, out var broken) && broken.Times > 0)
        {
            BreakOff[path] = broken with { Times = broken.Times - 1 };
            await SendAsync(stream, status, extra, content.AsMemory(from), Math.Min(broken.Bytes, content.Length - from));
            return false;
        }
        await SendAsync(stream, status, extra, content.AsMemory(from));
        return true;
    }

    private static async Task SendAsync(NetworkStream stream, string status, string extra, ReadOnlyMemory<byte> body, int? onlyBytes = null)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{extra}\r\n"));
        await stream.WriteAsync(body[..(onlyBytes ?? body.Length)]);
    }

    private static string? Header(string head, string name) => head.Split('\n')
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
