using System.Diagnostics;
using System.Globalization;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Bench.Repositories;

/// <summary>Slipway in a process of its own, for its peak memory; with its real signer.</summary>
internal static class Ours
{
    public static Figures Measure(PackageType type, Tree tree)
    {
        var scratch = tree.Scratch();
        Theirs.Warm(tree.Packages);
        var result = ChildProcess.Run(new ChildCommand(Environment.ProcessPath!, "--ours", type.ToString(), tree.Packages, tree.Extras, scratch)
        { Environment = Theirs.Plain, Timeout = TimeSpan.FromMinutes(30) }).Require("slipway");
        var values = result.Text.TrimEnd().Split('\n')[^1].Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToList();
        if (Environment.GetEnvironmentVariable("BENCH_VERBOSE") is not null) Console.Error.Write(result.Text);
        tree.Made = Path.Combine(scratch, "data/repos/bench/first/current");
        return new("slipway", new(TimeSpan.FromSeconds(values[0]), TimeSpan.FromSeconds(values[1]), (long)values[2]), new(TimeSpan.FromSeconds(values[3]), TimeSpan.FromSeconds(values[4]), (long)values[5]));
    }

    public static void Run(PackageType type, string packages, string extras, string scratch)
    {
        var data = new DataDirectory(Path.Combine(scratch, "data"));
        data.Create();
        using var stop = new CancellationTokenSource();
        var signing = SignerServer.RunAsync(data, stop.Token);
        var signer = new SignerClient(data.SignerSocket) { Patience = TimeSpan.FromMinutes(2) };
        signer.PublicKeyArmored();
        var store = new ContentStore(data.Store);
        var id = new RepositoryId("bench", "first");
        Figure first;
        using (var database = Open(data)) first = Timed(() => Repositories(data, database, store, signer).PublishDirectory(id, type, packages, new("first"), asSigned: true));
        // Each added by a service that has just started: nothing is in its memory.
        var added = new List<Figure>();
        foreach (var file in Directory.EnumerateFiles(extras).Order(StringComparer.Ordinal))
        {
            var digest = store.AddFile(file);
            using var database = Open(data);
            added.Add(Timed(() => Repositories(data, database, store, signer).Publish(id, type, [new(digest, Path.GetFileName(file))], new("added"))));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"added {added[^1].Wall.TotalMilliseconds:F0} ms"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Text(first)} {Text(added.OrderBy(one => one.Wall).ElementAt(added.Count / 2) with { Peak = Peak() })}"));
        stop.Cancel();
        signing.GetAwaiter().GetResult();
    }

    private static RepositoryStore Repositories(DataDirectory data, Database database, ContentStore store, SignerClient signer) => new(data, database, store, signer, TimeProvider.System);

    private static Database Open(DataDirectory data) => Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);

    private static string Text(Figure figure) => string.Create(CultureInfo.InvariantCulture, $"{figure.Wall.TotalSeconds} {figure.Processor.TotalSeconds} {figure.Peak}");

    private static Figure Timed(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        action();
        return new(watch.Elapsed, Environment.CpuUsage.TotalTime - before, Peak());
    }

    private static long Peak() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
}
