namespace Slipway.State.Tests;

/// <summary>A fresh data directory with a database in it; both go with the test.</summary>
internal sealed class TempState : IDisposable
{
    public TempState()
    {
        Root = Directory.CreateTempSubdirectory("slipway-state-").FullName;
        Directories = new DataDirectory(Path.Combine(Root, "data"));
        Directories.Create();
        Database = Open();
    }

    public string Root { get; }

    public DataDirectory Directories { get; }

    public Database Database { get; private set; }

    public TestClock Clock { get; } = new();

    public Database Open(params Migration[] more) =>
        Database.Open(Directories.StateDb, [.. StateMigrations.All, .. more], Clock);

    /// <summary>As after the end of the process that had it open.</summary>
    public void Reopen()
    {
        Database.Dispose();
        Database = Open();
    }

    public void Dispose()
    {
        Database.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}

/// <summary>A clock that stands still until it is moved; wall and monotonic time move apart on demand.</summary>
internal sealed class TestClock : TimeProvider
{
    private DateTimeOffset _wall = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private long _ticks = 5_000_000;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _wall;

    public override long GetTimestamp() => _ticks;

    public void Pass(TimeSpan time)
    {
        _wall += time;
        _ticks += time.Ticks;
    }

    public void SetWall(DateTimeOffset wall) => _wall = wall;
}
