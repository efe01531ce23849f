using System.Text;
using Slipway.Compose;
using Slipway.Compose.Payloads;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Configuration;
using Slipway.Releases.Gates;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.Releases.Running;
using Slipway.Releases.Watching;
using Slipway.Sandbox;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Tests;

/// <summary>A clock that stands still, so that two runs can make the same bytes.</summary>
internal sealed class StandingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>A repository of the build service that may have no snapshot yet or be out of reach, over a directory of packages.</summary>
internal sealed class SnapshotDirectory(string directory, ContentStore store) : IContentProvider
{
    private readonly DirectoryProvider _packages = new("own", InputKind.Provider, directory, PackageType.Deb, 10, store);

    public InputState Look(CancellationToken cancellation) =>
        File.Exists(directory + ".down") ? InputState.Unavailable("own", InputKind.Provider, "connection refused")
        : Directory.EnumerateFiles(directory).Any() ? _packages.Look(cancellation) : InputState.Absent("own", InputKind.Provider);

    public void AddTo(SolverPool pool) => _packages.AddTo(pool);

    public bool Has(ResolvedPackage package) => _packages.Has(package);

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation) => _packages.Fetch(packages, cancellation);
}

/// <summary>A data directory with the stream "harbor": a distribution of packages made by dpkg-deb, its own packages, its git repository.</summary>
internal sealed class TestStream : IDisposable
{
    public const string Name = "harbor";

    private readonly bool _owned;
    private readonly Database _database;

    public TestStream(string? root = null)
    {
        _owned = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("slipway-releases-").FullName;
        Data = new DataDirectory(Path.Combine(Root, "data"));
        Data.Create();
        foreach (var directory in new[] { Distribution, Own, Work })
            Directory.CreateDirectory(directory);
        _database = Database.Open(Data.StateDb, [.. StateMigrations.All, .. ReleasesMigrations.All], Clock);
        var store = new ContentStore(Data.Store);
        Site = new StreamSite(Data, _database, store, _ => LoseKey ? throw new SlipwayException("sign", "the stream's certificate is missing", "import it") : Signing());
        Publisher = new ReleasePublisher(Site) { Progress = (p, text) => Reached($"publisher: {text}") };
        Planner = new ReleasePlanner(Site, Sources, "test");
        Runner = new ReleaseRunner(Site, new Composer(new PayloadStore(Path.Combine(Data.Cache, "payloads"), store), store),
            new ReleaseGates(Clock, new GateSandbox(new BuildSandbox(SandboxAccount.Ensure()))), Publisher)
        {
            Events = e => Reached($"{e.Stage} {e.Text}"),
        };
        Loop = new ReleaseWatchLoop(Site, Planner, Runner, Publisher);
        Operations = new ReleaseOperations(Site, Planner, Publisher);
    }

    public string Root { get; }
    public string Distribution => Path.Combine(Root, "distribution");
    public string Own => Path.Combine(Root, "own");
    public string Work => Path.Combine(Root, "work");
    public DataDirectory Data { get; }
    public StandingClock Clock { get; } = new();
    public StreamSite Site { get; }
    public ReleasePlanner Planner { get; }
    public ReleaseRunner Runner { get; }
    public ReleasePublisher Publisher { get; }
    public ReleaseWatchLoop Loop { get; }
    public ReleaseOperations Operations { get; }
    public StreamPlaces Places => Site.Places(Name);

    /// <summary>What happened, in order.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Called at each thing that happens, with its words.</summary>
    public Action<string>? At { get; set; }

    public Release Release(uint version) => Site.Releases.Require(Name, version);

    public async Task<bool> TickAsync() => await Loop.TickAsync(Name);

    /// <summary>Ticks until nothing is left to do.</summary>
    public async Task SettleAsync()
    {
        while (await TickAsync())
            Assert.True(Log.Count < 1000, "the watcher does not come to rest");
    }

    /// <summary>The stream's repository: configuration with the given gates, and three bundles.</summary>
    public string Commit(string? gates = null, string harbor = "hello", string more = "")
    {
        Write("stream.yml",
            $$"""
            stream: harbor
            upstream: {type: apt, sources: host}
            providers: [{name: own, project: harbor, dist: bookworm}]
            bundles: [os-core, editors, {name: harbor, needs: own}]
            versions: {first: 5, then: 10, step: 10}
            os_release: [usr/share/harbor/os-release]
            content_url: http://127.0.0.1:8080/streams/harbor/www
            channels: [{name: stable, publish: auto}, {name: lts}]
            {{gates}}
            {{more}}
            """);
        Write("bundles/os-core", "# [TITLE]: os-core\ntestbase\nlibtiny\n");
        Write("bundles/editors", "include(os-core)\ntested\n");
        Write("bundles/harbor", $"include(os-core)\nharbor-release\n{harbor}\n");
        return CommitFiles();
    }

