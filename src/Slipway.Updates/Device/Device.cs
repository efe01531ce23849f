using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>A root that is installed and kept up to date from published content (format 2).</summary>
public sealed class Device(DeviceOptions options)
{
    private const string Core = "os-core";
    private const int MaxFormatSteps = 16;
    private const int PackWorthFiles = 10;

    /// <summary>Hears each path before it is changed; for tests that stop in the middle.</summary>
    internal Action<BytePath>? BeforeEach { get; init; }

    /// <summary>Fills a root with a release and the given bundles; os-core and what they include always come along.</summary>
    /// <param name="version">The release; null takes the one the version pointer names.</param>
    /// <param name="bundles">Bundles besides os-core.</param>
    /// <param name="cancel">Ends the operation; a later run goes on where it stopped.</param>
    public Task<DeviceResult> InstallAsync(uint? version, IReadOnlyList<string> bundles, CancellationToken cancel = default) =>
        ChangeAsync("install", create: true, async (session, transition) =>
        {
            if (transition.Finished is { From: 0 } && bundles.All(session.InstalledBundles.Contains))
            {
                Track(session, bundles.Prepend(Core));
                return DeviceOutcome.Changed;
            }
            var pointed = version is null ? await session.ResolveAsync(cancel) : null;
            var chosen = version ?? pointed!.Version;
            if (session.InstalledBundles.Count > 0 && session.InstalledVersion is var there && there != chosen)
            {
                throw new SlipwayException($"root {session.RootPath}", $"it holds version {there} already", "update it, or name an empty directory") { Kind = FailureKind.Usage };
            }
            if (chosen == 0)
            {
                throw new SlipwayException("install", "the channel's roll-out has no version for this device yet", "name a version, or wait") { Kind = FailureKind.Blocked };
            }
            session.Report($"manifests of {chosen}", 0, 0);
            var mom = await session.Releases.LoadMomAsync(chosen, pointed?.MomDigest, session.Format, cancel);
            var target = await session.Releases.LoadAsync(mom, bundles.Prepend(Core), optional: true, null, cancel);
            WarnOfExperiments(session, target, bundles);
            var changed = await transition.RunAsync(null, target, new RootTransition.Manner(Packs: true, Whole: true), cancel);
            Track(session, bundles.Prepend(Core));
            return changed ? DeviceOutcome.Changed : DeviceOutcome.UpToDate;
        }, cancel);

    /// <summary>Brings the root to a newer release.</summary>
    /// <param name="to">The release; null takes the one the version pointer names.</param>
    /// <param name="cancel">Ends the operation; a later run goes on where it stopped.</param>
    public async Task<DeviceResult> UpdateAsync(uint? to, CancellationToken cancel = default)
    {
        var result = await UpdateWithinFormatAsync(to, cancel);
        // The last release of a format brings the next format's number: from there it goes on in that one (format 2.7).
        for (var step = 0; to is null && result is { Outcome: DeviceOutcome.Changed, FormatChanged: true } && step < MaxFormatSteps; step++)
        {
            var next = await UpdateWithinFormatAsync(null, cancel);
            result = next with { From = result.From, Outcome = DeviceOutcome.Changed, Counts = result.Counts.Plus(next.Counts), Warnings = [.. result.Warnings, .. next.Warnings] };
        }
        return result;
    }

    /// <summary>Compares every path of the root with its release; changes nothing.</summary>
    public async Task<DeviceVerification> VerifyAsync(CancellationToken cancel = default)
    {
        using var session = Open(create: false);
        var pending = session.State.Transaction;
        var (version, bundles) = pending is null ? (session.InstalledVersion, session.InstalledBundles) : (pending.To, pending.ToBundles);
        var release = await new RootTransition(session).OldAsync(version, bundles, cancel) ?? throw NotInstalled(session);
        var plan = ChangePlan.Whole(FileSet.Of(release.Bundles.Values, session.Level));
        var differences = await new RootCheck(session.Root.Tree, options.Jobs).DifferencesAsync(plan.Writes, done => session.Report("comparing", done, plan.Writes.Count), cancel);
        var surplus = plan.Deletes.Where(path => session.Root.Tree.Stat(path) is { } stat && (stat.Type != NodeType.Directory || session.Root.Tree.List(path).Count == 0));
        var all = differences.Select(pair => new RootDifference(pair.Record.Name, pair.Kind)).Concat(surplus.Select(path => new RootDifference(path, RootDifferenceKind.Surplus)));
        return new DeviceVerification(release.Version, plan.Writes.Count + plan.Deletes.Count, [.. all.OrderBy(difference => difference.Path)], session.Counts);
    }

