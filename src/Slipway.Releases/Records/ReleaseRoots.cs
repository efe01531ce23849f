using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Records;

/// <summary>What releases and runs need kept: from this alone every one of them can be made, explained and rolled back to again.</summary>
public sealed class ReleaseRoots(StreamSite site)
{
    /// <summary>The records of every run, and the packages of every release that is whole or still being made.</summary>
    public IEnumerable<Digest> Needed()
    {
        foreach (var run in Runs())
        {
            yield return run.Content;
            if (!IsAlive(run) || !site.Store.Contains(run.Content)) continue;
            foreach (var bundle in ContentOf(run).Resolved)
                foreach (var package in bundle.Packages) yield return package.Digest;
        }
        foreach (var run in Runs())
            foreach (var stage in site.Runs.Stages(run.Id)) if (stage.Outputs.TryGetValue("public", out var inventory)) yield return Digest.Parse(inventory);
        foreach (var release in site.Runs.Streams().SelectMany(stream => site.Releases.All(stream.Stream)))
            foreach (var digest in new[] { release.Content, release.Map, release.Inventory, release.Notes }) if (digest is { } needed) yield return needed;
    }

    /// <summary>Whether a release was, or is being, made from this snapshot.</summary>
    public Func<Snapshot, bool> SnapshotIsNeeded()
    {
        var used = new HashSet<(string Repository, string Fingerprint)>();
        foreach (var run in Runs().Where(IsAlive))
        {
            if (!site.Store.Contains(run.Content)) continue;
            foreach (var provider in ContentOf(run).Config.Providers.Where(p => p.Type == "repository"))
                if (run.Survey.Find(provider.Name, InputKind.Provider) is { Fingerprint.Length: > 0 } input)
                    used.Add((new RepositoryId(provider.Project, provider.Dist).ToString(), input.Fingerprint));
        }
        return snapshot => used.Contains((snapshot.Repository.ToString(), snapshot.Fingerprint));
    }

    private IEnumerable<ReleaseRun> Runs() => site.Runs.Streams().SelectMany(stream => site.Runs.Newest(stream.Stream, int.MaxValue));

    private bool IsAlive(ReleaseRun run) => run.State is RunState.Running || site.Releases.Find(run.Stream, run.Version) is { IsWhole: true };

    private ReleaseContent ContentOf(ReleaseRun run) => ReleaseJson.Read<ReleaseContent>(site.Store, run.Content);
}
