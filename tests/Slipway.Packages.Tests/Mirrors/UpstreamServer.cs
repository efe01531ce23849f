using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Packages.Tests.Mirrors;

/// <summary>An HTTP server over a directory, with ranges, that can break off in the middle of files.</summary>
internal sealed class UpstreamServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly string _root;
    private readonly TaskCompletionSource _together = new();
    private int _waiting;

    public UpstreamServer(string root)
    {
        _root = root;
        (_listener, Url) = Listen();
        _ = Task.Run(ServeAsync);
    }

    public string Url { get; }

    public ConcurrentQueue<(string Path, long From)> Requests { get; } = [];

    /// <summary>No package is answered until so many have been asked for beside each other; the answers fail when that does not come.</summary>
    public int AnswerTogether { get; set; }

    /// <summary>Bytes after which the first answer for each package ends without a word.</summary>
    public long? BreakOffAfter { get; set; }

    public void Dispose() => _listener.Close();

    private static (HttpListener Listener, string Url) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            int port;
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((IPEndPoint)free.LocalEndpoint).Port;
            }
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, $"http://127.0.0.1:{port}");
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Somebody else took the port in between.
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        var file = Path.Combine(_root, Uri.UnescapeDataString(path).TrimStart('/'));
        var isFirst = Requests.All(one => one.Path != path);
        var range = context.Request.Headers["Range"];
        var from = range is null ? 0 : long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        Requests.Enqueue((path, from));
        try
        {
            if (PackageFile.TypeOf(file) is not null)
            {
                if (Interlocked.Increment(ref _waiting) >= AnswerTogether) _together.TrySetResult();
                await _together.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }
            if (!File.Exists(file)) context.Response.StatusCode = 404;
            else
            {
                var content = await File.ReadAllBytesAsync(file);
                if (from > 0)
                {
                    context.Response.StatusCode = 206;
                    context.Response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
                }
                context.Response.ContentLength64 = content.Length - from;
                var isCut = isFirst && BreakOffAfter is not null && PackageFile.TypeOf(file) is not null;
                await context.Response.OutputStream.WriteAsync(content.AsMemory((int)from, isCut ? (int)BreakOffAfter! : (int)(content.Length - from)));
                if (isCut) context.Response.Abort();
            }
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or InvalidOperationException)
        {
            // The client, or we, went away.
        }
        catch (TimeoutException)
        {
            context.Response.Abort();
        }
    }
}
