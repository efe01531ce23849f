namespace Slipway.Bench.Content;

/// <summary>Takes the yardsticks, makes the versions, and prints both with the goals beside them.</summary>
internal static class Report
{
    // What the original engine writes for a tree, as multiples of xz -6 over the tar of the same tree.
    private const double OriginalFullfiles = 220.5 / 188.3;
    private const double OriginalZeroPacks = 183.1 / 188.3;

    public static int Run(string directory, bool small, bool original)
    {
        foreach (var made in (string[])["www", "cache"])
            if (Directory.Exists(Path.Combine(directory, made))) Directory.Delete(Path.Combine(directory, made), recursive: true);
        var tar = Path.Combine(directory, "yardstick.tar");
        Yardstick.Shell("tar --sort=name -C \"$1\" -cf \"$2\" .", Path.Combine(directory, "image/10/full"), tar);
        Console.WriteLine($"profile {(small ? "small" : "default")}, {Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Trim()}");
        Print("sha256sum", Yardstick.Of("sha256sum \"$1\"", tar), new FileInfo(tar).Length / 1e6);
        var x = Yardstick.Of("xz -6 -T1 -c \"$1\"", tar);
        Print("xz -6 -T1 (X)", x, new FileInfo(tar).Length / 1e6);
        File.Delete(tar);

        var profile = small ? "Small" : "Default";
        var first = Make("version 10", x, small ? 1.10 : 1.10 / 8, directory, "10", "0", "0", profile);
        var sizes = (Fullfiles: x.Megabytes * OriginalFullfiles, ZeroPacks: x.Megabytes * OriginalZeroPacks);
        if (original) sizes = SizesOf(Path.Combine(directory, "www/10"));
        Compare("fullfiles", first.Megabytes[0], sizes.Fullfiles, small ? 0.98 : 1.15, original);
        Compare("zero packs", first.Megabytes[1], sizes.ZeroPacks, small ? 0.85 : 1.10, original);
        Make("version 10 again (under 2 s, nothing made)", x, double.NaN, directory, "10", "0", "0", profile);
        foreach (var (version, goal) in (ReadOnlySpan<(string, double)>)[("12", 0.02), ("20", 0.1)])
            if (Directory.Exists(Path.Combine(directory, "image", version)))
                Make($"version {version} from 10, deltas included", x, small ? double.NaN : goal, directory, version, "10", "10", profile);
        if (original && Directory.Exists(Path.Combine(directory, "www/20/delta")))
        {
            var deltas = OriginalDeltas.Megabytes(directory, "10", "20");
            Compare("delta files", deltas.Ours, deltas.Original, 1, measured: true);
        }

        Console.WriteLine($"load at the end {File.ReadAllText("/proc/loadavg").Trim()}");
        return 0;
    }

    private static Step Make(string title, Yardstick x, double goal, string directory, params string[] step)
    {
        var line = Yardstick.Start(Environment.ProcessPath!, ["step", directory, .. step]);
        var result = Step.Parse(line.Trim());
        Console.WriteLine(title);
        var bound = double.IsNaN(goal) ? "" : $" (goal at most {goal.In("F4")})";
        // Other work on the machine stretches wall times of both alike at best; processor times say what an idle machine would take.
        Console.WriteLine($"  wall {result.Wall.In("F2")} s = {(result.Wall / x.Wall).In("F4")} X{bound}; processor {result.Processor.In("F2")} s = "
            + $"{(result.Processor / x.Processor).In("F4")} X, on {Environment.ProcessorCount} processors {(result.Processor / x.Processor / Environment.ProcessorCount).In("F4")} X");
        Console.WriteLine($"  input {result.Input.In("F1")} MB, {(result.Input / result.Wall).In("F1")} MB/s, peak memory {result.Peak.In("F0")} MB, of a child at most {result.ChildPeak.In("F0")} MB (goal under 1000), "
            + $"{result.Made} things made");
        Console.WriteLine("  " + string.Join(", ", Step.Kinds.Zip(result.Megabytes, (kind, bytes) => $"{kind} {bytes.In("F2")} MB")));
        return result;
    }

    private static (double Fullfiles, double ZeroPacks) SizesOf(string version) => (
        Original.Megabytes(Directory.GetFiles(Path.Combine(version, "files"))),
        Original.Megabytes(Directory.GetFiles(version, "pack-*-from-0.tar")));

    private static void Compare(string what, double ours, double original, double goal, bool measured) =>
        Console.WriteLine($"  {what}: {(ours / original).In("F3")} of the original's {original.In("F1")} MB "
            + $"({(measured ? "measured" : "by its ratio to xz")}; goal at most {goal.In("F2")})");

    private static void Print(string what, Yardstick yardstick, double megabytes) =>
        Console.WriteLine($"{what}: wall {yardstick.Wall.In("F2")} s, processor {yardstick.Processor.In("F2")} s, "
            + $"{(megabytes / yardstick.Wall).In("F1")} MB/s, {megabytes.In("F1")} MB to {yardstick.Megabytes.In("F2")} MB");
}
