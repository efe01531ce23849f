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
        var scratch = tree.Scratch();
        var pool = Path.Combine(scratch, "pool");
        CopyInto(tree.Packages, pool);
        var extras = Directory.EnumerateFiles(tree.Extras).Order(StringComparer.Ordinal).Take(type == PackageType.Pacman ? 1 : 3).ToList();
        return type switch
        {
            PackageType.Rpm => Compare("createrepo_c --update", pool, extras, _ => Run(scratch, "createrepo_c", "--quiet", "--update", "--general-compress-type=gz", "--no-database", pool)),
            PackageType.Deb => Compare("apt-ftparchive, cache", pool, extras, _ => Apt(scratch)),
            _ => Compare("repo-add", pool, extras, added => Add(scratch, tree, added ?? [.. Directory.EnumerateFiles(pool).Order(StringComparer.Ordinal)])),
        };
    }

    /// <summary>What reading and hashing the files once takes at the least.</summary>
    public static Figures Yardstick(Tree tree)
    {
        Warm(tree.Packages);
        return new("sha256sum", Run(tree.Packages, "sh", "-c", "find . -type f -print0 | xargs -0 sha256sum"), null);
    }

    /// <summary>Reads every file once, so that who comes first does not pay for the disk.</summary>
    public static void Warm(string packages)
    {
        foreach (var file in Directory.EnumerateFiles(packages)) Digest.OfFile(file);
    }

    private static Figures Compare(string program, string pool, List<string> extras, Func<string[]?, Figure?> index)
    {
        Warm(pool);
        var first = index(null);
        var added = new List<Figure>();
        foreach (var extra in extras)
        {
            var file = Path.Combine(pool, Path.GetFileName(extra));
            File.Copy(extra, file);
            added.Add(index([file])!);
        }
        return new(program, first, added.OrderBy(one => one.Wall).ElementAt(added.Count / 2));
    }

    // Its first index takes minutes per thousand packages: of many, it is given ours to go on from, and its first index is not a figure.
    private static Figure? Add(string scratch, Tree tree, string[] files)
    {
        if (files.Length > MostAddedByRepoAdd)
        {
            foreach (var kind in new[] { "db", "files" }) File.Copy(Path.Combine(tree.Made, $"x86_64/bench.{kind}"), Path.Combine(scratch, $"bench.{kind}.tar.gz"));
            return null;
        }
        return Run(scratch, "repo-add", ["-q", Path.Combine(scratch, "bench.db.tar.gz"), .. files]);
    }

    private static Figure Apt(string scratch)
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
        var indexes = Run(scratch, "apt-ftparchive", "-q", "generate", configuration);
        var release = Run(scratch, "apt-ftparchive", "-q", "release", Path.Combine(scratch, "dists/bench"));
        return new(indexes.Wall + release.Wall, indexes.Processor + release.Processor, Math.Max(indexes.Peak, release.Peak));
    }

    private static void CopyInto(string packages, string pool)
    {
        Directory.CreateDirectory(pool);
        using var into = RootedTree.Open(pool);
        foreach (var file in Directory.EnumerateFiles(packages)) into.LinkFromOutside(file, BytePath.From(Path.GetFileName(file)));
    }

    /// <summary>Runs it; the peak is that of the one process, or of the largest child a script had.</summary>
    private static Figure Run(string directory, string program, params string[] arguments)
    {
        const string Measured = "import resource, subprocess, sys, time\nbefore = time.monotonic()\ncode = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
            + "wall = time.monotonic() - before\nused = resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)\nsys.exit(code)\n";
        var result = ChildProcess.Run(new ChildCommand("python3", ["-c", Measured, program, .. arguments]) { WorkingDirectory = directory, Environment = Plain, Timeout = TimeSpan.FromHours(1) }).Require(program);
        var values = result.Text.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToList();
        return new(TimeSpan.FromSeconds(values[0]), TimeSpan.FromSeconds(values[1]), (long)values[2]);
    }
}
