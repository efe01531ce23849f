namespace Slipway.Content.Tests;

public sealed class StoreSweepTests : IDisposable
{
    private readonly TempTree _temp = new();
    private readonly ContentStore _store;

    public StoreSweepTests() => _store = new ContentStore(_temp.InBase("store"));

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void What_no_root_needs_goes_after_its_grace_and_nothing_else()
    {
        var (needed, old, young) = (Aged("needed", 48), Aged("old", 48), Aged("young", 1));
        var report = Sweep([needed], dryRun: true);
        Assert.Equal([old], report.Files);
        Assert.True(_store.Contains(needed));
        Assert.True(File.Exists(_store.PathOf(old)));

        report = Sweep([needed], dryRun: false);
        Assert.Equal([old], report.Files);
        Assert.Equal(3, report.Bytes);
        Assert.Equal(1, report.Young.Files);
        Assert.True(_store.Contains(needed));
        Assert.True(_store.Contains(young));
        Assert.False(_store.Contains(old));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Content_that_is_asked_for_or_added_again_starts_its_grace_anew(bool isAdded)
    {
        var content = Aged("wanted", 48);
        if (isAdded) _store.Add("wanted"u8);
        else Assert.True(_store.Contains(content));
        Assert.Empty(Sweep([], dryRun: false).Files);
        Assert.True(_store.Contains(content));
    }

    [Fact]
    public void Nothing_goes_when_a_root_is_not_known()
    {
        var old = Aged("old", 48);
        var sweep = new StoreSweep(_store, TimeProvider.System, TimeSpan.FromHours(24));
        Assert.Throws<IOException>(() => sweep.Run([new("releases", () => throw new IOException("the record cannot be read"))], dryRun: false, TestContext.Current.CancellationToken));
        Assert.True(_store.Contains(old));
    }

    [Fact]
    public void What_a_killed_sweep_had_moved_away_is_there_again_after_the_next()
    {
        var needed = Aged("needed", 48);
        Directory.CreateDirectory(Path.Combine(_store.Root, "leaving"));
        File.Move(_store.PathOf(needed), Path.Combine(_store.Root, "leaving", needed.ToString()));
        Assert.Empty(Sweep([needed], dryRun: false).Files);
        Assert.True(_store.Contains(needed));
    }

    [Fact]
    public void Writers_and_a_sweep_at_once_lose_nothing_that_was_just_added_or_asked_for()
    {
        var contents = Enumerable.Range(0, 200).Select(i => Aged($"content {i}", 48)).ToList();
        var wanted = new List<Digest>();
        Parallel.Invoke(
            () => wanted.AddRange(contents.Where(_store.Contains)),
            () => Sweep([], dryRun: false));
        Assert.All(wanted, digest => Assert.True(File.Exists(_store.PathOf(digest)), $"{digest} was promised and is gone"));
    }

    [Fact]
    public void Shares_name_who_needs_what()
    {
        var (one, two, _) = (Aged("one", 1), Aged("twoo", 1), Aged("nobody", 1));
        var shares = new StoreSweep(_store, TimeProvider.System, TimeSpan.FromHours(24)).Shares([new("snapshots", () => [one]), new("builds", () => [one, two])]);
        Assert.Equal([new("snapshots", 1, 3), new("builds", 1, 4), new("needed by nothing", 1, 6)], shares);
    }

    private Digest Aged(string text, int hours)
    {
        var digest = _store.Add(System.Text.Encoding.UTF8.GetBytes(text));
        File.SetLastWriteTimeUtc(_store.PathOf(digest), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-hours));
        return digest;
    }

    private SweepReport Sweep(IReadOnlyList<Digest> needed, bool dryRun) =>
        new StoreSweep(_store, TimeProvider.System, TimeSpan.FromHours(24)).Run([new("test", () => needed)], dryRun, TestContext.Current.CancellationToken);
}
