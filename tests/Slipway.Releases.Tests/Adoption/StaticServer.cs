using System.Net;

namespace Slipway.Releases.Tests.Adoption;

/// <summary>Files of a directory over HTTP on a free port of this machine; nothing lists them.</summary>
internal sealed class StaticServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly string _directory;

    public StaticServer(string directory)
    {
        _directory = directory;
        (_listener, Url) = Listen();
        _ = ServeAsync();
    }

    public string Url { get; }

    public void Dispose() => _listener.Close();

    private static (HttpListener, string) Listen()
    {
        for (var tries = 0; ; tries++)
        {
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
                probe.Stop();
                var listener = new HttpListener { Prefixes = { url + "/" } };
                try
                {
                    listener.Start();
                    return (listener, url);
                }
                catch (HttpListenerException) when (tries < 20)
                {
                    // Somebody else took the port in between.
                }
            }
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            var file = Path.Combine(_directory, context.Request.Url!.AbsolutePath.TrimStart('/'));
            if (File.Exists(file))
            {
                var content = File.ReadAllBytes(file);
                context.Response.ContentLength64 = content.Length;
                context.Response.OutputStream.Write(content);
            }
            else
                context.Response.StatusCode = 404;
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The client went away.
        }
    }
}
