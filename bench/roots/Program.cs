using System.Diagnostics;
using System.Globalization;
using Slipway.Bench.Roots;
using Slipway.Builds.Roots;

// bench-roots DIR [ROUNDS], by `run` beside this file: what a build costs besides the recipe. DIR keeps packages and roots between runs; ROUNDS is how often it begins without a root.
var bench = new RootBench(args[0]);
await bench.BuildAsync("first", []);

for (var round = 0; round < (args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2); round++)
{
    await bench.ForgetAsync();
    Say("cold root, packages on this machine", [await bench.BuildAsync("cold", [])]);
    bench.ListPackages();
    // Small packages that nothing else of the root needs: each time another layer on the same base.
    Say("one more build dependency", [await bench.BuildAsync("more", [round == 0 ? "tree" : "figlet"])]);
}

var warm = new List<BuildOutcome>();
var whole = new List<double>();
for (var i = 0; i < 30; i++)
{
    var begin = Stopwatch.GetTimestamp();
    warm.Add(await bench.BuildAsync("warm", []));
    whole.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds - warm[^1].Build.TotalMilliseconds);
}
Say("warm root, until the sandbox is started", warm);
var starts = new List<double>();
for (var i = 0; i < 30; i++)
    starts.Add(await bench.StartAsync());
Print("sandbox start, until a command's first word", starts);
Print("all of a warm build that is not the recipe", whole);

var alone = warm[^1].Record!.Files;
var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bench.BuildAsync($"together{i}", [])));
var same = together.Count(o => o.Succeeded && o.Record!.Files.Select(f => f.Sha256).SequenceEqual(alone.Select(f => f.Sha256)));
Console.WriteLine($"| 8 builds at a time with the same files as one alone | {same} of 8 |");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| disk of one build's root | {bench.LastUpperBytes >> 10} KiB |"));
var hello = await bench.HelloAsync();
foreach (var (what, seconds) in hello)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| hello: {what} | {seconds:F1} s |"));
return 0;

static void Say(string what, List<BuildOutcome> outcomes)
{
    if (outcomes.Find(o => !o.Succeeded) is { } failed)
        throw new InvalidOperationException(failed.Cause);
    Print(what, [.. outcomes.Select(o => o.Prepare.TotalMilliseconds)]);
}

static void Print(string what, List<double> milliseconds)
{
    milliseconds.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {what} | p50 {milliseconds[milliseconds.Count / 2]:F0} ms, least {milliseconds[0]:F0}, most {milliseconds[^1]:F0} (of {milliseconds.Count}) |"));
}
