using System.Net;
using System.Net.Sockets;
using Slipway.Sandbox;

namespace Slipway.Releases.Tests.Publishing;

/// <summary>An S3-compatible server with one bucket, which anybody may read by HTTP.</summary>
internal sealed class ObjectStoreServer : IDisposable
{
    private const string Bucket = "factory";
    private readonly Child _server;
    private readonly int _port = FreePort();

    public ObjectStoreServer(string directory)
    {
        var program = Path.Combine(Repository(), "artifacts/s3rver/node_modules/s3rver/bin/s3rver.js");
        Assert.SkipUnless(File.Exists(program), "s3rver is not there: eng/install test could not fetch it");
        Directory.CreateDirectory(directory);
        _server = ChildProcess.Start(new ChildCommand("node", program, "-d", directory, "-a", "127.0.0.1", "-p", $"{_port}", "--no-vhost-buckets", "--silent", "--configure-bucket", Bucket)
        {
            DieWithParent = true,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = directory },
        });
        WaitForPort();
    }

    /// <summary>For rclone.conf; the store's name is s3.</summary>
    public string Configuration =>
        $"[s3]\ntype = s3\nprovider = Other\naccess_key_id = S3RVER\nsecret_access_key = S3RVER\nendpoint = http://127.0.0.1:{_port}\nforce_path_style = true\nno_check_bucket = true\n";

    public static string PlaceOf(string prefix) => $"s3:{Bucket}/{prefix}";

    public string UrlOf(string prefix) => $"http://127.0.0.1:{_port}/{Bucket}/{prefix}";

    public void Dispose()
    {
        _server.Terminate();
        _server.Completion.Wait(TimeSpan.FromSeconds(10));
        _server.Dispose();
    }

    private void WaitForPort()
    {
        for (var left = 600; ; left--)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", _port);
                return;
            }
            catch (SocketException) when (left > 1)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Slipway.slnx")))
            directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
