using System.Globalization;
using Slipway.Bench.Repositories;
using Slipway.Content;
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
Scratch.Remove(Directory.CreateDirectory(args[0]).FullName);
var counts = args[1].Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture)).Order().ToList();
var types = args.Length > 2 ? args[2].Split(',') : ["deb", "rpm", "pacman"];
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {Environment.ProcessorCount} processors"));
Console.WriteLine("| load | type | packages | program | first index | processor | peak | one added | processor | peak |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
foreach (var type in types.Select(name => Enum.Parse<PackageType>(name, ignoreCase: true)))
    foreach (var count in counts)
    {
        var tree = PackageTree.Ensure(args[0], type, count, counts[^1]);
        Print(type, count, Ours.Measure(type, tree));
        Print(type, count, Theirs.Measure(type, tree));
        Print(type, count, Theirs.Yardstick(tree));
    }
// Not before the end: ext4 is slow to make files for minutes after many were removed.
Scratch.Remove(args[0]);
return 0;

static void Print(PackageType type, int count, Figures figures) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"| {File.ReadAllText("/proc/loadavg").Split(' ')[0]} | {type.ToString().ToLowerInvariant()} | {count} | {figures.Program} | {Column(figures.First)} | {Column(figures.Added)} |"));

static string Column(Figure? figure) => figure is null ? "not run | | " : string.Create(CultureInfo.InvariantCulture, $"{figure.Wall.TotalMilliseconds:F0} ms | {figure.Processor.TotalMilliseconds:F0} ms | {figure.Peak >> 20} MB");

namespace Slipway.Bench.Repositories
{
    /// <summary>What a program took.</summary>
    /// <param name="Processor">Its own user and system time; ours without the signer's gpg.</param>
    /// <param name="Peak">Bytes of resident memory.</param>
    internal sealed record Figure(TimeSpan Wall, TimeSpan Processor, long Peak);

    /// <summary>Null where it was not run.</summary>
    internal sealed record Figures(string Program, Figure? First, Figure? Added);

    /// <summary>Package files on disk: the repository's, and one that is added to it.</summary>
    internal sealed record Tree(string Directory, string Packages, string Extras)
    {
        private int _scratches;

        /// <summary>A new empty directory.</summary>
        public string Scratch() => System.IO.Directory.CreateDirectory(Path.Combine(Directory, Bench.Repositories.Scratch.Name, $"{Path.GetFileName(Packages)}-{_scratches++}")).FullName;

        /// <summary>The repository that Slipway made of them.</summary>
        public string Made { get; set; } = "";
    }

    /// <summary>Where the programs work.</summary>
    internal static class Scratch
    {
        public const string Name = "scratch";

        public static void Remove(string directory)
        {
            using var parent = RootedTree.Open(directory);
            if (parent.Exists(BytePath.From(Name))) parent.RemoveTree(BytePath.From(Name));
        }
    }
}
