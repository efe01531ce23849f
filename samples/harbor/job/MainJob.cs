using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Harbor;

/// <summary>
/// From a commit to an updated device. Each step asks for a state and waits for it, so that a second run,
/// or a run after a kill, goes on from what is there.
/// </summary>
internal sealed class MainJob(Service service, Steps steps, Trash trash, string scratch, string sample)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly Clients _clients = new(service, trash, scratch);

    public string DeviceRoot => Path.Combine(scratch, "device");

    /// <summary>Seconds from the return of `git push` to the switched channel; null when the change was there already.</summary>
    public double? PushToSwitchSeconds { get; private set; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await steps.RunAsync("1  At once: version 5 from the distribution alone", () => FirstVersionAsync(cancellation));
        await steps.RunAsync("2  Build: five targets of three packages", () => BuildsAsync(cancellation));
        await steps.RunAsync("3  Packages: apt, dnf and pacman install hello", () => ClientsAsync(cancellation));
        await steps.RunAsync("4  Compose and publish version 10", () => ReleasedAsync(10, cancellation));
        await steps.RunAsync("5  Device: install version 10", () => InstallAsync(cancellation));
        await steps.RunAsync("6  Change: one commit, version 20", () => ChangeAsync(cancellation));
        await steps.RunAsync("7  Device: update, verify, run hello", () => UpdateAsync(cancellation));
        await steps.RunAsync("8  Look: the dashboard", () => LookAsync(cancellation));
        await steps.RunAsync("9  Trace: from the file to its commit", () => TraceAsync(cancellation));
    }

    private async Task<string> FirstVersionAsync(CancellationToken cancellation)
    {
        await ReleasedAsync(5, cancellation);
        var root = Path.Combine(scratch, "first");
        trash.Take(root);
        await DeviceAsync(root, ["install", "--version", "5", "--bundles", "os-core,editors"], cancellation);
        return "installed in a scratch root: " + (await Programs.RunAsync("chroot", [root, "/usr/bin/bash", "-c", "echo bash $BASH_VERSION"], cancellation)).Trim();
    }

    private async Task<string> BuildsAsync(CancellationToken cancellation)
    {
        var seen = new HashSet<long>();
        var builds = await service.WaitForAsync("/api/v1/builds?limit=200", "five successful builds", answer =>
        {
            foreach (var build in answer.AsArray().Where(b => $"{b!["state"]}" == "succeeded" && seen.Add((long)b["id"]!)))
                steps.Say($"{build!["package"]} for {build["target"]}: root {build["prepareSeconds"]} s, build {build["buildSeconds"]} s");
            if (Succeeded(answer).Distinct().Count() >= 5) return true;
            return answer.AsArray().FirstOrDefault(b => $"{b!["state"]}" == "failed") is { } failed
                ? throw new JobException($"build {failed["id"]} of {failed["package"]} failed: {failed["cause"]}")
                : false;
        }, Patience, cancellation);
        return $"{Succeeded(builds).Distinct().Count()} targets built";
    }

    private static IEnumerable<string> Succeeded(JsonNode builds) =>
        builds.AsArray().Where(b => $"{b!["state"]}" == "succeeded").Select(b => $"{b!["package"]}@{b["target"]}");

    private async Task<string> ClientsAsync(CancellationToken cancellation)
    {
        foreach (var repository in new[] { "bookworm", "rpm", "pacman" })
            await service.WaitForAsync("/api/v1/repositories", $"the repository harbor/{repository}",
                answer => answer.AsArray().Any(r => $"{r!["project"]}" == "harbor" && $"{r["dist"]}" == repository), Patience, cancellation);
        await Task.WhenAll(
            SayAsync("apt", _clients.InstallWithAptAsync(cancellation)),
            SayAsync("dnf", _clients.InstallWithDnfAsync(cancellation)),
            SayAsync("pacman", _clients.InstallWithPacmanAsync(cancellation)));
        return "hello installed by three package managers, signatures checked";
    }

    private async Task SayAsync(string client, Task<string> hello) => steps.Say($"{client}: hello says {await hello}");

    private async Task<string> ReleasedAsync(uint version, CancellationToken cancellation)
    {
        await service.WaitForAsync("/api/v1/streams/harbor/releases", $"version {version}", answer =>
        {
            var release = answer.AsArray().FirstOrDefault(r => (uint)r!["version"]! == version);
            if ($"{release?["state"]}" is "blocked" or "failed") throw new JobException($"version {version} is {release!["state"]}: {release["failure"]}");
            return $"{release?["state"]}" is "published" or "withdrawn";
        }, Patience, cancellation);
        return $"version {version} is published on stable";
    }

    private async Task<string> InstallAsync(CancellationToken cancellation)
    {
        trash.Take(DeviceRoot);
        await DeviceAsync(DeviceRoot, ["install", "--version", "10", "--bundles", "os-core"], cancellation);
        await DeviceAsync(DeviceRoot, ["bundle-add", "harbor", "editors"], cancellation);
        return "hello says: " + await HelloAsync(cancellation);
    }

    private async Task<string> ChangeAsync(CancellationToken cancellation)
    {
        var clone = Path.Combine(scratch, "clone");
        trash.Take(clone);
        await Programs.RunAsync("git", ["clone", "--quiet", Path.Combine(service.Data, "git", "source.git"), clone], cancellation);
        if (!File.Exists(Path.Combine(clone, "projects/harbor/hello/debian/patches/harbor-greeting.patch")))
        {
            await Change.ApplyAsync(clone, sample, cancellation);
            await Programs.RunAsync("git", ["-C", clone, "push", "--quiet", "origin", "main"], cancellation);
            var watch = Stopwatch.StartNew();
            steps.Say("pushed; from here on nobody touches anything");
            await ReleasedAsync(20, cancellation);
            PushToSwitchSeconds = watch.Elapsed.TotalSeconds;
            return string.Create(CultureInfo.InvariantCulture, $"version 20 is on stable {PushToSwitchSeconds:F1} s after the push");
        }
        return await ReleasedAsync(20, cancellation) + " (pushed by an earlier run)";
    }

    private async Task<string> UpdateAsync(CancellationToken cancellation)
    {
        // Stable may have moved on since an earlier run.
        await DeviceAsync(DeviceRoot, ["update", "--to", "20"], cancellation);
        await DeviceAsync(DeviceRoot, ["verify"], cancellation);
        var says = await HelloAsync(cancellation);
        return says == "Hello from Harbor!" ? $"every file right; hello says: {says}" : throw new JobException($"hello still says: {says}");
    }

    private async Task<string> LookAsync(CancellationToken cancellation)
    {
        foreach (var page in new[] { "/", "/builds", "/requests", "/repositories", "/releases", "/devices" })
            if (!(await service.GetTextAsync(page, cancellation)).Contains("</html>", StringComparison.OrdinalIgnoreCase))
                throw new JobException($"{page} is no page");
        return $"open {service.Url}/";
    }

    private async Task<string> TraceAsync(CancellationToken cancellation)
    {
        var trace = await Programs.RunAsync(service.Slipway,
            ["trace", "usr/bin/hello", "--path", DeviceRoot, "--server", service.Url], cancellation);
        foreach (var line in trace.TrimEnd().Split('\n')) Console.WriteLine("    " + line);
        if (!trace.Contains("commit", StringComparison.Ordinal)) throw new JobException("the trace ends before the commit");
        var file = Path.Combine(DeviceRoot, "usr/bin/jq");
        var original = await File.ReadAllBytesAsync(file, cancellation);
        await File.WriteAllBytesAsync(file, [.. original, (byte)'x'], cancellation);
        var (_, edited, errors) = await Programs.TryAsync(service.Slipway, ["trace", "usr/bin/jq", "--path", DeviceRoot, "--server", service.Url], cancellation);
        await File.WriteAllBytesAsync(file, original, cancellation);
        if (!(edited + errors).Contains("not from this release", StringComparison.Ordinal))
            throw new JobException("an edited file was traced all the same: " + edited);
        return "an edited usr/bin/jq is \"not from this release\"";
    }

    public async Task<string> HelloAsync(CancellationToken cancellation) =>
        (await Programs.RunAsync("chroot", [DeviceRoot, "/usr/bin/hello"], cancellation)).Trim();

    public Task<string> DeviceAsync(string root, string[] verb, CancellationToken cancellation) =>
        Programs.RunAsync(service.Slipway, ["device", .. verb, "--path", root, "--url", service.StreamUrl, "--channel", "stable",
            "--certificate", Path.Combine(service.Data, "streams", "harbor", "www", "certificate.pem"), "--report", service.Url], cancellation);
}
