using System.Diagnostics;
using System.Globalization;
using Slipway.Content;
using Slipway.Packages;

// bench-solving prepare DIR        fetches the machine's index and writes 800 bundles
// bench-solving resolve DIR        resolves them; prints wall seconds, bundles, packages, failed
// bench-solving check DIR          asks of every package of the index whether it can be installed
var directory = args[1];
var apt = new HostApt(Path.Combine(directory, "apt"), new ContentStore(Path.Combine(directory, "store")), TimeProvider.System);
var file = Path.Combine(directory, "bundles");
if (args[0] == "prepare")
{
    apt.Update(TimeSpan.FromHours(12));
    using var pool = apt.OpenSolver();
    File.WriteAllLines(file, Bundles.Draw(pool, 800, [.. apt.BinaryIndexes().Select(i => i.File)]));
    return 0;
}

if (args[0] == "check")
{
    using var pool = apt.OpenSolver();
    var watch = Stopwatch.StartNew();
    var uninstallable = pool.FindUninstallable();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:F1} s wall, {Environment.CpuUsage.TotalTime.TotalSeconds:F1} s processor, {uninstallable.Count} cannot be installed"));
    foreach (var package in uninstallable.Take(3)) Console.WriteLine($"  {package.Name} {package.Version}: {string.Join("; ", package.Problems)}");
    return 0;
}

var bundles = File.ReadAllLines(file).Select(l => l.Split(' ')).ToArray();
var indexes = apt.BinaryIndexes();
var clock = Stopwatch.StartNew();
var options = new ResolveOptions { AnyOrder = !args.Contains("--ordered") };
var next = -1;
long packages = 0;
var failed = 0;
var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
{
    using var pool = new SolverPool(PackageType.Deb, apt.Architecture, Path.Combine(directory, "apt/solv"));
    foreach (var index in indexes) pool.AddDebIndex(index.Name, index.File, expected: index.Content);
    for (int at; (at = Interlocked.Increment(ref next)) < bundles.Length;)
    {
        var solution = pool.Resolve(bundles[at], options);
        if (!solution.Succeeded) Interlocked.Increment(ref failed);
        Interlocked.Add(ref packages, solution.Packages.Count);
    }
})).ToList();
foreach (var worker in workers) worker.Start();
foreach (var worker in workers) worker.Join();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F3} {bundles.Length} {packages} {failed}"));
return 0;

internal static class Bundles
{
    /// <summary>Bundles of 5 to 64 names each, drawn from the same seed every time, of packages that can be installed together.</summary>
    public static IEnumerable<string> Draw(SolverPool pool, int count, IReadOnlyList<string> indexes)
    {
        var names = indexes.SelectMany(File.ReadLines).Where(l => l.StartsWith("Package: ", StringComparison.Ordinal)).Select(l => l[9..])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var random = new Random(4);
        for (var made = 0; made < count;)
        {
            var bundle = new List<string>();
            for (var size = random.Next(5, 65); bundle.Count < size;)
            {
                var name = names[random.Next(names.Length)];
                if (!bundle.Contains(name)) bundle.Add(name);
            }
            if (!pool.Resolve(bundle).Succeeded) continue;
            made++;
            yield return string.Join(' ', bundle);
        }
    }
}
