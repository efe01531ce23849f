using Slipway.Builds.Roots;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class RootLayersTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-layers-").FullName;
    private readonly RootLayers _layers;

    public RootLayersTests() => _layers = new(_directory, new BuildSandbox(SandboxAccount.Ensure()), TimeProvider.System);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Many_who_need_a_layer_wait_for_one_maker()
    {
        var made = 0;
        var paths = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _layers.GetAsync("k", async making =>
        {
            Interlocked.Increment(ref made);
            await Task.Delay(50);
            Directory.CreateDirectory(Path.Combine(making, "upper"));
        }, default)));
        Assert.Equal(1, made);
        Assert.True(Directory.Exists(Assert.Single(paths.Distinct())));
    }

    [Fact]
    public async Task Failed_maker_leaves_nothing_and_the_next_tries_again()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _layers.GetAsync("k", making =>
        {
            Directory.CreateDirectory(Path.Combine(making, "upper"));
            throw new InvalidOperationException();
        }, default));
        Assert.Empty(Directory.GetDirectories(_directory));
        Assert.False(_layers.Has("k"));
        Assert.EndsWith("k/upper", await _layers.GetAsync("k", Make, default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layer_of_another_start_of_the_machine_counts_only_when_it_reached_the_disk()
    {
        await _layers.GetAsync("k", Make, default);
        for (var i = 0; i < 200 && !File.Exists(Path.Combine(_directory, "k/durable")); i++)
            await Task.Delay(50);
        File.WriteAllText(Path.Combine(_directory, "k/layer"), "another boot\n");
        Assert.True(_layers.Has("k"));
        File.Delete(Path.Combine(_directory, "k/durable"));
        Assert.False(_layers.Has("k"));
        await _layers.GetAsync("k", Make, default);
        Assert.True(_layers.Has("k"));
    }

    [Fact]
    public async Task What_a_killed_maker_left_is_removed()
    {
        var dead = Directory.CreateDirectory(Path.Combine(_directory, ".making-4999999-x/upper"));
        var living = Directory.CreateDirectory(Path.Combine(_directory, ".making-1-x/upper"));
        await _layers.RemoveLeftoversAsync(default);
        Assert.False(dead.Exists && Directory.Exists(dead.FullName));
        Assert.True(Directory.Exists(living.FullName));
    }

    [Fact]
    public async Task Layers_go_by_age_and_size_the_longest_unused_first_and_never_while_used()
    {
        var (_, held) = await _layers.UseAsync("held", making => MakeOf(making, 1000), default);
        foreach (var (key, days) in new[] { ("old", 40), ("less", 20), ("young", 1) })
        {
            (await _layers.UseAsync(key, making => MakeOf(making, 1000), default)).Use.Dispose();
            File.SetLastWriteTimeUtc(Path.Combine(_directory, key, "used"), DateTime.UtcNow.AddDays(-days));
        }
        File.SetLastWriteTimeUtc(Path.Combine(_directory, "held/used"), DateTime.UtcNow.AddDays(-50));
        Assert.Empty(await _layers.EvictAsync(new() { MaxAge = TimeSpan.FromDays(60) }, default));
        Assert.Equal(["old"], await _layers.EvictAsync(new(), default));
        Assert.Equal(["less"], await _layers.EvictAsync(new() { MaxBytes = 2000 }, default));
        Assert.Equal(["young"], await _layers.EvictAsync(new() { MaxBytes = 500 }, default));
        Assert.True(_layers.Has("held"));
        held.Dispose();
        Assert.Equal(["held"], await _layers.EvictAsync(new() { MaxBytes = 500 }, default));
        Assert.DoesNotContain(Directory.GetDirectories(_directory), d => Path.GetFileName(d).StartsWith(".making", StringComparison.Ordinal));
        (await _layers.UseAsync("held", Make, default)).Use.Dispose();
    }

    private static async Task MakeOf(string making, int bytes)
    {
        await Make(making);
        File.WriteAllBytes(Path.Combine(making, "upper/file"), new byte[bytes]);
        File.WriteAllText(Path.Combine(making, "packages"), "");
    }

    private static Task Make(string making)
    {
        Directory.CreateDirectory(Path.Combine(making, "upper"));
        return Task.CompletedTask;
    }
}
