using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Harbor;

/// <summary>Five things that go wrong in the life of an operating system, and are caught.</summary>
internal sealed partial class Tour(Service service, Steps steps, MainJob job, Trash trash, string scratch)
{
    private const string Patch = "projects/harbor/hello/debian/patches/harbor-greeting.patch";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly List<(string What, JsonNode Result)> _updates = [];
    private readonly HashSet<uint> _seen = [];
    private string _clone = "";
    private string _commit = "";
    private uint _good;
    private uint _bad;

    public async Task RunAsync(CancellationToken cancellation)
    {
        _clone = Path.Combine(scratch, "tour");
        trash.Take(_clone);
        await Programs.RunAsync("git", ["clone", "--quiet", Path.Combine(service.Data, "git", "source.git"), _clone], cancellation);
        _good = await NewestAsync(cancellation);
        await steps.RunAsync("A  A bad commit meets a gate", () => GateAsync(cancellation));
        await steps.RunAsync("B  kill -9 in the middle of publishing", () => KillAsync(cancellation));
        await steps.RunAsync("C  A changed byte in the packs", () => TamperAsync(cancellation));
        await steps.RunAsync("D  A bad release is taken back", () => WithdrawAsync(cancellation));
        await steps.RunAsync("E  From the bad file to its author", () => BlameAsync(cancellation));
        await SwupdAsync(cancellation);
        Console.WriteLine("\nDevice, by operation");
        foreach (var (what, result) in _updates)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {what,-44} {(long)result["counts"]!["bytes"]!,12:N0} bytes  {(int)result["counts"]!["requests"]!,4} requests  {(double)result["counts"]!["seconds"]!,6:F1} s"));
    }

    private async Task<string> GateAsync(CancellationToken cancellation)
    {
        // Crashes only without arguments: the package builds, its manual page too; only running it shows the fault.
        await PushAsync("argc > 1 ? _(\"Hello from Harbor!\") : (abort (), \"\")", "Greet with care", cancellation);
        var release = await NewAsync(_good, state => state is "blocked" or "failed", "a release stopped by a gate", cancellation);
        var pointer = await NewestAsync(cancellation);
        if (pointer != _good) throw new JobException($"the channel moved to {pointer} although the release is bad");
        return $"version {release["version"]} is {release["state"]}: {release["failure"]}; stable stays at {_good}";
    }

    private async Task<string> KillAsync(CancellationToken cancellation)
    {
        await PushAsync("_(\"Hello from Habour!\")", "Greet without care", cancellation);
        await NewAsync(_good, state => state is "staged" or "publishing" or "published", "a release about to be published", cancellation);
        await service.KillAsync();
        var during = await DeviceAsync("fresh root from what lay there after the kill", Path.Combine(scratch, "killed"), "file://" + Www, ["install"], cancellation);
        await service.StartAsync(cancellation);
        var release = await NewAsync(_good, state => state is "published", "the release published", cancellation);
        _bad = (uint)release["version"]!;
        _updates.Add(("update to the bad release", await DeviceAsync("", job.DeviceRoot, service.StreamUrl, ["update"], cancellation)));
        var says = await job.HelloAsync(cancellation);
        return $"after the kill devices found version {during["to"]}, whole; after the restart version {_bad} came out; hello says: {says}";
    }

    private async Task<string> TamperAsync(CancellationToken cancellation)
    {
        var (www, root) = (Path.Combine(scratch, "tampered"), Path.Combine(scratch, "tampered-root"));
        trash.Take(www);
        trash.Take(root);
        await Programs.RunAsync("cp", ["-al", Www, www], cancellation);
        await DeviceAsync("", root, "file://" + www, ["install", "--version", "10", "--bundles", "harbor"], cancellation);
        var to = Path.Combine(www, _bad.ToString(CultureInfo.InvariantCulture));
        foreach (var file in Directory.EnumerateFiles(to, "pack-*").Concat(Directory.EnumerateFiles(Path.Combine(to, "files")))) Flip(file);
        var (exitCode, _, errors) = await Programs.TryAsync(service.Slipway,
            ["device", "update", "--to", $"{_bad}", .. Source(root, "file://" + www)], cancellation);
        if (exitCode == 0) throw new JobException("the device took content with a changed byte");
        return errors.Trim().Split('\n')[^1];
    }

    private async Task<string> WithdrawAsync(CancellationToken cancellation)
    {
        await Programs.RunAsync(service.Slipway,
            ["release", "withdraw", $"{_bad}", "--stream", "harbor", "--reason", "misspells its own name", "--data", service.Data], cancellation);
        var release = await NewAsync(_bad, state => state is "published", "the predecessor's content again", cancellation);
        _updates.Add(("update away from it", await DeviceAsync("", job.DeviceRoot, service.StreamUrl, ["update"], cancellation)));
        return $"version {release["version"]} has the content of {_good}; hello says: {await job.HelloAsync(cancellation)}";
    }

