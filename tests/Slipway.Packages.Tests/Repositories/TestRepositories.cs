using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.State;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>A data directory with its repositories, in a fresh directory.</summary>
internal sealed class TestRepositories : IDisposable
{
    private readonly Database _database;

    public TestRepositories(SignerClient signer, TimeProvider? clock = null)
    {
        Data = new DataDirectory(Temp["data"]);
        Data.Create();
        _database = Database.Open(Data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);
        Content = new ContentStore(Data.Store);
        Store = new RepositoryStore(Data, _database, Content, signer, clock ?? TimeProvider.System);
        Ledger = new Ledger(_database);
    }

    public TempDirectory Temp { get; } = new();
    public DataDirectory Data { get; }
    public ContentStore Content { get; }
    public RepositoryStore Store { get; }
    public Ledger Ledger { get; }

    public Snapshot Publish(string repository, params string[] files) => Store.Publish(
        RepositoryId.Parse(repository), PackageFile.TypeOf(files[0])!.Value,
        [.. files.Select(file => new PublishedFile(Content.AddFile(file), Path.GetFileName(file)))], new("test"));

    public string PathOf(string repository) => Store.PathOf(RepositoryId.Parse(repository));

    public void Dispose()
    {
        _database.Dispose();
        Temp.Dispose();
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock(long unix) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(unix);
}

/// <summary>A clock that is set.</summary>
internal sealed class MovingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = TimeProvider.System.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => Now;
}
