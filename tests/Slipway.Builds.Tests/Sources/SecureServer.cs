using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Builds.Tests.Sources;

/// <summary>The files of a directory over https on this machine alone, under a certificate of its own that the machine does not know.</summary>
internal sealed class SecureServer : IDisposable
{
    private readonly string _root;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _end = new();

    internal SecureServer(string root)
    {
        _root = root;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        Certificate = made.ExportCertificatePem();
        _listener.Start();
        Url = $"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(ServeAsync);
    }

    internal string Url { get; }

    /// <summary>In PEM, for who is to trust it.</summary>
    internal string Certificate { get; }

    internal ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>A client that trusts this server alone.</summary>
    internal HttpClient Client()
    {
        var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == _certificate.Thumbprint };
        return new(handler);
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _certificate.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => AnswerAsync(client));
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            await using var stream = new SslStream(client.GetStream());
            await stream.AuthenticateAsServerAsync(_certificate);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            if (await reader.ReadLineAsync() is not { } line)
                return;
            var path = line.Split(' ')[1].Split('?')[0];
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }
            Requests.Enqueue(path);
            var file = Path.Combine(_root, path.TrimStart('/'));
            var found = File.Exists(file);
            var body = found ? await File.ReadAllBytesAsync(file) : [];
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(found ? "200 OK" : "404 Not Found")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(body);
            await stream.ShutdownAsync();
        }
        catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client went away, or did not trust us; what it then says is what the test asks for.
        }
    }
}
