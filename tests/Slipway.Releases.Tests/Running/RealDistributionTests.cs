using Slipway.Compose;
using Slipway.Compose.Payloads;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Gates;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.Releases.Running;
using Slipway.Releases.Watching;
using Slipway.Sandbox;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Tests.Running;

/// <summary>The sample's first version, from the packages of the machine's own distribution.</summary>
public sealed class RealDistributionTests
{
    [Fact]
    [Trait("long", "yes")]
    public async Task First_version_of_the_sample_is_published_and_its_shell_runs()
    {
        using var place = new TemporaryRoot();
        var data = new DataDirectory(Path.Combine(place.Path, "data"));
        data.Create();
        using var database = Database.Open(data.StateDb, [.. StateMigrations.All, .. ReleasesMigrations.All], TimeProvider.System);
        var store = new ContentStore(data.Store);
        var certificate = SigningCertificate.Create("Test", DateTimeOffset.UtcNow.AddDays(-1), keyBits: 2048);
        var site = new StreamSite(data, database, store, _ => new StreamSigning(System.Text.Encoding.ASCII.GetBytes(certificate.CertificatePem()), (c, t) => certificate.Sign(c.Span, t)));
        CommitSample(data, place.Path);
        var apt = new HostApt(Path.Combine(data.Cache, "apt"), store, TimeProvider.System);
        var publisher = new ReleasePublisher(site);
        var planner = new ReleasePlanner(site, _ => new StreamSources(PackageType.Deb, apt.Architecture, new AptUpstream(apt, TimeSpan.FromHours(1)), [("harbor", new NoSnapshot())], Path.Combine(data.Cache, "solv")), "test");
        var runner = new ReleaseRunner(site, new Composer(new PayloadStore(Path.Combine(data.Cache, "payloads"), store), store),
            new ReleaseGates(TimeProvider.System, new GateSandbox(new BuildSandbox(SandboxAccount.Ensure()))), publisher)
        {
            Events = e => TestContext.Current.TestOutputHelper?.WriteLine($"{e.Stage} {e.Text}"),
        };
        await new ReleaseWatchLoop(site, planner, runner, publisher).TickAsync("harbor", cancellation: TestContext.Current.CancellationToken);
        var run = Assert.Single(site.Runs.Newest("harbor", 1));
        Assert.True(run.State == RunState.Succeeded, run.Failure);
        Assert.Equal("5", await File.ReadAllTextAsync(Path.Combine(site.Places("harbor").Www, "version/latest_version"), TestContext.Current.CancellationToken));
        Assert.Contains("ready", site.Releases.Gates("harbor", 5).Single(g => g.Gate == "shell").Detail, StringComparison.Ordinal);
    }

    private static void CommitSample(DataDirectory data, string place)
    {
        var sample = Path.Combine(Repository(), "samples/harbor/stream");
        var git = Git.Init(Path.Combine(place, "work"), bare: false);
        foreach (var file in Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(git.Directory, Path.GetRelativePath(sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.WriteAllText(to, File.ReadAllText(file).Replace("@CONTENT_URL@", "http://127.0.0.1:8080/streams/harbor/www", StringComparison.Ordinal));
        }
        git.CommitAll("The sample", new GitAuthor("Test", "t@t.example", DateTimeOffset.UtcNow));
        var bare = Path.Combine(data.Git, "harbor.git");
        Git.Init(bare, bare: true);
        git.Push(bare, default, "main:main");
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Slipway.slnx")))
            directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    private sealed class NoSnapshot : IContentProvider
    {
        public InputState Look(CancellationToken cancellation) => InputState.Absent("harbor", InputKind.Provider);

        public void AddTo(SolverPool pool) { }

        public bool Has(ResolvedPackage package) => false;

        public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation) { }
    }

    private sealed class TemporaryRoot : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("slipway-real-").FullName;

        public void Dispose()
        {
            using var parent = RootedTree.Open(System.IO.Path.GetDirectoryName(Path)!);
            parent.RemoveTree(BytePath.From(System.IO.Path.GetFileName(Path)));
        }
    }
}