    /// <summary>The stream's repository with these files written or, without text, removed.</summary>
    public string CommitFiles(params (string Path, string? Text)[] files)
    {
        foreach (var (path, text) in files)
        {
            if (text is null)
                File.Delete(Path.Combine(Work, path));
            else
                Write(path, text);
        }
        var git = Directory.Exists(Path.Combine(Work, ".git")) ? new Git(Work) : Git.Init(Work, bare: false);
        var bare = Path.Combine(Data.Git, Name + ".git");
        if (!Directory.Exists(bare))
            Git.Init(bare, bare: true);
        var commit = git.CommitAll("Change the stream", new GitAuthor("Test", "test@harbor.example", Clock.Now)) ?? git.Head()!;
        git.Push(bare, default, "main:main");
        return commit;
    }

    /// <summary>The distribution: a base with a shell that runs, a library, an editor.</summary>
    public void MakeDistribution()
    {
        Deb.Make(Distribution, "testbase", "1", "libtiny",
            new("etc/profile", "PATH=/usr/bin\n"), new("usr/lib/os-release", "NAME=\"Test\"\nID=test\nVERSION_ID=\"12\"\n"),
            Deb.Copy("bin/dash", "/bin/dash"), Deb.Link("bin/sh", "dash"),
            Deb.Copy("lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"),
            Deb.Copy("lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2"),
            Deb.Link("lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
        Deb.Make(Distribution, "libtiny", "1", "", new DebFile("usr/lib/x86_64-linux-gnu/libtiny.txt", "tiny 1\n"));
        Deb.Make(Distribution, "tested", "1", "testbase", new("usr/bin/tested", "#!/bin/sh\necho editor\n", 0x1ed), new("usr/share/tested/big", Numbers(4000)));
    }

    /// <summary>The stream's own packages; one call is one snapshot.</summary>
    public void MakeOwn(string version, string greeting, int exit = 0)
    {
        Deb.Make(Own, "harbor-release", "1", "", new DebFile("usr/share/harbor/os-release", "NAME=\"Harbor\"\nID=harbor\n"));
        foreach (var old in Directory.EnumerateFiles(Own, "hello_*"))
            File.Delete(old);
        Deb.Make(Own, "hello", version, "testbase",
            new("usr/bin/hello", $"#!/bin/sh\necho '{greeting}'\nexit {exit}\n", 0x1ed), new("usr/share/hello/table", Numbers(3000) + greeting));
    }

    public string Www(string path) => File.ReadAllText(Path.Combine(Places.Www, path));

    public void Dispose()
    {
        _database.Dispose();
        if (!_owned)
            return;
        using var parent = RootedTree.Open(Path.GetDirectoryName(Root)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(Root)));
    }

    /// <summary>Where packages come from; unset: the distribution and the stream's own.</summary>
    public Func<StreamConfig, StreamSources>? SourcesOf { get; set; }

    /// <summary>Derives from what another stream publishes to its directory "pub".</summary>
    public void DeriveFrom(TestStream upstream)
    {
        upstream.Signing();
        SourcesOf = config => new StreamSources(
            PackageType.Deb, "amd64", new StreamUpstream(config.Upstream, "amd64", s_http, Site.Store, Path.Combine(Root, "upstream"), Clock),
            Directory.EnumerateFiles(Own).Any() ? [("own", new SnapshotDirectory(Own, Site.Store))] : [], null);
    }

    /// <summary>True: the signer has no certificate for the stream.</summary>
    public bool LoseKey { get; set; }

    public string Pub => Path.Combine(Root, "pub");

    public string CertificateText => File.ReadAllText(Path.Combine(Root, "certificate.pem"));

    private static readonly HttpClient s_http = new();

    private StreamSources Sources(StreamConfig config) => SourcesOf is { } given ? given(config) : new(
        PackageType.Deb, "amd64", new DirectoryProvider("distribution", InputKind.Upstream, Distribution, PackageType.Deb, 0, Site.Store),
        [("own", new SnapshotDirectory(Own, Site.Store))], null);

    // One key for all tests and child processes: making one takes longer than most tests.
    private static readonly Lazy<SigningCertificate> s_certificate = new(() => SigningCertificate.Create("Test", new StandingClock().Now.AddDays(-1), keyBits: 2048));

    private StreamSigning Signing()
    {
        var (certificate, key) = (Path.Combine(Root, "certificate.pem"), Path.Combine(Root, "key.pem"));
        if (!File.Exists(certificate))
            s_certificate.Value.Save(certificate, key);
        var signer = SigningCertificate.Load(certificate, key);
        return new StreamSigning(Encoding.ASCII.GetBytes(signer.CertificatePem()), (content, time) => signer.Sign(content.Span, time));
    }

    /// <summary>Makes this stream sign with the key of another one.</summary>
    public void SignLike(TestStream other)
    {
        other.Signing();
        foreach (var file in new[] { "certificate.pem", "key.pem" })
            File.Copy(Path.Combine(other.Root, file), Path.Combine(Root, file));
    }

    private void Reached(string what)
    {
        Log.Add(what);
        TestContext.Current.TestOutputHelper?.WriteLine(what);
        At?.Invoke(what);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(Work, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Numbers(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"line {i * 7919 % 10007}\n"));
}
