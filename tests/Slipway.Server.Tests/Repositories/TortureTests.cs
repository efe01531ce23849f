using System.Collections.Concurrent;
using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Packages.Tests;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Repositories;
using Slipway.Sandbox;
using Slipway.Server.Devices;
using Slipway.State;

namespace Slipway.Server.Tests.Repositories;

/// <summary>
/// A process publishes as quickly as it can, is killed, and finds the disk full now and then, while real clients refresh and download in loops.
/// Whatever a client sees fail is a failure of ours.
/// </summary>
public sealed class TortureTests(TestSite site, ITestOutputHelper output) : IDisposable
{
    private const int Versions = 7;

    // The writer is to be the quickest of all.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(300);
    private readonly TempDirectory _temp = new();
    private readonly Dictionary<string, TempDirectory> _clients = [];
    private readonly ConcurrentDictionary<string, int> _rounds = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private bool _isMounted;
    private System.Diagnostics.Process? _guard;

    public void Dispose()
    {
        _guard?.Kill();
        _guard?.Dispose();
        if (_isMounted) Tool.Run("umount", _temp["data"]);
        foreach (var client in _clients.Values) client.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public Task Clients_never_see_a_repository_torn_over_100_snapshots_10_kills_and_full_disks() => TortureAsync(snapshots: 100, kills: 10);

    [Fact, Trait("long", "yes")]
    public Task Clients_never_see_a_repository_torn_over_2000_snapshots_100_kills_and_full_disks() => TortureAsync(snapshots: 2000, kills: 100);

    private async Task TortureAsync(int snapshots, int kills)
    {
        var data = Mount();
        MakePackages();
        using var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. Packages.PackagesMigrations.All, .. ServerMigrations.All], TimeProvider.System);
        var repositories = new RepositoryStore(data, database, new ContentStore(data.Store), new SignerClient(site.Data.SignerSocket), TimeProvider.System);
        await using var server = await SlipwayServer.StartAsync(new ServerOptions { Port = 0 }, site.Parts with { Data = data, Database = database, Repositories = repositories });
        var writer = new Writer(data.Root, site.Data.SignerSocket, _temp["packages"]);
        await writer.LiveAsync(3, TimeSpan.Zero, isDiskFull: false);
        using var http = new HttpClient { BaseAddress = server.Address };
        using var end = new CancellationTokenSource();
        SnapshotReader rpm = new(http), apt = new(http);
        var clients = await ClientsAsync(http, repositories, end.Token);
        clients.AddRange([Loop("reader of all that an rpm-md index names", rpm.RpmAsync, end.Token), Loop("reader of all that an apt index names", apt.AptAsync, end.Token)]);
        var random = new Random(20261120);
        for (var life = 0; life < kills; life++)
        {
            await writer.LiveAsync((snapshots * (life + 1) / kills) - writer.Published, TimeSpan.FromMilliseconds(random.Next(400)), isDiskFull: life % 3 == 1);
            if (life % 10 == 9) output.WriteLine($"{life + 1} lives: {writer.Published} snapshots, {_failures.Count} failures");
        }
        await end.CancelAsync();
        await Task.WhenAll(clients);
        var counts = $"{writer.Published} snapshots, {writer.Kills} kills, {writer.FullDisks} full disks with {writer.Refusals} refused publications; "
            + string.Join(", ", _rounds.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"))
            + $"; the readers saw {rpm.Seen} and {apt.Seen} different indexes";
        output.WriteLine(counts);
        Assert.True(_failures.IsEmpty, $"{_failures.Count} failures; {counts}\n{string.Join("\n\n", _failures.Take(3))}");
        Assert.True(writer.Published >= snapshots && writer.Refusals > 0, counts);
        Assert.True(repositories.List().Sum(repository => repositories.History(repository.Repository).Count) >= snapshots, counts);
        Assert.True(rpm.Seen > 5 && apt.Seen > 5, counts);
        Assert.True(_rounds.Count(pair => pair.Value > 0) >= 8, counts);
        repositories.Recover();
        foreach (var repository in repositories.List()) Assert.Empty(repositories.Verify(repository.Repository).Problems);
    }

