using System.Net;
using System.Net.Sockets;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>An S3-compatible server with one bucket, which anybody may read by HTTP.</summary>
internal sealed class ObjectStoreServer : IDisposable
{
    private const string Bucket = "factory";
    private static readonly string Program = Path.Combine(TestData.Directory, "../../artifacts/s3rver/node_modules/s3rver/bin/s3rver.js");
    private readonly Child _server;
    private readonly string _directory;
    private readonly int _port = FreePort();

    public ObjectStoreServer(string directory)
    {
        Assert.SkipUnless(File.Exists(Program), "s3rver is not there: eng/install test could not fetch it");
        _directory = Directory.CreateDirectory(directory).FullName;
        _server = ChildProcess.Start(new ChildCommand("node", Program, "-d", _directory, "-a", "127.0.0.1", "-p", $"{_port}", "--no-vhost-buckets", "--silent", "--configure-bucket", Bucket)
        {
            DieWithParent = true,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = _directory },
        });
        WaitForPort();
    }

    /// <summary>For rclone.conf; the store's name is s3.</summary>
    public string Configuration =>
        $"[s3]\ntype = s3\nprovider = Other\naccess_key_id = S3RVER\nsecret_access_key = S3RVER\nendpoint = http://127.0.0.1:{_port}\nforce_path_style = true\nno_check_bucket = true\n";

    /// <summary>As rclone names a place in the bucket.</summary>
    public static string PlaceOf(string prefix) => $"s3:{Bucket}/{prefix}";

    public string UrlOf(string prefix) => $"http://127.0.0.1:{_port}/{Bucket}/{prefix}";

    /// <summary>The objects below a prefix, with when each was written.</summary>
    public IReadOnlyDictionary<string, DateTime> Objects(string prefix)
    {
        const string Suffix = "._S3rver_object";
        var below = Path.Combine(_directory, Bucket, prefix);
        return Directory.GetFiles(below, "*" + Suffix, SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(below, file)[..^Suffix.Length], File.GetLastWriteTimeUtc, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        _server.Terminate();
        _server.Completion.Wait(TimeSpan.FromSeconds(10));
        _server.Dispose();
    }

    private void WaitForPort()
    {
        for (var left = 300; ; left--)
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
}
