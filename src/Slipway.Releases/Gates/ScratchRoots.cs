using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Updates;
using Slipway.Updates.Device;

namespace Slipway.Releases.Gates;

/// <summary>Scratch roots that are installed from the staged content as a device would.</summary>
internal sealed class ScratchRoots(GateSubject subject, GateSandbox sandbox, TimeProvider clock)
{
    private const string Name = "gates";
    private const int OutputShown = 400;
    private static readonly BytePath s_trust = BytePath.From("/usr/share/clear/update-ca/Swupd_Root.pem");

    private readonly string _directory = Path.Combine(subject.Places.Release(subject.Version), Name);
    private string? _installed;

    public async Task<(GateVerdict, string)> InstallAsync(CancellationToken cancellation)
    {
        if (subject.Plan.Claims > 0)
            return Passage();
        var result = await InstalledAsync(cancellation).ConfigureAwait(false);
        return result.Wrong ?? (GateVerdict.Passed, $"{result.Bundles} bundles were installed and {result.Checked} paths verified");
    }

    /// <summary>Roots of the last published versions come here, over every format bump on the way, and are as a device's should be.</summary>
    public async Task<(GateVerdict, string)> UpdateAsync(GateConfig gate, CancellationToken cancellation)
    {
        if (subject.Published.Count == 0)
            return (GateVerdict.Skipped, "no version is published yet");
        if (subject.Plan.Claims > 0)
            return Passage();
        var passed = new List<string>();
        foreach (var (version, format) in subject.Published.Take(gate.From))
        {
            var (verdict, detail) = await UpdateFromAsync(version, format, cancellation).ConfigureAwait(false);
            if (verdict != GateVerdict.Passed)
                return (verdict, $"from {version}: {detail}");
            passed.Add(detail);
        }
        return (GateVerdict.Passed, string.Join("; ", passed));
    }

    private (GateVerdict, string) Passage() => (GateVerdict.Skipped, $"devices pass over it on their way to {subject.Plan.Claims}, whose gates go that way");

    private async Task<(GateVerdict, string)> UpdateFromAsync(uint version, int format, CancellationToken cancellation)
    {
        var place = Fresh($"update-{version}");
        TrustAs(version, place);
        var device = DeviceFor(place);
        await device.InstallAsync(version, BundlesOf(version), cancellation).ConfigureAwait(false);
        var way = new List<uint>();
        for (; format < subject.Plan.Format; format++)
        {
            if (!subject.Hops.TryGetValue(format, out var hop))
                return (GateVerdict.Failed, $"no version leads devices out of format {format}");
            way.Add(hop);
            var crossed = await device.UpdateAsync(hop, cancellation).ConfigureAwait(false);
            var there = await device.VerifyAsync(cancellation).ConfigureAwait(false);
            if (!there.Good || crossed.To == hop)
                return (GateVerdict.Failed, $"over {hop} it came to {crossed.To}, where {there.Differences.Count} paths differ");
        }
        var at = device.Describe().Version;
        var update = at == subject.Version ? null : await device.UpdateAsync(subject.Version, cancellation).ConfigureAwait(false);
        var verification = await device.VerifyAsync(cancellation).ConfigureAwait(false);
        return Wrong(verification, update?.To ?? at) ?? (GateVerdict.Passed,
            $"a root at {version} updated{(way.Count > 0 ? $" over {string.Join(", ", way)}" : "")} with {update?.Counts.Bytes ?? 0:N0} bytes, {update?.Counts.Deltas ?? 0} deltas and {update?.Counts.Fullfiles ?? 0} full files, and {verification.Checked} paths verified");
    }

