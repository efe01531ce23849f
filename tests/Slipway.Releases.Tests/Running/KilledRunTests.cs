using System.Diagnostics;
using Slipway.Content;

namespace Slipway.Releases.Tests.Running;

/// <summary>A process of its own that makes a release and kills itself at a given point, as kill -9 would: this program, asked for one explicit test.</summary>
public sealed class DoomedWatcher
{
    private const string Variable = "SLIPWAY_RELEASES_CHILD";

    internal static async Task<int> RunAsync(string root, string until)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(DoomedWatcher).Assembly.Location);
        foreach (var argument in new[] { "--explicit", "only", "--filter-class", typeof(DoomedWatcher).FullName! })
            start.ArgumentList.Add(argument);
        start.Environment[Variable] = $"{root}\n{until}";
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(await output);
        return child.ExitCode;
    }

    [Fact(Explicit = true)]
    [Trait("long", "yes")]
    public async Task Works_until_it_is_killed()
    {
        var told = Environment.GetEnvironmentVariable(Variable)!.Split('\n');
        using var stream = new TestStream(told[0]);
        stream.At = text =>
        {
            if (text.StartsWith(told[1], StringComparison.Ordinal))
                Process.GetCurrentProcess().Kill();
        };
        await stream.SettleAsync();
    }
}

public sealed class KilledRunTests
{
    private const int Killed = 128 + 9;

    private static readonly string[] s_points =
    [
        "packages begins", "compose begins", "compose done", "content begins", "content done", "deltas done", "validate begins", "validate done",
        "notes done", "stage done", "publish begins", "publisher: the content is in place", "publisher: the content is verified",
        "publisher: stable points to 20", "publish done",
    ];

    [Fact]
    public async Task Run_that_is_killed_at_any_stage_boundary_ends_with_the_same_bytes()
    {
        using var stream = Prepared();
        using var calm = Prepared();
        calm.SignLike(stream);
        foreach (var one in new[] { stream, calm })
        {
            await one.SettleAsync();
            one.MakeOwn("2", "changed");
        }
        foreach (var point in s_points)
        {
            Assert.Equal((point, Killed), (point, await DoomedWatcher.RunAsync(stream.Root, point)));
            AssertNothingHalf(stream, point);
        }
        await stream.SettleAsync();
        await calm.SettleAsync();
        Assert.Equal("20", stream.Www("version/latest_version"));
        Assert.Equal([20u, 10u], stream.Site.Releases.All(TestStream.Name).Select(r => r.Version));
        Assert.Equal(Contents(calm.Places.Www), Contents(stream.Places.Www));
        Assert.Equal(calm.Release(20).Map, stream.Release(20).Map);
    }

    [Fact]
    public async Task Same_inputs_at_the_same_time_give_the_same_bytes()
    {
        using var one = Prepared();
        using var other = Prepared();
        other.SignLike(one);
        await one.SettleAsync();
        await other.SettleAsync();
        Assert.Equal(Contents(one.Places.Www), Contents(other.Places.Www));
        Assert.NotEmpty(Contents(one.Places.Www));
    }

    private static TestStream Prepared()
    {
        var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "first");
        stream.Commit("gates: [manifest, signatures]");
        return stream;
    }

    private static void AssertNothingHalf(TestStream stream, string point)
    {
        var version = uint.Parse(stream.Www("version/latest_version"), null);
        Assert.True(version is 10 or 20, point);
        var closure = Slipway.Releases.Publishing.ReleaseClosure.Read(stream.Places.Www, version);
        Assert.Empty(closure.Missing());
        Assert.Equal(version.ToString(null as IFormatProvider), stream.Www("channels/stable/version/format30/latest"));
    }

    private static List<string> Contents(string directory)
    {
        using var tree = RootedTree.Open(directory);
        return [.. tree.Walk().Where(e => e.Stat.Type is NodeType.Regular or NodeType.Symlink).Select(e =>
        {
            if (e.Stat.Type == NodeType.Symlink)
                return $"{e.Path} -> {tree.ReadLink(e.Path)}";
            using var content = tree.OpenRead(e.Path);
            return $"{e.Path} {Digest.OfStream(content)}";
        })];
    }
}
