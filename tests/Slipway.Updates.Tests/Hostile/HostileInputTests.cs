using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates.Tests;

/// <summary>
/// Every reader of what is downloaded takes anything: it gives a result or a <see cref="SlipwayException"/>, never another
/// exception, and never memory without bound. What breaks a reader is kept in testdata/hostile, beside files made by hand.
/// </summary>
public sealed class HostileInputTests(ITestOutputHelper output)
{
    private const int ShortRun = 4_000;
    private const int LongRun = 12_000_000;
    private const int ChunkInputs = 20_000;
    private const int Seed = 20261120;

    public static TheoryData<string> Readers() => [.. HostileReaders.All.Keys];

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_reader_takes_any_bytes(string reader)
    {
        Assert.Contains(HostileReaders.All[reader].Samples, sample => Record.Exception(() => HostileReaders.All[reader].Read(sample)) is null);
        if (new HostileRun(reader, HostileReaders.All[reader], Seed).Feed(ShortRun) is { } wrong) Assert.Fail(wrong);
    }

    /// <summary>Its counts are kept in bench/results/fuzz.md.</summary>
    [Fact]
    [Trait("long", "yes")]
    public void Readers_take_twelve_million_damaged_inputs()
    {
        var chunks = HostileReaders.All.SelectMany(r =>
            Enumerable.Range(1, LongRun / 1000 * r.Value.Share / ChunkInputs).Select(chunk => (r.Key, Reader: r.Value, Seed: Seed + chunk))).ToList();
        var runs = new ConcurrentBag<(string Name, HostileRun Run, TimeSpan Time)>();
        var found = new ConcurrentBag<string>();
        Parallel.ForEach(Partitioner.Create(chunks, loadBalance: true), chunk =>
        {
            var watch = Stopwatch.StartNew();
            var run = new HostileRun(chunk.Key, chunk.Reader, chunk.Seed);
            if (run.Feed(ChunkInputs) is { } wrong) found.Add(wrong);
            runs.Add((chunk.Key, run, watch.Elapsed));
        });
        foreach (var reader in runs.GroupBy(r => r.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {reader.Key} | {reader.Sum(r => r.Run.Accepted + r.Run.Refused):N0} | {reader.Sum(r => r.Run.Accepted):N0} | {reader.Sum(r => r.Time.TotalSeconds):F0} |"));
        Assert.Empty(found);
        Assert.True(runs.Sum(r => r.Run.Accepted + r.Run.Refused) >= 10_000_000);
    }

    [Fact]
    public void Hostile_files_kept_from_thought_and_fuzzing_are_refused()
    {
        var kept = Directory.GetFiles(Path.Combine(TestData.Vectors, "../hostile"));
        Assert.NotEmpty(kept);
        foreach (var file in kept)
        {
            var reader = HostileReaders.All.Keys.Where(name => Path.GetFileName(file).StartsWith(name + "-", StringComparison.Ordinal)).MaxBy(name => name.Length)!;
            var error = Record.Exception(() => HostileReaders.All[reader].Read(File.ReadAllBytes(file)));
            Assert.True(error is SlipwayException, $"{Path.GetFileName(file)}: {error}");
        }
    }
}
