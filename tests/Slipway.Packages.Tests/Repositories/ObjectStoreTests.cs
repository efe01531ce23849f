using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Exports to an S3-compatible store, and clients that read them there.</summary>
public sealed class ObjectStoreTests : IDisposable
{
    private static readonly SnapshotRetention Strict = new() { Keep = 3, Age = TimeSpan.Zero };
    private readonly MovingClock _clock = new();
    private readonly TestRepositories _repositories;

    public ObjectStoreTests(RunningSigner signer) => _repositories = new(signer.Client, _clock);

    private TempDirectory Temp => _repositories.Temp;

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Apt_dnf_zypper_and_pacman_install_from_an_object_store_and_follow_it()
    {
        using var store = Serve();
        using TempDirectory apt = new(), dnf = new(), zypper = new(), arch = new();
        foreach (var version in new[] { "1.0", "1.1" })
        {
            var deb = ExportTo(store, _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", version, version)));
            var rpm = ExportTo(store, _repositories.Publish("harbor/rpm", RealPackages.Rpm(Temp, "tool", version, version)));
            var pacman = ExportTo(store, _repositories.Publish("harbor/arch", RealPackages.Pacman(Temp, "tool", $"{version}-1", version)));

            var aptClient = new AptClient(apt, Read(deb, "harbor-bookworm.sources"));
            aptClient.Run("update");
            aptClient.Run("install", "tool");
            Assert.Equal(version, File.ReadAllText(apt["root/usr/share/tool/text"]));

            new DnfClient(dnf, Read(rpm, "harbor-rpm.repo")).Run(version == "1.0" ? "install" : "upgrade", "--refresh", "tool");
            Assert.Equal(version, File.ReadAllText(dnf["root/usr/share/tool/text"]).Trim());

            var zypperClient = new ZypperClient(zypper, Read(rpm, "harbor-rpm.repo"));
            zypperClient.Run("refresh", "--force");
            zypperClient.Run("download", "tool");

            using var client = new PacmanClient(arch, Read(pacman, "harbor-arch.pacman.conf"));
            File.WriteAllText(arch["repository.asc"], Read(pacman, "repository.asc"));
            client.Trust(arch["repository.asc"]);
            client.Run("-Sy", "tool");
            Assert.Equal(version, File.ReadAllText(arch["root/usr/share/tool/text"]));
        }
    }

    [Fact]
    public void In_an_object_store_pointers_come_after_everything_they_name()
    {
        using var store = Serve();
        ExportTo(store, _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", "1.0")));
        ExportTo(store, _repositories.Publish("harbor/bookworm", RealPackages.Deb(Temp, "tool", "1.1")));
        var written = store.Objects("harbor/bookworm");
        var pointers = written.Where(one => one.Key is "dists/bookworm/InRelease" or "dists/bookworm/Release").Select(one => one.Value).ToList();
        Assert.Equal(2, pointers.Count);
        Assert.True(written["dists/bookworm/Release.gpg"] <= pointers.Min());
        Assert.True(written.Where(one => !one.Key.StartsWith("dists/bookworm/", StringComparison.Ordinal) || one.Key.Contains("/main/", StringComparison.Ordinal)).Max(one => one.Value) <= written["dists/bookworm/Release.gpg"]);
        Assert.Equal(2, written.Keys.Count(path => path.StartsWith("pool/", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_object_store_loses_what_no_snapshot_names_after_its_grace()
    {
        using var store = Serve();
        Prune(ObjectStoreServer.PlaceOf("harbor"), store.UrlOf("harbor"), () => [.. store.Objects("harbor").Keys]);
        using var apt = new TempDirectory();
        var client = new AptClient(apt, Read(store.UrlOf("harbor"), "harbor-bookworm.sources"));
        client.Run("update");
        client.Run("install", "--download-only", "tool");
    }

    [Fact]
    public void A_directory_loses_what_no_snapshot_names_after_its_grace_and_nothing_of_others()
    {
        File.WriteAllText(Path.Combine(Temp.Make("www", "pool"), "of-somebody-else"), "");
        string[] Files() => [.. Directory.GetFiles(Temp["www"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Temp["www"], file))];
        Prune(Temp["www"], "file://" + Temp["www"], Files);
        Assert.Contains("pool/of-somebody-else", Files());
    }

    [Fact]
    public void An_export_that_fails_removes_nothing_and_one_that_died_is_finished_by_the_next()
    {
        var place = Temp["www"];
        for (var version = 1; version <= 4; version++) Export(Replace($"1.{version}"), place, "file://" + place);
        _clock.Now += TimeSpan.FromDays(2);
        _repositories.Store.Retire(Strict, _ => false, dryRun: false);
        var last = Replace("1.5");
        var before = Directory.GetFiles(place, "*", SearchOption.AllDirectories).Order().ToList();
        Directory.Delete(Temp["www/pool/last"], recursive: true);
        File.WriteAllText(Temp["www/pool/last"], "in the way");
        Assert.ThrowsAny<Exception>(() => Export(last, place, "file://" + place));
        Assert.Contains(Temp["www/pool/tool/tool_1.1_amd64.deb"], before);
        Assert.True(File.Exists(Temp["www/pool/tool/tool_1.1_amd64.deb"]));
        File.Delete(Temp["www/pool/last"]);
        Assert.NotEmpty(Export(last, place, "file://" + place).Removed);
        Assert.False(File.Exists(Temp["www/pool/tool/tool_1.1_amd64.deb"]));
        Assert.True(File.Exists(Temp["www/pool/tool/tool_1.4_amd64.deb"]));
    }

    private void Prune(string place, string url, Func<string[]> files)
    {
        string[] Debs() => [.. files().Where(file => file.EndsWith(".deb", StringComparison.Ordinal) && file.Contains("tool_", StringComparison.Ordinal)).Select(file => Path.GetFileName(file).Split('_')[1]).Order(StringComparer.Ordinal)];
        var last = Replace("1.1");
        Export(last, place, url);
        for (var version = 2; version <= 5; version++) last = Replace($"1.{version}");
        // The pointers have only just moved, and the snapshots are all recorded.
        var second = Export(last, place, url);
        Assert.Equal((0, true), (second.Removed.Count, second.Superseded > 0));
        _clock.Now += TimeSpan.FromHours(25);
        Assert.Empty(Export(last, place, url).Removed);
        Assert.Equal(["1.1", "1.5"], Debs());
        _repositories.Store.Retire(Strict, _ => false, dryRun: false);

        var all = files().Order(StringComparer.Ordinal).ToList();
        var dry = Export(last, place, url, new() { DryRun = true });
        Assert.Contains("pool/tool/tool_1.1_amd64.deb", dry.Removed);
        Assert.Empty(Export(last, place, url, new() { KeepSuperseded = true }).Removed);
        Assert.Empty(Export(last, place, url, new() { Grace = TimeSpan.FromHours(48) }).Removed);
        Assert.Equal(all, files().Order(StringComparer.Ordinal));
        Assert.Equal(dry.Removed, Export(last, place, url).Removed);
        Assert.Equal(all.Except(dry.Removed), files().Order(StringComparer.Ordinal));
        Assert.Equal(["1.5"], Debs());
        Assert.Equal((0, 0), (Export(last, place, url).Removed.Count, Export(last, place, url).Superseded));
    }

    private ObjectStoreServer Serve()
    {
        var store = new ObjectStoreServer(Temp["s3"]);
        File.WriteAllText(Path.Combine(_repositories.Data.Root, "rclone.conf"), store.Configuration);
        return store;
    }

    // Two packages, so that a directory of the pool can be in the way of one of them.
    private Snapshot Replace(string version) => _repositories.Store.Replace(new("harbor", "bookworm"), PackageType.Deb,
        [.. new[] { RealPackages.Deb(Temp, "tool", version), RealPackages.Deb(Temp, "last", version) }.Select(file => new PublishedFile(_repositories.Content.AddFile(file), Path.GetFileName(file)))], new("test"));

    private string ExportTo(ObjectStoreServer store, Snapshot snapshot)
    {
        var prefix = snapshot.Repository.ToString();
        Export(snapshot, ObjectStoreServer.PlaceOf(prefix), store.UrlOf(prefix));
        return store.UrlOf(prefix);
    }

    private ExportReport Export(Snapshot snapshot, string to, string url, ExportPruning? pruning = null) =>
        _repositories.Store.Export(snapshot.Repository, to, url, pruning ?? new(), TestContext.Current.CancellationToken);

    private static string Read(string url, string file)
    {
        using var http = new HttpClient();
        return http.GetStringAsync($"{url}/{file}", TestContext.Current.CancellationToken).GetAwaiter().GetResult();
    }
}
