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
        var scratch = Fresh(tree.Scratch);
        var result = ChildProcess.Run(new ChildCommand(Environment.ProcessPath!, "--ours", type.ToString(), tree.Packages, tree.Extras, scratch)
        { Environment = Theirs.Plain, Timeout = TimeSpan.FromMinutes(30) }).Require("slipway");
        var values = result.Text.TrimEnd().Split('\n')[^1].Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToList();
        if (Environment.GetEnvironmentVariable("BENCH_VERBOSE") is not null) Console.Error.Write(result.Text);
        return new("slipway", TimeSpan.FromSeconds(values[0]), (long)values[1], TimeSpan.FromSeconds(values[2]), (long)values[3]);
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
        TimeSpan first;
        using (var database = Open(data)) first = Timed(() => Repositories(data, database, store, signer).PublishDirectory(id, type, packages, new("first"), asSigned: true));
        var firstPeak = Peak();
        // Each added by a service that has just started: nothing is in its memory.
        var added = new List<TimeSpan>();
        foreach (var file in Directory.EnumerateFiles(extras).Order(StringComparer.Ordinal))
        {
            var digest = store.AddFile(file);
            using var database = Open(data);
            added.Add(Timed(() => Repositories(data, database, store, signer).Publish(id, type, [new(digest, Path.GetFileName(file))], new("added"))));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"added {added[^1].TotalMilliseconds:F0} ms"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first.TotalSeconds} {firstPeak} {added.Order().ElementAt(added.Count / 2).TotalSeconds} {Peak()}"));
        stop.Cancel();
        signing.GetAwaiter().GetResult();
    }

    /// <summary>Keeps pacman's databases when the scratch directory goes.</summary>
    public static string? KeepDatabase(Tree tree)
    {
        var made = Path.Combine(tree.Scratch, "data/repos/bench/first/current/x86_64/bench.db");
        if (!File.Exists(made)) return null;
        var kept = Path.Combine(Path.GetDirectoryName(tree.Scratch)!, "bench.db");
        File.Copy(made, kept, overwrite: true);
        File.Copy(Path.ChangeExtension(made, "files"), Path.ChangeExtension(kept, "files"), overwrite: true);
        return kept;
    }

    public static string Fresh(string scratch)
    {
        if (Directory.Exists(scratch))
        {
            using var parent = RootedTree.Open(Path.GetDirectoryName(scratch)!);
            parent.RemoveTree(BytePath.From(Path.GetFileName(scratch)));
        }
        return Directory.CreateDirectory(scratch).FullName;
    }

    private static RepositoryStore Repositories(DataDirectory data, Database database, ContentStore store, SignerClient signer) => new(data, database, store, signer, TimeProvider.System);

    private static Database Open(DataDirectory data) => Database.Open(data.StateDb, [.. StateMigrations.All, .. PackagesMigrations.All], TimeProvider.System);

    private static TimeSpan Timed(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed;
    }

    private static long Peak() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
}
