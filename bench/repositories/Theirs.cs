using System.Diagnostics;
using System.Globalization;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Bench.Repositories;

/// <summary>The packaging systems' own indexers on the same files: gzip, with their caches.</summary>
internal static class Theirs
{
    public static readonly Dictionary<string, string> Plain = new() { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LANG"] = "C.UTF-8", ["HOME"] = "/nonexistent" };

    private const int MostAddedByRepoAdd = 100;

    public static Figures Measure(PackageType type, Tree tree)
    {
        var scratch = Ours.Fresh(tree.Scratch);
        var pool = Path.Combine(scratch, "pool");
        CopyInto(tree.Packages, pool);
        var extras = Directory.EnumerateFiles(tree.Extras).Order(StringComparer.Ordinal).Take(3).ToList();
        return type switch
        {
            PackageType.Rpm => Compare("createrepo_c --update", pool, extras, _ => Run(scratch, "createrepo_c", "--quiet", "--update", "--general-compress-type=gz", "--no-database", pool)),
            PackageType.Deb => Compare("apt-ftparchive, cache", pool, extras, _ => Apt(scratch)),
            _ => Compare("repo-add", pool, extras, added => Add(scratch, tree, added ?? [.. Directory.EnumerateFiles(pool).Order(StringComparer.Ordinal)])),
        };
    }

    private static Figures Compare(string program, string pool, List<string> extras, Func<string[]?, long> index)
    {
        var (first, firstPeak) = Timed(() => index(null));
        var added = new List<(TimeSpan Time, long Peak)>();
        foreach (var extra in extras)
        {
            var file = Path.Combine(pool, Path.GetFileName(extra));
            File.Copy(extra, file);
            added.Add(Timed(() => index([file])));
        }
        var median = added.OrderBy(one => one.Time).ElementAt(added.Count / 2);
        return new(program, first, firstPeak, median.Time, added.Max(one => one.Peak));
    }

    // Its first index takes minutes per thousand packages: of many, it is given ours to go on from, and its first index is not a figure.
    private static long Add(string scratch, Tree tree, string[] files)
    {
        if (files.Length > MostAddedByRepoAdd)
        {
            File.Copy(tree.Database!, Path.Combine(scratch, "bench.db.tar.gz"));
            File.Copy(Path.ChangeExtension(tree.Database!, "files"), Path.Combine(scratch, "bench.files.tar.gz"));
            return 0;
        }
        return Run(scratch, "repo-add", ["-q", Path.Combine(scratch, "bench.db.tar.gz"), .. files]);
    }

    private static long Apt(string scratch)
    {
        var configuration = Path.Combine(scratch, "apt-ftparchive.conf");
        Directory.CreateDirectory(Path.Combine(scratch, "dists/bench/main/binary-amd64"));
        Directory.CreateDirectory(Path.Combine(scratch, "cache"));
        File.WriteAllText(configuration, $$"""
            Dir { ArchiveDir "{{scratch}}"; CacheDir "{{scratch}}/cache"; };
            Default { Packages::Compress ". gzip"; Contents::Compress ". gzip"; };
            BinDirectory "pool" { Packages "dists/bench/main/binary-amd64/Packages"; Contents "dists/bench/main/Contents-amd64"; BinCacheDB "packages.db"; };
            APT::FTPArchive::AlwaysStat "false";
            """);
        var peak = Run(scratch, "apt-ftparchive", "-q", "generate", configuration);
        return Math.Max(peak, Run(scratch, "apt-ftparchive", "-q", "release", Path.Combine(scratch, "dists/bench")));
    }

    private static void CopyInto(string packages, string pool)
    {
        Directory.CreateDirectory(pool);
        using var into = RootedTree.Open(pool);
        foreach (var file in Directory.EnumerateFiles(packages)) into.LinkFromOutside(file, BytePath.From(Path.GetFileName(file)));
    }

    /// <summary>Runs it and returns the peak resident memory of the one process (or of the largest child a script had).</summary>
    private static long Run(string directory, string program, params string[] arguments)
    {
        const string Measured = "import resource, subprocess, sys\ncode = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(code)\n";
        var result = ChildProcess.Run(new ChildCommand("python3", ["-c", Measured, program, .. arguments]) { WorkingDirectory = directory, Environment = Plain, Timeout = TimeSpan.FromHours(1) }).Require(program);
        return long.Parse(result.Text.Trim(), CultureInfo.InvariantCulture) << 10;
    }

    private static (TimeSpan, long) Timed(Func<long> action)
    {
        var watch = Stopwatch.StartNew();
        var peak = action();
        return (watch.Elapsed, peak);
    }
}