    /// <summary>Mends what <see cref="VerifyAsync"/> finds.</summary>
    public Task<DeviceResult> RepairAsync(CancellationToken cancel = default) =>
        ChangeAsync("repair", create: false, async (session, transition) =>
        {
            var release = await InstalledAsync(session, transition, cancel);
            return await transition.RunAsync(release, release, new RootTransition.Manner(Packs: false, Whole: true), cancel) ? DeviceOutcome.Changed : DeviceOutcome.UpToDate;
        }, cancel);

    /// <summary>Adds bundles of the installed release, and what they include or name as "also add".</summary>
    public Task<DeviceResult> BundleAddAsync(IReadOnlyList<string> bundles, CancellationToken cancel = default) =>
        ChangeAsync("bundle-add", create: false, async (session, transition) =>
        {
            var old = await InstalledAsync(session, transition, cancel);
            var added = await session.Releases.LoadAsync(old.Mom, bundles, optional: true, null, cancel);
            var target = await session.Releases.LoadAsync(old.Mom, old.BundleNames.Concat(added.BundleNames), optional: false, null, cancel);
            WarnOfExperiments(session, target, bundles);
            var files = target.Bundles.Values.Where(bundle => !old.Bundles.ContainsKey(bundle.Name)).ToList();
            var packs = files.Sum(bundle => (long)bundle.Records.Count) > PackWorthFiles * files.Count;
            var changed = await transition.RunAsync(old, target, new RootTransition.Manner(packs), cancel);
            Track(session, bundles);
            return changed ? DeviceOutcome.Changed : DeviceOutcome.UpToDate;
        }, cancel);

    /// <summary>Removes bundles; refused while an installed bundle needs one of them.</summary>
    public Task<DeviceResult> BundleRemoveAsync(IReadOnlyList<string> bundles, CancellationToken cancel = default) =>
        ChangeAsync("bundle-remove", create: false, async (session, transition) =>
        {
            var old = await InstalledAsync(session, transition, cancel);
            foreach (var bundle in bundles)
            {
                RequireRemovable(old, bundle, bundles);
            }
            var kept = old.BundleNames.Except(bundles, StringComparer.Ordinal).ToList();
            var target = new Release(old.Mom, kept.ToDictionary(name => name, name => old.Bundles[name], StringComparer.Ordinal));
            var changed = await transition.RunAsync(old, target, new RootTransition.Manner(Packs: false), cancel);
            foreach (var bundle in bundles)
            {
                session.State.Untrack(bundle);
            }
            return changed ? DeviceOutcome.Changed : DeviceOutcome.UpToDate;
        }, cancel);

