using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates.Tests.Creation;

/// <summary>Random trees with random histories, judged by a second reading of the format and by a device.</summary>
public sealed class RandomHistoryTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_random_history_is_published_as_the_format_says_and_devices_follow_it(int seed) =>
        await RandomHistory.CheckAsync(seed, versions: 4);

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void A_random_history_gives_the_same_bytes_on_one_core_and_on_many(int seed) =>
        Assert.Equal(RandomHistory.PublishedBytes(seed, jobs: 1), RandomHistory.PublishedBytes(seed, jobs: 4));

    [Fact]
    [Trait("long", "yes")]
    public async Task Four_hundred_random_histories_are_published_as_the_format_says_and_devices_follow_them()
    {
        await Parallel.ForEachAsync(Enumerable.Range(100, 400), TestContext.Current.CancellationToken,
            async (seed, _) => await RandomHistory.CheckAsync(seed, versions: 6));
    }
}

/// <summary>One history: makes it, checks what is published, and lets devices install and update to it.</summary>
internal sealed class RandomHistory : IDisposable
{
    private static readonly int[] Formats = [25, 25, 26, 26, 27, 28, 29, 30, 30, 31];
    private readonly int _jobs;
    private readonly TestRelease _os = new();
    private readonly RandomOs _random;
    private readonly ReferenceEngine _reference = new();
    private readonly TemporaryDirectory _roots = new();
    private readonly List<uint> _versions = [];
    private HashSet<string> _installed = [];

    private RandomHistory(int seed, int jobs)
    {
        _jobs = jobs;
        _random = new RandomOs(seed, _os);
        File.WriteAllText(_roots["root.pem"], DeviceScene.Signer.CertificatePem());
    }

    public static async Task CheckAsync(int seed, int versions)
    {
        using var history = new RandomHistory(seed, jobs: 1 + seed % 3);
        try
        {
            history.PublishAll(versions);
            await history.FollowAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"history of seed {seed}: {error.Message}", error);
        }
    }

    public void Dispose()
    {
        _os.Dispose();
        _roots.Dispose();
    }

    /// <summary>Every published file and its digest.</summary>
    public static IReadOnlyList<string> PublishedBytes(int seed, int jobs)
    {
        using var history = new RandomHistory(seed, jobs);
        history.PublishAll(versions: 4);
        return [.. Directory.EnumerateFiles(history._os.Published(""), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{Path.GetRelativePath(history._os.Published(""), f)} {Digest.OfFile(f)}")];
    }

    private void PublishAll(int versions)
    {
        _random.Begin();
        var at = _random.Next(Formats.Length);
        for (var step = 1; step <= versions; step++)
        {
            if (step > 1) _random.Evolve();
            if (_random.Next(4) == 0) at = Math.Min(at + 1, Formats.Length - 1);
            Publish((uint)step * 10, Formats[at]);
        }
        new PublishedInvariants(_os, _versions).Check();
    }

    private void Publish(uint version, int format)
    {
        var previous = _versions.LastOrDefault();
        var minVersion = _random.Next(4) == 0 ? (uint)_random.Next((int)version + 1) : 0;
        var deltasFrom = _versions.Where(_ => _random.Next(3) > 0).ToArray();
        var expected = _reference.Build(_os, version, previous, minVersion, format, 1000 + version);
        _os.Build(version, previous, minVersion, format, deltasFrom, o => o with
        {
            Jobs = _jobs,
            Sign = content => DeviceScene.Signer.Sign(content.Span, DeviceScene.Noon),
        });
        _versions.Add(version);
        var actual = Directory.GetFiles(_os.Published($"{version}"), "Manifest.*").Select(f => Path.GetFileName(f)!["Manifest.".Length..])
            .Where(n => !n.EndsWith(".tar", StringComparison.Ordinal) && !n.EndsWith(".sig", StringComparison.Ordinal));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
        foreach (var (name, text) in expected)
            Assert.Equal(text, File.ReadAllText(_os.Published($"{version}/Manifest.{name}")));
    }

    private async Task FollowAsync()
    {
        var bundles = _reference.BundlesOf(_versions[0]).Where(_ => _random.Next(2) == 0).ToArray();
        var start = _random.Pick(_versions);
        bundles = [.. bundles.Where(b => _reference.BundlesOf(start).Contains(b))];
        Compare("installed", start, await DeviceAt("a").InstallAsync(start, bundles));
        foreach (var to in _versions.Where(v => v > start).Where(v => v == _versions[^1] || _random.Next(2) == 0))
            Compare($"updated to {to}", to, await DeviceAt("a").UpdateAsync(to));
        // A directory that no bundle lists is made for a file and stays when the file goes; another bundle may once have deleted it.
        Assert.Equal([], (await DeviceAt("a").VerifyAsync()).Differences
            .Where(d => d.Kind != RootDifferenceKind.Surplus || !Directory.Exists(_roots["a" + d.Path])).Select(d => $"{d.Kind} {d.Path}"));
    }

    private Device.Device DeviceAt(string root) => new(new DeviceOptions
    {
        Path = _roots[root],
        ContentUrl = "file://" + _os.Published(""),
        CertificateFile = _roots["root.pem"],
        StateDirectory = _roots[root + ".state"],
        Format = "staging",
        Jobs = 2,
        Time = new StoppedTime(),
    });

    private void Compare(string what, uint version, DeviceResult result)
    {
        Assert.Equal(version, result.To);
        Assert.All(result.Warnings, w => Assert.Matches("is not in version|experimental", w));
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in result.Bundles.SelectMany(b => _reference.InForce(version, b)))
            if (row.Status == '.' && ReferenceEngine.Strip(row.Name) == row.Name && !PathRules.IsState(BytePath.From(row.Name))) expected[row.Name] = row.Hash;
        using var tree = RootedTree.Open(_roots["a"]);
        var actual = tree.Walk().ToDictionary(e => "/" + e.Path, e => NodeHash.Of(tree, e.Path, e.Stat)!.Value.ToString());
        foreach (var (path, hash) in expected)
            Assert.True(actual.GetValueOrDefault(path) == hash, $"{what} {version}: {path} is {actual.GetValueOrDefault(path) ?? "missing"} and should be {hash}");
        foreach (var path in actual.Keys.Except(expected.Keys).Where(p => !(p + "/").StartsWith("/var/", StringComparison.Ordinal)))
            Assert.True(MayStay(path, actual.Keys), $"{what} {version}: {path} should not be there");
        _installed = [.. expected.Keys];
    }

    /// <summary>Kernels stay, directories that still hold something, and directories that no installed bundle listed, made for files in them.</summary>
    private bool MayStay(string path, IEnumerable<string> all) => PathRules.IsBoot(BytePath.From(path))
        || all.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal))
        || (!_installed.Contains(path) && Directory.Exists(_roots["a" + path]));

    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DeviceScene.Noon;
    }
}
