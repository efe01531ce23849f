using System.Diagnostics;
using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Planning;
using Slipway.Updates;

namespace Slipway.Releases.Gates;

/// <summary>A version whose gates are to judge, before anything of it is published.</summary>
/// <param name="Published">Published versions with their formats, newest first: what devices in the field have.</param>
/// <param name="Hops">Per older format: the version over which its devices come to this one.</param>
public sealed record GateSubject(
    StreamPlaces Places, ReleaseContent Content, ReleasePlan Plan, IReadOnlyList<(uint Version, int Format)> Published, IReadOnlyDictionary<int, uint> Hops, long RootBytes, StreamSigning Signing)
{
    public uint Version => Plan.Version;
}

/// <summary>Runs the gates of a release, fail-closed: what could not be judged has not passed.</summary>
public sealed class ReleaseGates(TimeProvider clock, GateSandbox sandbox)
{
    /// <summary>All gates in the order of the configuration; one that fails does not keep the others from saying what they find.</summary>
    public async Task<IReadOnlyList<GateResult>> JudgeAsync(GateSubject subject, Action<GateResult>? judged, CancellationToken cancellation)
    {
        var scratch = new ScratchRoots(subject, sandbox, clock);
        var results = new List<GateResult>();
        foreach (var gate in subject.Content.Config.Gates)
        {
            var started = clock.GetTimestamp();
            var (verdict, detail) = await JudgeAsync(gate, subject, scratch, cancellation).ConfigureAwait(false);
            results.Add(new GateResult(gate.Name, verdict, detail, clock.GetElapsedTime(started).TotalSeconds));
            judged?.Invoke(results[^1]);
        }
        if (subject.Content.Config.Budgets.RootMegabytes is { } limit)
        {
            var megabytes = subject.RootBytes / 1e6;
            results.Add(new GateResult("budget", megabytes <= limit ? GateVerdict.Passed : GateVerdict.Failed, $"the root has {megabytes:F0} MB, {limit} are allowed", 0));
        }
        return results;
    }

    /// <summary>Removes what the gates left. Some disks take longer for it than all gates took, so it is done when nobody waits.</summary>
    public Task CleanAsync(StreamPlaces places) => ScratchRoots.RemoveAsync(places, sandbox);

    private async Task<(GateVerdict, string)> JudgeAsync(GateConfig gate, GateSubject subject, ScratchRoots scratch, CancellationToken cancellation)
    {
        try
        {
            if (gate.Bundle is not null && subject.Content.Bundles.All(b => b.Name != gate.Bundle))
                return (GateVerdict.Skipped, $"the bundle {gate.Bundle} is not in this version");
            return gate.Kind switch
            {
                GateKind.Manifest => ManifestGate.Judge(subject),
                GateKind.Signatures => Signatures(subject),
                GateKind.Install => await scratch.InstallAsync(cancellation).ConfigureAwait(false),
                GateKind.Update => await scratch.UpdateAsync(gate, cancellation).ConfigureAwait(false),
                GateKind.Run => await scratch.RunAsync(gate, cancellation).ConfigureAwait(false),
                _ => throw new UnreachableException(),
            };
        }
        catch (Exception e) when (e is SlipwayException or InvalidContentException or IOException)
        {
            return (GateVerdict.Failed, e.Message);
        }
    }

    private (GateVerdict, string) Signatures(GateSubject subject)
    {
        var directory = subject.Places.MixContent(subject.Version);
        var mom = File.ReadAllBytes(Path.Combine(directory, "Manifest.MoM"));
        ContentSignature.Verify(mom, File.ReadAllBytes(Path.Combine(directory, "Manifest.MoM.sig")), subject.Signing.Roots, clock.GetUtcNow(), "Manifest.MoM");
        return (GateVerdict.Passed, "Manifest.MoM is signed by the stream's certificate");
    }
}
