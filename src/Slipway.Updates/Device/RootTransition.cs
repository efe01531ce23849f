using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>
/// Takes a root from one (version, bundles) to another: load, plan, compare, fetch, verify, and only then change it.
/// A change that was stopped is found by its note and finished first (format 2.6).
/// </summary>
internal sealed class RootTransition(DeviceSession session)
{
    /// <summary>What a change fetches and compares.</summary>
    /// <param name="Packs">Asks for packs; without them each file is fetched for itself.</param>
    /// <param name="Whole">Compares every path of the release instead of those that differ between the two.</param>
    internal sealed record Manner(bool Packs, bool Whole = false);

    /// <summary>Hears each path before it is changed; for tests that stop in the middle.</summary>
    internal Action<BytePath>? BeforeEach { get; init; }

    /// <summary>The stopped change that this run finished; null when there was none.</summary>
    public RootTransaction? Finished { get; private set; }

    public async Task FinishPendingAsync(CancellationToken cancel)
    {
        if (session.State.Transaction is not { } pending)
        {
            return;
        }
        session.Damage.Warn($"a change from {pending.From} to {pending.To} was stopped; it was finished first");
        var mom = await session.Releases.LoadMomAsync(pending.To, null, null, cancel);
        var old = await OldAsync(pending.From, pending.FromBundles, cancel);
        var target = await session.Releases.LoadAsync(mom, pending.ToBundles, false, old, cancel);
        await RunAsync(old, target, new Manner(Packs: true, Whole: true), cancel);
        Finished = pending;
    }

    /// <summary>The release a root has now; null for an empty root.</summary>
    public async Task<Release?> OldAsync(uint version, IReadOnlyList<string> bundles, CancellationToken cancel)
    {
        if (version == 0)
        {
            return null;
        }
        session.Report($"manifests of {version}", 0, 0);
        var mom = await session.Releases.LoadMomAsync(version, null, null, cancel);
        return await session.Releases.LoadAsync(mom, bundles.Where(bundle => Release.Find(mom, bundle) is not null), false, null, cancel);
    }

    /// <summary>Changes the root; true when something was written or deleted.</summary>
    public async Task<bool> RunAsync(Release? old, Release target, Manner manner, CancellationToken cancel)
    {
        var oldFiles = old is null ? FileSet.Empty : FileSet.Of(old.Bundles.Values, session.Level);
        var files = FileSet.Of(target.Bundles.Values, session.Level);
        foreach (var path in files.Conflicts)
        {
            session.Damage.Warn($"{path} was left alone: two bundles disagree about it");
        }
        CheckSpace(old, target);
        var plan = Plan(oldFiles, files, manner);
        var writes = await DifferingAsync(plan.Writes, files, cancel);
        var staging = new Staging(session.Root.Tree, session.StagingArea);
        var context = new FetchContext(session.Content, session.State, staging, session.Damage, session.Figures, session.Options.Jobs, session.Options.Progress);
        var packs = manner.Packs && writes.Count > 0 ? PackName.Between(old, target) : [];
        await new ContentFetch(context).FillAsync(writes, packs, new DeltaUse(session.Root.Tree, oldFiles, context), target, cancel);
        cancel.ThrowIfCancellationRequested();
        Apply(old, target, plan, writes, staging, files);
        return session.Figures.Changed;
    }

    private static ChangePlan Plan(FileSet old, FileSet files, Manner manner)
    {
        var between = ChangePlan.Between(old, files);
        if (!manner.Whole)
        {
            return between;
        }
        var whole = ChangePlan.Whole(files);
        return new ChangePlan(whole.Writes, [.. whole.Deletes.Concat(between.Deletes).Distinct().OrderDescending()]);
    }

    private void Apply(Release? old, Release target, ChangePlan plan, IReadOnlyList<ManifestRecord> writes, Staging staging, FileSet files)
    {
        var tree = session.Root.Tree;
        var change = new RootChange(tree, staging, files, session.Figures, session.Options.Time.GetUtcNow()) { BeforeEach = BeforeEach };
        var resumed = session.State.Transaction is not null;
        tree.SyncAll();
        session.State.Transaction = new RootTransaction(old?.Version ?? 0, old?.BundleNames ?? [], target.Version, target.BundleNames);
        if (resumed)
        {
            change.Sweep([.. plan.Writes.Select(record => record.Name).Concat(plan.Deletes).Distinct()]);
        }
        session.Report($"applying {target.Version}", 0, writes.Count + plan.Deletes.Count);
        change.Apply(writes, plan.Deletes);
        foreach (var path in change.MovedAside)
        {
            session.Damage.Warn($"what was of your own in a replaced directory is now in {path}");
        }
        tree.SyncAll();
        Settle(target, staging);
    }

    /// <summary>The root is as it should be: note it, and forget what helped.</summary>
    private void Settle(Release target, Staging staging)
    {
        var state = session.State;
        state.Version = target.Version;
        state.Installed = target.BundleNames;
        state.Transaction = null;
        staging.Clear();
        state.ForgetDownloads();
        state.KeepManifests(target.Mom.Records.Select(record => record.Version).Append(target.Version).ToHashSet());
    }

    /// <summary>Those writes that the root does not fulfil already, and the directories above them that are not what they should be.</summary>
    private async Task<IReadOnlyList<ManifestRecord>> DifferingAsync(IReadOnlyList<ManifestRecord> writes, FileSet files, CancellationToken cancel)
    {
        var check = new RootCheck(session.Root.Tree, session.Options.Jobs);
        var different = await check.DifferencesAsync(writes, done => session.Report("comparing", done, writes.Count), cancel);
        var result = different.Select(pair => pair.Record).ToDictionary(record => record.Name);
        foreach (var record in different.Select(pair => pair.Record))
        {
            for (var parent = record.Name.Parent; !parent.Relative.IsEmpty && !result.ContainsKey(parent); parent = parent.Parent)
            {
                if (files.Records.GetValueOrDefault(parent) is { IsPresent: true } above && check.Difference(above) is RootDifferenceKind.Missing or RootDifferenceKind.Type)
                {
                    result[parent] = above;
                }
            }
        }
        return [.. result.Values.OrderBy(record => record.Name)];
    }

    private void CheckSpace(Release? old, Release target)
    {
        long before = 0, after = 0;
        foreach (var bundle in target.Bundles.Values)
        {
            after += (long)bundle.ContentSize;
            before += (long)(old?.Bundles.GetValueOrDefault(bundle.Name)?.ContentSize ?? 0);
        }
        var needed = (after - before) / 10 * 11;
        var free = new DriveInfo(session.RootPath).AvailableFreeSpace;
        // A root that already holds most of it (a repeated install) needs less; only a clear lack stops.
        if (needed > free && session.State.Transaction is null)
        {
            throw new SlipwayException($"root {session.RootPath}", $"{needed >> 20} MiB are needed and {free >> 20} MiB are free", "make room there");
        }
    }
}
