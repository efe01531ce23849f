using System.Net;
using System.Net.Sockets;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

public sealed class ExportTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    private TempDirectory Temp => _repositories.Temp;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void A_plain_directory_serves_apt_and_dnf_and_keeps_what_half_way_clients_need()
    {
        foreach (var version in new[] { "1.0", "1.1" })
        {
            var deb = _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", version));
            var rpm = _repositories.Publish("harbor/rpm", RealPackages.Rpm(Temp, "tool", version));
            Export(deb, Temp["www/deb"]);
            Export(rpm, Temp["www/rpm"]);
            using TempDirectory apt = new(), dnf = new();
            var aptClient = new AptClient(apt, File.ReadAllText(Temp["www/deb/harbor-bookworm.sources"]));
            aptClient.Run("update");
            aptClient.Run("install", "--download-only", "tool");
            new DnfClient(dnf, File.ReadAllText(Temp["www/rpm/harbor-rpm.repo"])).Run("install", "--downloadonly", "tool");
        }
        Assert.Equal(2, Directory.GetFiles(Temp["www/deb/pool"], "tool_*.deb", SearchOption.AllDirectories).Length);
        Assert.Equal(2, Directory.GetFiles(Temp["www/rpm/repodata"], "*-primary.xml*").Length);
        Assert.DoesNotContain(Directory.GetFiles(Temp["www"], "*", SearchOption.AllDirectories), file => file.EndsWith(".new", StringComparison.Ordinal));
    }

    [Fact]
    public void Pacman_installs_from_an_export()
    {
        var snapshot = _repositories.Publish("harbor/arch", RealPackages.Pacman(Temp, "tool", "1.0-1"), RealPackages.Pacman(Temp, "shared", "1.0-1", architecture: "any"));
        Export(snapshot, Temp["www"]);
        using var arch = new TempDirectory();
        using var client = new PacmanClient(arch, File.ReadAllText(Temp["www/harbor-arch.pacman.conf"]));
        client.Trust(Temp["www/repository.asc"]);
        client.Run("-Sy", "tool", "shared");
    }

    [Fact]
    public void Pointers_are_written_after_everything_they_name()
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", "1.0"));
        Export(snapshot, Temp["www"]);
        DateTime Written(string path) => new FileInfo(Temp["www", path]).LastWriteTimeUtc;
        var pointers = new[] { Written("dists/bookworm/InRelease"), Written("dists/bookworm/Release") };
        var others = Directory.GetFiles(Temp["www"], "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != "bookworm").Select(File.GetLastWriteTimeUtc);
        Assert.True(others.Max() <= pointers.Min());
        Assert.True(others.Max() <= Written("dists/bookworm/Release.gpg") && Written("dists/bookworm/Release.gpg") <= pointers.Min());
        // A content that did not get there stops the pointers.
        var next = _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", "1.1"));
        var before = File.ReadAllBytes(Temp["www/dists/bookworm/InRelease"]);
        Directory.Move(Temp["www/pool/tool"], Temp["www/elsewhere"]);
        File.WriteAllText(Temp["www/pool/tool"], "in the way");
        Assert.ThrowsAny<Exception>(() => Export(next, Temp["www"]));
        Assert.Equal(before, File.ReadAllBytes(Temp["www/dists/bookworm/InRelease"]));
    }

    [Fact]
    public async Task A_store_over_the_network_serves_apt()
    {
        var served = Temp.Make("dav");
        var port = FreePort();
        using var server = ChildProcess.Start(new ChildCommand("rclone", "serve", "webdav", "--addr", $"127.0.0.1:{port}", served)
        {
            DieWithParent = true,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = served },
        });
        using var http = new HttpClient();
        for (var left = 100; left > 0; left--)
        {
            try
            {
                await http.GetStringAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken);
                break;
            }
            catch (HttpRequestException) when (left > 1)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
        File.WriteAllText(Path.Combine(_repositories.Data.Root, "rclone.conf"), $"[away]\ntype = webdav\nurl = http://127.0.0.1:{port}\nvendor = other\n");
        foreach (var version in new[] { "1.0", "1.1" })
        {
            var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", version));
            var report = _repositories.Store.Export(snapshot.Repository, "away:harbor", $"http://127.0.0.1:{port}/harbor", new(), TestContext.Current.CancellationToken);
            Assert.Equal((snapshot.Number, true), (report.Snapshot, report.Pointers > 3));
            using var apt = new TempDirectory();
            var client = new AptClient(apt, await http.GetStringAsync($"http://127.0.0.1:{port}/harbor/harbor-bookworm.sources", TestContext.Current.CancellationToken));
            client.Run("update");
            client.Run("install", "--download-only", "tool");
            Assert.Contains(Directory.GetFiles(apt["apt/cache/archives"]), file => Path.GetFileName(file) == $"tool_{version}_amd64.deb");
        }
        server.Terminate();
        await server.Completion;
    }

    [Theory]
    [InlineData("relative/path")]
    [InlineData("unknown:path")]
    [InlineData("--config=/etc/passwd:x")]
    public void What_is_neither_a_path_nor_a_known_store_is_refused(string to)
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", "1.0"));
        Assert.Equal(FailureKind.Usage, Assert.Throws<SlipwayException>(() => _repositories.Store.Export(snapshot.Repository, to, "http://example.org", new(), TestContext.Current.CancellationToken)).Kind);
    }

    private void Export(Snapshot snapshot, string to) => _repositories.Store.Export(snapshot.Repository, to, "file://" + to, new(), TestContext.Current.CancellationToken);

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
