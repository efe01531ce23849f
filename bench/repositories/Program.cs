using System.Globalization;
using Slipway.Bench.Repositories;
using Slipway.Packages;

if (args is ["--ours", var kind, var packages, var extras, var scratch])
{
    Ours.Run(Enum.Parse<PackageType>(kind), packages, extras, scratch);
    return 0;
}
if (args.Length < 2)
{
    Console.Error.WriteLine("usage: bench-repositories DIR COUNT,... [deb,rpm,pacman]   (DIR keeps the packages for the next run)");
    return 2;
}
var counts = args[1].Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture)).Order().ToList();
var types = args.Length > 2 ? args[2].Split(',') : ["deb", "rpm", "pacman"];
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {Environment.ProcessorCount} processors"));
Console.WriteLine("| type | packages | program | first index | peak | one added | peak |");
Console.WriteLine("|---|---|---|---|---|---|---|");
foreach (var type in types.Select(name => Enum.Parse<PackageType>(name, ignoreCase: true)))
    foreach (var count in counts)
    {
        var tree = PackageTree.Ensure(args[0], type, count, counts[^1]);
        Print(type, count, Ours.Measure(type, tree));
        tree = tree with { Database = Ours.KeepDatabase(tree) };
        Print(type, count, Theirs.Measure(type, tree));
    }
return 0;

static void Print(PackageType type, int count, Figures figures) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"| {type.ToString().ToLowerInvariant()} | {count} | {figures.Program} | {(figures.FirstPeak > 0 ? $"{figures.First.TotalSeconds:F2} s | {figures.FirstPeak >> 20} MB" : "not run | ")} | {figures.Added.TotalMilliseconds:F0} ms | {figures.AddedPeak >> 20} MB |"));

namespace Slipway.Bench.Repositories
{
    /// <summary>What a program took; peaks in bytes of resident memory.</summary>
    internal sealed record Figures(string Program, TimeSpan First, long FirstPeak, TimeSpan Added, long AddedPeak);

    /// <summary>Package files on disk: the repository's, and one that is added to it.</summary>
    internal sealed record Tree(string Packages, string Extras, string Scratch)
    {
        /// <summary>pacman: the database that Slipway made of them.</summary>
        public string? Database { get; init; }
    }
}