    public async Task<(GateVerdict, string)> RunAsync(GateConfig gate, CancellationToken cancellation)
    {
        if (subject.Plan.Claims > 0)
            return Passage();
        if (_installed is null && (await InstalledAsync(cancellation).ConfigureAwait(false)).Wrong is { } wrong)
            return wrong;
        var place = Path.Combine(_directory, $"run-{gate.Name}");
        subject.Places.Remove(place);
        Directory.CreateDirectory(place);
        var run = await sandbox.RunAsync(_installed!, place, gate.Run, cancellation).ConfigureAwait(false);
        var output = run.Output.Trim();
        var shown = output.Length > OutputShown ? output[..OutputShown] + "..." : output;
        if (!run.Succeeded)
            return (GateVerdict.Failed, $"{string.Join(' ', gate.Run)} ended with {run.Ending}: {shown}");
        if (gate.Expect is not null && !output.Contains(gate.Expect, StringComparison.Ordinal))
            return (GateVerdict.Failed, $"{string.Join(' ', gate.Run)} does not say '{gate.Expect}' but: {shown}");
        return (GateVerdict.Passed, $"{string.Join(' ', gate.Run)} says: {shown}");
    }

    /// <summary>Removes the scratch roots of every version of a stream, those of killed runs too.</summary>
    public static async Task RemoveAsync(StreamPlaces places, GateSandbox sandbox)
    {
        var releases = Path.Combine(places.Root, "releases");
        if (!Directory.Exists(releases))
            return;
        foreach (var directory in Directory.EnumerateDirectories(releases).Select(release => Path.Combine(release, Name)).Where(Directory.Exists))
        {
            foreach (var run in Directory.EnumerateDirectories(directory, "run-*"))
                await sandbox.RemoveAsync(run).ConfigureAwait(false);
            places.Remove(directory);
        }
    }

    private async Task<((GateVerdict, string)? Wrong, int Bundles, long Checked)> InstalledAsync(CancellationToken cancellation)
    {
        var place = Fresh("install");
        var device = DeviceFor(place);
        var bundles = BundlesOf(subject.Version);
        var installed = await device.InstallAsync(subject.Version, bundles, cancellation).ConfigureAwait(false);
        var verification = await device.VerifyAsync(cancellation).ConfigureAwait(false);
        var wrong = Wrong(verification, installed.To);
        if (wrong is null)
            _installed = Path.Combine(place, "root");
        return (wrong, installed.Bundles.Count, verification.Checked);
    }

    private (GateVerdict, string)? Wrong(DeviceVerification verification, uint version)
    {
        if (version != subject.Version || verification.Version != subject.Version)
            return (GateVerdict.Failed, $"the root is at version {version} afterwards, not {subject.Version}");
        return verification.Good ? null : (GateVerdict.Failed,
            $"{verification.Differences.Count} paths differ, such as {string.Join(", ", verification.Differences.Take(5).Select(d => $"{d.Path} ({d.Kind.ToString().ToLowerInvariant()})"))}");
    }

    // A device of a version trusts what that version brought, not what the stream signs with today.
    private void TrustAs(uint version, string place)
    {
        var published = PublishedVersion.Open(Path.Combine(subject.Places.Mix, "www"), version);
        if (published.Find(s_trust) is not { } record)
            return;
        using var file = File.Create(Path.Combine(place, "certificate.pem"));
        published.CopyContent(record, file);
    }

    private string Fresh(string name)
    {
        var place = Path.Combine(_directory, name);
        subject.Places.Remove(place);
        Directory.CreateDirectory(Path.Combine(place, "root"));
        File.WriteAllBytes(Path.Combine(place, "certificate.pem"), subject.Signing.CertificatePem);
        return place;
    }

    private Device DeviceFor(string place)
    {
        var content = new Uri(Path.Combine(subject.Places.Mix, "www")).AbsoluteUri;
        return new Device(new DeviceOptions
        {
            Path = Path.Combine(place, "root"),
            ContentUrl = content,
            VersionUrl = content,
            CertificateFile = Path.Combine(place, "certificate.pem"),
            StateDirectory = Path.Combine(place, "state"),
            Time = clock,
        });
    }

    // All bundles but those marked experimental would be a device nobody has; all of them finds every conflict.
    private List<string> BundlesOf(uint version)
    {
        var mom = Publishing.ReleaseClosure.Read(Path.Combine(subject.Places.Mix, "www"), version).Mom;
        return [.. mom.Records.Where(r => r.IsPresent).Select(r => r.Name.ToString()).Where(n => n != BundleDefinition.Core)];
    }
}