    private async Task<string> BlameAsync(CancellationToken cancellation)
    {
        var root = Path.Combine(scratch, "bad-root");
        await DeviceAsync("", root, service.StreamUrl, ["install", "--version", $"{_bad}", "--bundles", "harbor"], cancellation);
        var trace = await Programs.RunAsync(service.Slipway, ["trace", "usr/bin/hello", "--path", root, "--stream", "harbor", "--server", service.Url], cancellation);
        if (!trace.Contains(_commit, StringComparison.Ordinal)) throw new JobException($"the trace does not lead to {_commit}:\n{trace}");
        return trace.Split('\n').Last(line => line.Contains(_commit, StringComparison.Ordinal)).Trim();
    }

    /// <summary>The unmodified client, where the machine has it.</summary>
    private async Task SwupdAsync(CancellationToken cancellation)
    {
        if (!File.Exists("/usr/bin/swupd")) return;
        await steps.RunAsync("   swupd updates too", async () =>
        {
            var root = Path.Combine(scratch, "swupd");
            string[] source = ["--path", root, "--url", service.StreamUrl, "--format", "30", "--certpath", Path.Combine(service.Data, "streams", "harbor", "www", "certificate.pem"), "--statedir-cache", Path.Combine(scratch, "swupd-cache")];
            await Programs.RunAsync("/usr/bin/swupd", ["os-install", "--version", "10", "--bundles", "harbor", .. source], cancellation);
            await Programs.RunAsync("/usr/bin/swupd", ["update", .. source], cancellation);
            return (await Programs.RunAsync("chroot", [root, "/usr/bin/hello"], cancellation)).Trim();
        });
    }

    private string Www => Path.Combine(service.Data, "streams", "harbor", "www");

    private async Task PushAsync(string greeting, string subject, CancellationToken cancellation)
    {
        var patch = Path.Combine(_clone, Patch);
        var text = await File.ReadAllTextAsync(patch, cancellation);
        await File.WriteAllTextAsync(patch, GreetingLine().Replace(text, $"+  greeting_msg = {greeting};", 1), cancellation);
        await Change.BumpAsync(_clone, "hello", subject + ".", cancellation);
        await Programs.RunAsync("git", ["-C", _clone, "add", "--all"], cancellation);
        await Change.CommitAsync(_clone, subject, cancellation);
        await Programs.RunAsync("git", ["-C", _clone, "push", "--quiet", "origin", "main"], cancellation);
        _commit = (await Programs.RunAsync("git", ["-C", _clone, "rev-parse", "HEAD"], cancellation)).Trim();
        steps.Say($"pushed \"{subject}\"");
    }

    private async Task<JsonNode> NewAsync(uint after, Func<string, bool> state, string what, CancellationToken cancellation)
    {
        JsonNode? Found(JsonNode releases) => releases.AsArray().FirstOrDefault(r => (uint)r!["version"]! > after && state($"{r["state"]}") && !_seen.Contains((uint)r["version"]!));
        var releases = await service.WaitForAsync("/api/v1/streams/harbor/releases", what, r => Found(r) is not null, Patience, cancellation);
        var release = Found(releases)!;
        if ($"{release["state"]}" is "blocked" or "failed" or "published") _seen.Add((uint)release["version"]!);
        return release;
    }

    private async Task<uint> NewestAsync(CancellationToken cancellation) =>
        (uint)(await service.GetAsync("/api/v1/streams", cancellation)).AsArray().Single(s => $"{s!["name"]}" == "harbor")!["channels"]!
            .AsArray().Single(c => $"{c!["name"]}" == "stable")!["version"]!;

    private async Task<JsonNode> DeviceAsync(string what, string root, string url, string[] verb, CancellationToken cancellation)
    {
        if (verb[0] == "install") trash.Take(root);
        var watch = Stopwatch.StartNew();
        var result = JsonNode.Parse(await Programs.RunAsync(service.Slipway, ["device", .. verb, .. Source(root, url), "--json"], cancellation))!;
        if (what.Length > 0) steps.Say(string.Create(CultureInfo.InvariantCulture, $"{what}: {watch.Elapsed.TotalSeconds:F1} s"));
        return result;
    }

    private string[] Source(string root, string url) =>
        ["--path", root, "--url", url, "--channel", "stable", "--certificate", Path.Combine(service.Data, "streams", "harbor", "www", "certificate.pem")];

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        // In the place of the original, which is a second name of the published file.
        File.WriteAllBytes(file + ".changed", bytes);
        File.Move(file + ".changed", file, overwrite: true);
    }

    [GeneratedRegex(@"^\+  greeting_msg = .*;$", RegexOptions.Multiline)]
    private static partial Regex GreetingLine();
}