    private DataDirectory Mount()
    {
        Directory.CreateDirectory(_temp["data"]);
        // Whoever ends the tests with a signal is not to find the mount hours later.
        _guard = System.Diagnostics.Process.Start("setsid", ["sh", "-c", "while kill -0 $0 2> /dev/null; do sleep 1; done; umount -l \"$1/data\"; rm -rf \"$1\"", $"{Environment.ProcessId}", _temp.Path]);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "slipway-torture", _temp["data"]);
        _isMounted = true;
        // apt's file method, and others, read the plain directory as users of their own.
        File.SetUnixFileMode(_temp.Path, (UnixFileMode)0x1ed);
        var data = new DataDirectory(_temp["data"]);
        data.Create();
        return data;
    }

    private void MakePackages()
    {
        for (var version = 1; version <= Versions; version++)
        {
            Place("bookworm", RealPackages.Deb(_temp, "tool", $"1.{version}"));
            Place("rpm", RealPackages.Rpm(_temp, "tool", $"1.{version}"));
            Place("arch", RealPackages.Pacman(_temp, "tool", $"1.{version}-1"));
        }
        Place("bookworm", RealPackages.Deb(_temp, "other", "1"));
        Place("rpm", RealPackages.Rpm(_temp, "other", "1"));
        Place("arch", RealPackages.Pacman(_temp, "other", "1-1"));
    }

    private void Place(string dist, string file) => File.Copy(file, Path.Combine(_temp.Make("packages", dist), Path.GetFileName(file)));

    private async Task<List<Task>> ClientsAsync(HttpClient http, RepositoryStore repositories, CancellationToken end)
    {
        var sources = await http.GetStringAsync("/torture/bookworm/torture-bookworm.sources", end);
        var repo = await http.GetStringAsync("/torture/rpm/torture-rpm.repo", end);
        var keys = _temp["keys.asc"];
        await File.WriteAllTextAsync(keys, await http.GetStringAsync("/torture/arch/repository.asc", end), end);
        var pacman = new PacmanClient(Place("pacman"), await http.GetStringAsync("/torture/arch/torture-arch.pacman.conf", end));
        pacman.Trust(keys);
        string Plain(string dist) => "file://" + repositories.PathOf(new("torture", dist));
        List<Task> loops =
        [
            Loop("apt", Apt("apt", sources), end),
            Loop("dnf", Dnf("dnf", repo), end),
            Loop("pacman", () => [pacman.Try("-Sy"), pacman.Try("-Sw", "tool")], end),
            Loop("apt, plain directory", Apt("apt-plain", System.Text.RegularExpressions.Regex.Replace(sources, "URIs: .*", $"URIs: {Plain("bookworm")}/")), end),
            Loop("dnf without repo_gpgcheck, plain directory", Dnf("dnf-plain", $"[torture]\nname=torture\nbaseurl={Plain("rpm")}/\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file://{keys}\n"), end),
        ];
        // Its database and signature are two files, so on a plain directory it may be refused (docs/formats/repositories.md 8.3): counted, no failure.
        var plain = new PacmanClient(Place("pacman-plain"), $"[torture]\nSigLevel = Required\nServer = {Plain("arch")}/$arch\n");
        plain.Trust(keys);
        loops.Add(Loop("pacman, plain directory", () =>
        {
            if (!plain.Try("-Syy").Succeeded) _rounds.AddOrUpdate("pacman, plain directory, refused and asked again", 1, (_, count) => count + 1);
            return [];
        }, end));
        _ = Task.WhenAll(loops).ContinueWith(_ =>
        {
            pacman.Dispose();
            plain.Dispose();
        }, TaskScheduler.Default);
        return loops;

        Func<ChildResult[]> Apt(string name, string text)
        {
            var client = new AptClient(Place(name), text);
            return () => [client.Try("update"), client.Try("install", "--download-only", "tool"), client.Try("clean")];
        }

        Func<ChildResult[]> Dnf(string name, string text)
        {
            var client = new DnfClient(Place(name), text);
            return () => [client.Try("makecache", "--refresh"), client.Try("install", "--downloadonly", "--downloaddir", Place(name)["downloads"], "tool")];
        }
    }

    private TempDirectory Place(string name) => _clients.TryGetValue(name, out var known) ? known : _clients[name] = new TempDirectory();

    private Task Loop(string name, Func<ChildResult[]> round, CancellationToken end) => Loop(name, () =>
    {
        foreach (var result in round()) if (!result.Succeeded) throw new InvalidOperationException(result.Text + result.ErrorText);
        return Task.CompletedTask;
    }, end);

    private Task Loop(string name, Func<Task> round, CancellationToken end) => Task.Run(async () =>
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await round();
                _rounds.AddOrUpdate(name, 1, (_, count) => count + 1);
            }
            catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or Xunit.Sdk.XunitException)
            {
                _failures.Enqueue($"{name}: {failure.Message}");
            }
            await Task.Delay(Rest, CancellationToken.None);
        }
    }, CancellationToken.None);

    /// <summary>The publishing process over its lives.</summary>
    private sealed class Writer(string data, string socket, string packages)
    {
        private int _published, _refused;

        public int Published => _published;

        public int Refusals => _refused;

        public int Kills { get; private set; }

        public int FullDisks { get; private set; }

        /// <summary>Lets it publish so many, and kills it this much later, somewhere in the next.</summary>
        public async Task LiveAsync(int snapshots, TimeSpan more, bool isDiskFull)
        {
            var until = _published + Math.Max(1, snapshots);
            using var process = EndlessPublisher.Start(data, socket, packages, Said);
            await UntilAsync(process, () => _published >= until - (snapshots / 2));
            if (isDiskFull) await WithFullDiskAsync(process);
            await UntilAsync(process, () => _published >= until);
            await Task.Delay(more);
            process.Signal(9);
            await process.Completion;
            Kills++;
        }

        private void Said(string line)
        {
            if (line.StartsWith(EndlessPublisher.Published, StringComparison.Ordinal)) Interlocked.Increment(ref _published);
            else if (line.StartsWith(EndlessPublisher.Refused, StringComparison.Ordinal)) Interlocked.Increment(ref _refused);
        }

        private async Task WithFullDiskAsync(Child process)
        {
            var filler = Path.Combine(data, "filler");
            var before = _refused;
            try
            {
                await using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
                for (var block = new byte[1 << 20]; block.Length > 0;)
                {
                    try
                    {
                        file.Write(block);
                    }
                    catch (IOException)
                    {
                        // Down to the last page.
                        block = block.Length > 1 << 12 ? new byte[block.Length / 16] : [];
                    }
                }
                FullDisks++;
                await UntilAsync(process, () => _refused > before);
            }
            finally
            {
                File.Delete(filler);
            }
        }

        private static async Task UntilAsync(Child process, Func<bool> isSo)
        {
            while (!isSo())
            {
                Assert.False(process.Completion.IsCompleted, process.Completion.IsCompleted ? (await process.Completion).ErrorText : "");
                await Task.Delay(10);
            }
        }
    }
}
