using System.Text;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests;

/// <summary>A directory with published content, a trust root and a device's root; gone when the test ends.</summary>
internal sealed class DeviceScene : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly SigningCertificate Signer = SigningCertificate.Create("Harbor", Noon, years: 20, keyBits: 2048);

    // In memory where that is possible: a device makes everything durable, and a busy disk would make that the test's time.
    private readonly string _directory = Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/slipway-device-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("slipway-device-").FullName;

    public DeviceScene()
    {
        Directory.CreateDirectory(At("www"));
        File.WriteAllText(At("root.pem"), Signer.CertificatePem());
        Content = new TestContent(At("www"), Signer, Noon);
    }

    public TestContent Content { get; }

    public string Root => At("root");

    public DeviceOptions Options => new()
    {
        Path = Root,
        ContentUrl = Content.Url,
        VersionUrl = Content.Url,
        CertificateFile = At("root.pem"),
        Format = "30",
        Jobs = 2,
        Transfer = new TransferLimits { FirstPause = TimeSpan.FromMilliseconds(5), Stall = TimeSpan.FromSeconds(10), Retries = 3 },
        Time = new FixedTime(Noon),
    };

    public Updates.Device.Device Device => new(Options);

    public string At(string name) => Path.Combine(_directory, name);

    public string InRoot(string path) => Path.Combine(Root, path.TrimStart('/'));

    public string Text(string path) => File.ReadAllText(InRoot(path));

    /// <summary>Everything in the root but the device's state: path, type, mode, owner and content, one line each.</summary>
    public string Snapshot()
    {
        if (!Directory.Exists(Root))
        {
            return "";
        }
        using var tree = RootedTree.Open(Root);
        var lines = new StringBuilder();
        foreach (var entry in tree.Walk().Where(entry => !entry.Path.StartsWith("var")))
        {
            var content = entry.Stat.Type switch
            {
                NodeType.Regular => Digest.Of(tree.ReadAllBytes(entry.Path)).ToString(),
                NodeType.Symlink => tree.ReadLink(entry.Path).ToString(),
                _ => "",
            };
            lines.Append($"{entry.Path} {entry.Stat.Type} {Convert.ToString(entry.Stat.Permissions, 8)} {entry.Stat.Uid}:{entry.Stat.Gid} {content}\n");
        }
        return lines.ToString();
    }

    /// <summary>Changes one byte of a published file, in its middle unless told otherwise, and proves that it differs.</summary>
    public void Damage(string path, double where = 0.5)
    {
        var file = Path.Combine(Content.Directory, path);
        var before = File.ReadAllBytes(file);
        var after = before.ToArray();
        after[(int)(after.Length * where)] ^= 0x10;
        File.WriteAllBytes(file, after);
        Assert.NotEqual(before, File.ReadAllBytes(file));
    }

    public void Dispose()
    {
        using var tree = RootedTree.Open(Path.GetDirectoryName(_directory)!);
        tree.RemoveTree(BytePath.From(Path.GetFileName(_directory)));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
