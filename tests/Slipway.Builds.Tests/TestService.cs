using Dapper;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Builds.Tests;

/// <summary>The build service in a fresh directory: real git, database, broker, repositories and signer; only the package build is a recording fake.</summary>
internal sealed class TestService : IDisposable
{
    private readonly string _directory;
    private readonly Database _database;
    private readonly Git _work;
    private long _time = 1_700_000_000;

    /// <param name="carrier">What carries the messages. Unset: the embedded broker.</param>
    public TestService(SignerClient? signer = null, int parallel = 2, IBroker? carrier = null)
    {
        _directory = Directory.CreateTempSubdirectory("slipway-builds").FullName;
        Data = new DataDirectory(Path.Combine(_directory, "data"));
        Data.Create();
        _database = Database.Open(Data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All, .. BuildsMigrations.All], TimeProvider.System);
        Store = new ContentStore(Data.Store);
        Broker = new EmbeddedBroker(Data.BrokerDb, TimeProvider.System);
        Source = SourceRepository.Open("source", Path.Combine(Data.Git, "source.git"), Data.Doorbell("sources").File);
        _work = Git.Init(Path.Combine(_directory, "work"), bare: false);
        Builds = new RecordingBuilds();
        Repositories = new RepositoryStore(Data, _database, Store, signer ?? new SignerClient(Data.SignerSocket), TimeProvider.System);
        Roles = new BuildRoles(new BuildRoleParts
        {
            Data = Data,
            Database = _database,
            Store = Store,
            Broker = carrier ?? Broker,
            RequestGroups = carrier is null ? null : ["harbor"],
            Sources = [Source],
            Build = Builds.BuildAsync,
            BaseBuild = Builds.BaseAsync,
            Repositories = Repositories,
            Runner = new RunnerOptions { Groups = [new ServedGroup("harbor", "x86_64")], Parallel = parallel, Heartbeat = TimeSpan.FromMilliseconds(50) },
        });
    }

    public DataDirectory Data { get; }
    public ContentStore Store { get; }
    public EmbeddedBroker Broker { get; }
    public SourceRepository Source { get; }
    public RecordingBuilds Builds { get; }
    public RepositoryStore Repositories { get; }
    public BuildRoles Roles { get; }
    public BuildQueries Queries => Roles.Queries;
    public Ledger Ledger => new(_database);
    public Database Database => _database;

    public void Write(string path, string content)
    {
        var file = Path.Combine(_work.Directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    public void Delete(string path) => File.Delete(Path.Combine(_work.Directory, path));

    /// <summary>A deb package of project harbor with one target, needing others to build.</summary>
    /// <param name="dist">Dists, with commas between them.</param>
    public void WritePackage(string name, string needs = "", string group = "harbor", string arch = "x86_64", string dist = "bookworm", string project = "harbor")
    {
        var targets = string.Concat(dist.Split(',').Select(one => $"  - {{dist: {one}, arch: {arch}, runner_group: {group}}}\n"));
        Write($"projects/{project}/{name}/.cb/cloud_builder.yml", $"schema_version: 0.1\nname: {name}\ndistributions:\n{targets}");
        Write($"projects/{project}/{name}/debian/control", $"Source: {name}\nBuild-Depends: debhelper-compat (= 13){(needs.Length > 0 ? ", " + needs : "")}\n\nPackage: {name}\nArchitecture: any\n");
    }

    public void WriteDist(string name = "bookworm", string type = "deb", string more = "") =>
        Write($"dists/{name}.yml", $"name: {name}\ntype: {type}\nroot: {{from: apt, sources: host, base: [build-essential]}}\n{more}");

    /// <summary>Commits everything and pushes it, as a person does.</summary>
    public string Push(string message = "change")
    {
        var commit = _work.CommitAll(message, new GitAuthor("Ann", "ann@example.org", DateTimeOffset.FromUnixTimeSeconds(_time += 60)))!;
        _work.Push(Source.Directory, default, "+HEAD:refs/heads/main");
        return commit;
    }

    /// <summary>Fetches and takes requests until nothing is left to do.</summary>
    public void FetchAndTake()
    {
        Roles.Fetches[0].Step();
        while (Roles.Intake.Step() > 0) { }
    }

    /// <summary>Publishes a request as cb-ctl does.</summary>
    public void Request(BuildRequest request) => Broker.Publish([new(request.RunnerGroup, request.RequestId, MessageCodec.Write(request))]);

    public IReadOnlyList<BuildResponse> Responses() => [.. Broker.Read(Topics.Response, 0, 1000)
        .Select(message => MessageCodec.ReadResponse(message.Body, out var errors) ?? throw new InvalidOperationException(string.Join("; ", errors)))];

    public BuildView Build(string package) => Queries.Builds(1, $"projects/harbor/{package}")[0];

    public async Task<BuildView> WaitForAsync(string package, Func<BuildView, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (Queries.Builds(1, $"projects/harbor/{package}") is [var build] && condition(build)) return build;
            if (limit.IsCancellationRequested) throw new TimeoutException($"{package}: {string.Join("; ", Queries.Builds())}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public T Scalar<T>(string sql) => _database.Read(connection => connection.ExecuteScalar<T>(sql)!);

    public void Dispose()
    {
        Roles.Dispose();
        Broker.Dispose();
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
