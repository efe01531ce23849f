using Slipway.Compose;
using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Gates;
using Slipway.Releases.Notes;
using Slipway.Releases.Planning;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.Releases.Records;
using Slipway.Sandbox;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Running;

/// <summary>The stages of one run, in order. Each may be begun again at any point and ends with the same result.</summary>
internal sealed class ReleaseStages(
    StreamSite site, Composer composer, ReleaseGates gates, ReleasePublisher publisher, StreamSources sources, ReleaseRun run, Action<RunEvent> tell)
{
    private readonly ReleaseContent _content = ReleaseJson.Read<ReleaseContent>(site.Store, run.Content);
    private readonly StreamPlaces _places = site.Places(run.Stream);
    private readonly DateTimeOffset _time = DateTimeOffset.FromUnixTimeSeconds(run.Timestamp);

    public IReadOnlyList<(string Stage, Func<CancellationToken, Task<StageEnd>> Action)> All =>
    [
        ("initialise", _ => Task.FromResult(Initialise())),
        ("packages", c => Task.Run(() => Packages(c), c)),
        ("compose", c => Task.Run(() => Compose(c), c)),
        ("content", c => Task.Run(() => Content([]), c)),
        ("deltas", c => Task.Run(Deltas, c)),
        ("validate", ValidateAsync),
        ("notes", c => Task.Run(Notes, c)),
        ("stage", c => Task.Run(Stage, c)),
        ("publish", c => Task.Run(Publish, c)),
    ];

    /// <summary>What would stop the run at its end stops it here.</summary>
    private StageEnd Initialise()
    {
        var certificate = site.Signing(run.Stream).CertificatePem;
        return new(Output(("certificate", Digest.Of(certificate).ToString())));
    }

    /// <summary>Deltas spare devices bytes and nothing else: a version without them is whole.</summary>
    private StageEnd Deltas()
    {
        try
        {
            return Content(run.Plan.DeltasFrom);
        }
        catch (Exception e) when (e is SlipwayException or InvalidContentException or IOException)
        {
            tell(new RunEvent(run.Stream, run.Version, "deltas", $"failed, and the release goes on without them: {e.Message}"));
            return new(Output(("warning", e.Message)), Text: "none");
        }
    }

    private StageEnd Packages(CancellationToken cancellation)
    {
        sources.Fetch(_content, cancellation);
        return new(Output(("packages", _content.Key)), Text: $"{run.Plan.PackageCount} packages are at hand");
    }

    private StageEnd Compose(CancellationToken cancellation)
    {
        var bundles = BundleSet.Close(_content.Bundles.Select(b => b.Name), _content.Bundles.ToDictionary(b => b.Name), "", []);
        var composition = composer.Compose(new ComposeOptions
        {
            StateDirectory = _places.Mix,
            Bundles = bundles,
            Resolved = _content.Resolved,
            Type = _content.PackageType,
            ContentDirectory = ContentDirectory(),
            Version = run.Version,
            Emptied = _content.Emptied,
            UpdateBundle = _content.Config.UpdateBundle,
            Identity = new OsIdentity
            {
                Version = run.Plan.Shown.Version,
                Format = run.Plan.Shown.Format,
                Timestamp = run.Timestamp,
                ContentUrl = _content.Config.ContentUrl,
                VersionUrl = _content.Config.VersionUrl,
                Certificate = site.Signing(run.Stream).CertificatePem,
                OsReleaseTemplates = _content.Config.OsRelease,
                BuildId = _content.UpstreamState[..Math.Min(12, _content.UpstreamState.Length)],
            },
        }, cancellation);
        return new(
            Output(("map", composition.Map.ToString())),
            t =>
            {
                ReleaseLog.SetComposed(t, run.Stream, run.Version, composition.Map, composition.Paths, composition.Bytes);
                RecordOrigin(t, composition.Map);
            },
            $"{composition.Paths} paths, {composition.Bytes / 1e6:F0} MB of {composition.Packages} packages");
    }

    private void RecordOrigin(System.Data.IDbTransaction t, Digest map)
    {
        var release = new Node("release", $"{run.Stream}/{run.Version}");
        Ledger.Record(t, release, new Node("commit", _content.Commit));
        Ledger.Record(t, release, new Node("release-map", map.ToString()));
        foreach (var bundle in _content.Resolved)
        {
            var node = new Node("bundle", $"{run.Stream}/{run.Version}/{bundle.Name}");
            Ledger.Record(t, release, node);
            foreach (var package in bundle.Packages)
                Ledger.Record(t, node, new Node("file", package.Digest.ToString()));
        }
    }

    private string? ContentDirectory()
    {
        if (_content.Bundles.All(b => b.ContentDirectories.Count == 0))
            return null;
        var directory = Path.Combine(_places.Release(run.Version), "content");
        _places.Remove(directory);
        using var tree = RootedTree.OpenOrCreate(directory);
        using var archive = new Git(Path.Combine(site.Data.Git, run.Stream + ".git")).Archive(_content.Commit, BytePath.From("content"));
        TreeExtract.Extract(archive, tree);
        return directory;
    }

    private StageEnd Content(IReadOnlyList<uint> deltasFrom)
    {
        var signing = site.Signing(run.Stream);
        var report = ContentCreation.Create(new CreateOptions
        {
            StateDirectory = _places.Mix,
            Version = run.Version,
            Previous = run.Plan.Previous,
            MinVersion = run.Plan.MinVersion ? run.Version : 0,
            Format = run.Plan.Format,
            Timestamp = run.Timestamp,
            Bundles = run.Plan.Bundles,
            DeltasFrom = deltasFrom,
            Xz = SevenZip.IsInstalled ? SevenZip.Compress : null,
            Sign = bytes => signing.Sign(bytes, _time),
            WritePointers = false,
            Warn = text => tell(new RunEvent(run.Stream, run.Version, "content", text)),
        });
        var mom = Digest.OfFile(Path.Combine(_places.MixContent(run.Version), "Manifest.MoM"));
        return new(
            Output(("mom", mom.ToString())),
            t =>
            {
                ReleaseLog.SetDigest(t, run.Stream, run.Version, "mom", mom);
                ReleaseLog.SetState(t, run.Stream, run.Version, ReleaseState.Built);
            },
            deltasFrom.Count > 0
                ? $"{report.DeltaPacks.Made + report.DeltaPacks.Reused} delta packs, {report.DeltaPacks.Bytes / 1e6:F2} MB, from {string.Join(", ", deltasFrom)}"
                : $"{report.ChangedBundles.Count} bundles changed, {report.Fullfiles.Made} full files made, {report.ZeroPacks.Bytes / 1e6:F1} MB of zero packs");
    }

    private async Task<StageEnd> ValidateAsync(CancellationToken cancellation)
    {
        var release = site.Releases.Require(run.Stream, run.Version);
        var subject = new GateSubject(_places, _content, run.Plan, Published(), Hops(), release.Bytes, site.Signing(run.Stream));
        var results = await gates.JudgeAsync(
            subject,
            r => tell(new RunEvent(run.Stream, run.Version, "validate", $"{r.Gate}: {r.Verdict.ToString().ToLowerInvariant()}, {r.Detail}")),
            cancellation).ConfigureAwait(false);
        results = [.. results.Select(Waived)];
        if (results.Any(r => r.Verdict == GateVerdict.Failed))
            throw new GatesFailedException(results);
        return new(Output(("gates", ReleaseJson.DigestOf(results.Select(r => new { r.Gate, r.Verdict })).ToString())), t =>
        {
            ReleaseLog.SetGates(t, run.Stream, run.Version, results);
            ReleaseLog.SetState(t, run.Stream, run.Version, ReleaseState.Validated);
        }, $"{results.Count(r => r.Verdict == GateVerdict.Passed)} gates passed");
    }

    private GateResult Waived(GateResult result) =>
        result.Verdict == GateVerdict.Failed && site.RollOuts.InForce(run.Stream, result.Gate, run.Version) is { } waiver
            ? result with { Verdict = GateVerdict.Waived, Detail = $"waived by {waiver.Author} until {DateTimeOffset.FromUnixTimeSeconds(waiver.Until):yyyy-MM-dd} ({waiver.Reason}): {result.Detail}" }
            : result;

    private List<(uint Version, int Format)> Published() =>
        [.. site.Releases.All(run.Stream).Where(r => r.Published is not null && r.Version < run.Version).Select(r => (r.Version, r.Format))];

    /// <summary>Per format below that of this version: the version over which its devices come here.</summary>
    private Dictionary<int, uint> Hops() => Whole().Where(r => r.Plan.Claims > 0 && r.Release.Version < run.Version && r.Release.State != ReleaseState.Withdrawn)
        .GroupBy(r => r.Release.Format).ToDictionary(g => g.Key, g => g.Max(r => r.Release.Version));

    private IReadOnlyList<(Release Release, ReleasePlan Plan)> Whole() => site.Whole(run.Stream);

    private StageEnd Notes()
    {
        var previous = site.Releases.Find(run.Stream, run.Plan.Previous) is { } before ? ReleaseJson.Read<ReleaseContent>(site.Store, before.Content) : null;
        var notes = ReleaseNotes.Make(
            run, _content, previous, site.Releases.Require(run.Stream, run.Version), PackSizes(), site.Releases.Gates(run.Stream, run.Version), new Ledger(site.Database));
        var digest = site.Store.Add(ReleaseJson.Bytes(notes));
        var directory = Directory.CreateDirectory(_places.Release(run.Version)).FullName;
        AtomicFile.WriteText(Path.Combine(directory, "notes.txt"), notes.ToText());
        AtomicFile.WriteText(Path.Combine(directory, "notes.md"), notes.ToMarkdown());
        AtomicFile.Write(Path.Combine(directory, "notes.json"), ReleaseJson.Bytes(notes));
        return new(Output(("notes", digest.ToString())), t => ReleaseLog.SetDigest(t, run.Stream, run.Version, "notes", digest));
    }

    private SortedDictionary<uint, long> PackSizes()
    {
        var sizes = new SortedDictionary<uint, long>();
        foreach (var pack in new DirectoryInfo(_places.MixContent(run.Version)).EnumerateFiles("pack-*-from-*.tar"))
        {
            if (uint.TryParse(Path.GetFileNameWithoutExtension(pack.Name).Split("-from-")[^1], System.Globalization.CultureInfo.InvariantCulture, out var from))
                sizes[from] = sizes.GetValueOrDefault(from) + pack.Length;
        }
        return sizes;
    }

    private StageEnd Stage()
    {
        var inventory = ContentInventory.Take(_places.MixContent(run.Version));
        var digest = site.Store.Add(inventory.ToBytes());
        var outputs = Output(("inventory", digest.ToString()));
        if (_content.Config.Destinations.Count > 0)
        {
            _places.Remove(_places.Public(run.Version));
            var notes = ReleaseJson.Read<ReleaseNotes>(site.Store, site.Releases.Require(run.Stream, run.Version).Notes!.Value);
            new PublicRelease(site, run, _content).Write(_places.Public(run.Version), notes, run.Survey.Inputs.FirstOrDefault(i => i.Kind == Watching.InputKind.Tool)?.Fingerprint ?? "");
            outputs["public"] = site.Store.Add(ContentInventory.Take(_places.Public(run.Version)).ToBytes()).ToString();
        }
        return new(outputs, t =>
        {
            ReleaseLog.SetDigest(t, run.Stream, run.Version, "inventory", digest);
            ReleaseLog.SetState(t, run.Stream, run.Version, ReleaseState.Staged);
        }, $"{inventory.Files.Count} files, {inventory.Bytes / 1e6:F1} MB");
    }

    private StageEnd Publish()
    {
        var published = new List<string>();
        foreach (var channel in run.Plan.EndsChain ? run.Plan.PublishTo : [])
        {
            var state = site.Channels.Find(run.Stream, channel);
            var isRollback = run.Plan.IsRollback;
            if (state.Version >= run.Version || (state.Hold is not null && !isRollback))
                continue;
            publisher.PublishHeld(run.Stream, channel, run.Version, isRollback ? "rollback" : "watch", backwards: false);
            published.Add(channel);
        }
        return new(
            Output(("channels", string.Join(',', published))),
            t =>
            {
                foreach (var channel in run.Plan is { IsRollback: true, EndsChain: true } ? run.Plan.PublishTo : [])
                    ChannelLog.LetGo(t, run.Stream, channel);
            },
            published.Count == 0 ? "to no channel" : $"to {string.Join(", ", published)}");
    }

    private static SortedDictionary<string, string> Output(params (string Name, string Value)[] outputs)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in outputs)
            map[name] = value;
        return map;
    }
}