    /// <summary>The bundles of the installed release, sorted by name.</summary>
    /// <param name="all">False leaves out those that are not installed.</param>
    /// <param name="cancel">Ends the operation.</param>
    public async Task<IReadOnlyList<DeviceBundle>> BundleListAsync(bool all, CancellationToken cancel = default)
    {
        using var session = Open(create: false, exclusive: false);
        var mom = await session.Releases.LoadMomAsync(RequireVersion(session), null, null, cancel);
        var installed = session.InstalledBundles.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. from record in mom.Records
               let name = record.Name.ToString()
               where record.IsPresent && (all || installed.Contains(name))
               orderby record.Name
               select new DeviceBundle(name, record.Version, installed.Contains(name), session.State.IsTracked(name), record.Status == RecordStatus.Experimental),
        ];
    }

    /// <summary>Asks the version pointer whether there is something newer; changes nothing in the root's release.</summary>
    public async Task<DeviceCheck> CheckAsync(CancellationToken cancel = default)
    {
        using var session = Open(create: false, exclusive: false);
        var pointed = await session.ResolveAsync(cancel);
        return new DeviceCheck(session.InstalledVersion, pointed.Version, pointed.Newest);
    }

    /// <summary>Files of the installed release, of all its bundles, whose path contains the text.</summary>
    public async Task<IReadOnlyList<FoundFile>> SearchAsync(string text, CancellationToken cancel = default)
    {
        using var session = Open(create: false, exclusive: false);
        var mom = await session.Releases.LoadMomAsync(RequireVersion(session), null, null, cancel);
        var release = await session.Releases.LoadAsync(mom, mom.Records.Where(record => record.IsPresent).Select(record => record.Name.ToString()), false, null, cancel);
        var wanted = BytePath.From(text);
        return
        [
            .. from bundle in release.Bundles.Values
               orderby bundle.Name
               from record in bundle.Records
               where record.IsPresent && record.Type != RecordType.Directory && record.Name.Span.IndexOf(wanted.Span) >= 0
               select new FoundFile(bundle.Name, record.Name),
        ];
    }

    /// <summary>What the root says of itself; asks no server.</summary>
    public DeviceDescription Describe()
    {
        using var session = new DeviceSession(options, create: false);
        var format = session.Format?.ToString(CultureInfo.InvariantCulture);
        return new DeviceDescription(session.InstalledVersion, format, session.InstalledBundles, session.Content.Url, session.Versions.Url);
    }

    private Task<DeviceResult> UpdateWithinFormatAsync(uint? to, CancellationToken cancel) =>
        ChangeAsync("update", create: false, (session, transition) => UpdateOnceAsync(session, transition, to, cancel), cancel);

    private static async Task<DeviceOutcome> UpdateOnceAsync(DeviceSession session, RootTransition transition, uint? to, CancellationToken cancel)
    {
        var from = RequireVersion(session);
        var pointed = to is { } given ? new PointedVersion(given, given, null) : await session.ResolveAsync(cancel);
        if (to < from)
        {
            const string Remedy = "publish the older content again under a higher version";
            throw new SlipwayException($"update to {to}", $"the root is at {from}, and a device never goes to a lower version", Remedy) { Kind = FailureKind.Usage };
        }
        if (pointed.Version <= from)
        {
            return pointed.Newest > from ? DeviceOutcome.HeldBack : DeviceOutcome.UpToDate;
        }
        var old = await InstalledAsync(session, transition, cancel);
        session.Report($"manifests of {pointed.Version}", 0, 0);
        var mom = await session.Releases.LoadMomAsync(pointed.Version, pointed.MomDigest, session.Format, cancel);
        var kept = old.BundleNames.Where(bundle => Release.Find(mom, bundle) is not null).ToList();
        foreach (var gone in old.BundleNames.Except(kept, StringComparer.Ordinal))
        {
            session.Damage.Warn($"bundle {gone} is not in version {mom.Version} any more; it was removed");
        }
        var target = await session.Releases.LoadAsync(mom, kept, optional: false, old, cancel);
        await transition.RunAsync(old, target, new RootTransition.Manner(Packs: true), cancel);
        return DeviceOutcome.Changed;
    }

    private async Task<DeviceResult> ChangeAsync(string action, bool create, Func<DeviceSession, RootTransition, Task<DeviceOutcome>> change, CancellationToken cancel)
    {
        using var session = Open(create);
        var from = session.State.Transaction?.From ?? session.InstalledVersion;
        try
        {
            var transition = new RootTransition(session) { BeforeEach = BeforeEach };
            await transition.FinishPendingAsync(cancel);
            var outcome = await change(session, transition);
            if (outcome != DeviceOutcome.Changed && session.Figures.Changed)
            {
                outcome = DeviceOutcome.Changed;
            }
            await session.SendReportAsync(action, from, DeviceReport.ResultOf(outcome), null, cancel);
            return new DeviceResult
            {
                Outcome = outcome,
                From = from,
                To = session.InstalledVersion,
                Bundles = session.InstalledBundles,
                Counts = session.Counts,
                Warnings = session.Damage.Warnings,
                FormatChanged = session.FormatChanged,
            };
        }
        catch (SlipwayException error)
        {
            await session.SendReportAsync(action, from, DeviceReport.Failed, error.Message, cancel);
            throw;
        }
    }

    private DeviceSession Open(bool create, bool exclusive = true)
    {
        var session = new DeviceSession(options, create);
        try
        {
            session.State.Prepare();
            if (exclusive)
            {
                session.State.Lock();
            }
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static async Task<Release> InstalledAsync(DeviceSession session, RootTransition transition, CancellationToken cancel) =>
        await transition.OldAsync(RequireVersion(session), session.InstalledBundles, cancel) ?? throw NotInstalled(session);

    private static uint RequireVersion(DeviceSession session) => session.InstalledVersion is var version and > 0 ? version : throw NotInstalled(session);

    private static void RequireRemovable(Release old, string bundle, IReadOnlyList<string> removed)
    {
        if (bundle == Core || !old.Bundles.ContainsKey(bundle))
        {
            throw new SlipwayException($"bundle {bundle}", bundle == Core ? "it is the base of everything" : "it is not installed", null) { Kind = FailureKind.Usage };
        }
        var needing = old.Bundles.Values.FirstOrDefault(other => other.Includes.Contains(bundle) && !removed.Contains(other.Name));
        if (needing is not null)
        {
            throw new SlipwayException($"bundle {bundle}", $"the installed bundle {needing.Name} needs it", $"remove {needing.Name} too") { Kind = FailureKind.Usage };
        }
    }

    private static void Track(DeviceSession session, IEnumerable<string> bundles)
    {
        foreach (var bundle in bundles)
        {
            session.State.Track(bundle);
        }
    }

    private static void WarnOfExperiments(DeviceSession session, Release target, IReadOnlyList<string> bundles)
    {
        foreach (var bundle in bundles.Where(name => target.RecordOf(name)?.Status == RecordStatus.Experimental))
        {
            session.Damage.Warn($"bundle {bundle} is experimental");
        }
    }

    private static SlipwayException NotInstalled(DeviceSession session) =>
        new($"root {session.RootPath}", "no release is installed in it", "install one: slipway device install --path DIR") { Kind = FailureKind.Usage };
}
