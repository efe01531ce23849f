using System.Diagnostics;
using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>One run of <see cref="ContentCreation"/>, phase by phase.</summary>
internal sealed partial class CreationRun : IDisposable
{
    private readonly CreateOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly CodecRules _rules;
    private readonly string _image;
    private readonly PublishedTree _published;
    private readonly ContentCache _cache;
    private readonly List<(string Phase, TimeSpan Time)> _phases = [];
    private FullRoot? _full;
    private ContentSource? _source;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<SwupdHash, long> _sizes = new();
    private int _filesHashed;
    private int _filesRecorded;
    private int _bundlesComputed;
    private HashSet<string> _reused = [];

    public CreationRun(CreateOptions options, CancellationToken cancellation)
    {
        _options = options;
        _cancellation = cancellation;
        _rules = new CodecRules(options.Profile, options.PackCompression, options.Xz);
        _image = Path.Combine(options.StateDirectory, "image");
        _published = new PublishedTree(Path.Combine(options.StateDirectory, "www"));
        if (!Directory.Exists(options.StateDirectory))
            throw new SlipwayException($"cannot make content in {options.StateDirectory}", "the directory does not exist") { Kind = FailureKind.Usage };
        _cache = new ContentCache(options.StateDirectory, _rules);
    }

    private ParallelOptions Parallelism => new() { MaxDegreeOfParallelism = _options.Workers, CancellationToken = _cancellation };

    public CreateReport Run()
    {
        var configuration = ServerConfiguration.Read(_options.StateDirectory, _options.Bundles);
        var image = Path.Combine(_image, Text(_options.Version));
        var bundles = Timed("read bundles", () => configuration.Bundles
            .AsParallel().AsOrdered().Select(b => BundleDefinition.Read(_options.StateDirectory, image, b)).ToList());
        bundles = Timed("hash", () => ReadFullRoot(image, bundles));
        if (!configuration.Bundles.Contains(UpdateIndex.Name) && UpdateIndex.Definition(_options, _published, _full!) is { } index) bundles.Add(index);
        var plan = Timed("manifests", () => Plan(configuration, bundles));
        _source = new ContentSource(_full!, _published, _cache, _image);
        Directory.CreateDirectory(_published.VersionDirectory(_options.Version));
        Timed("write manifests", () => WriteManifests(plan));
        var (content, deltas) = Timed("compress and compare", () => Make(plan));
        Timed("publish", () => Publish(plan));
        return new CreateReport
        {
            MoM = plan.MoM,
            ChangedBundles = [.. plan.Bundles.Select(b => b.Manifest.Name)],
            Nodes = _full!.Nodes.Count,
            ContentBytes = _full.Nodes.Sum(n => n.Size),
            FilesHashed = _filesHashed,
            FilesRecorded = _filesRecorded,
            BundlesComputed = _bundlesComputed,
            Fullfiles = content.Fullfiles,
            PackGroups = content.Groups,
            ZeroPacks = content.Packs,
            Deltas = deltas.Files,
            DeltaPacks = deltas.Packs,
            ManifestDeltas = deltas.Manifests,
            DeltaCandidates = deltas.Candidates,
            Phases = _phases,
        };
    }

    /// <summary>Content and deltas together: what one leaves of processors and memory the other takes.</summary>
    private (ContentResult Content, DeltaResult Deltas) Make(ManifestPlan plan)
    {
        var content = PlanContent(plan);
        var deltas = PlanDeltas(plan);
        MakeAll([.. content.Jobs, .. deltas.Jobs]);
        return (PublishContent(plan, content), PublishDeltas(plan, deltas));
    }

    public void Dispose()
    {
        _source?.Dispose();
        _full?.Dispose();
        _cache.Dispose();
    }

    private List<BundleDefinition> ReadFullRoot(string image, List<BundleDefinition> bundles)
    {
        var memory = new HashMemory();
        memory.Load(_cache.HashesOf(_options.Version));
        memory.Load(_cache.HashesOf(_options.Previous));
        var begun = _cache.NowNs();
        _full = FullRoot.TryOpen(image, Warn)
            ?? throw new SlipwayException($"cannot make version {_options.Version}", $"there is neither {image}/full nor {image}/full.tar",
                "compose the version first")
            { Kind = FailureKind.Usage };
        bundles = [.. bundles.Select(b => b.Chroot is null ? b : b.WithFiles(_full.Overlay(b.Chroot, Warn)))];
        var digests = new DigestMemory(_cache.Digests);
        var hashing = new NodeHashing(NodeRecords.Read(image), memory, digests);
        _full.Hash(hashing, _options.Workers);
        (_filesHashed, _filesRecorded) = (hashing.Read, hashing.Recorded);
        var files = _full.Nodes.Count(n => n.Type == RecordType.File);
        Explain($"hash: {hashing.Read} files read, {hashing.Recorded} known from records, {files - hashing.Read - hashing.Recorded} unchanged since they were read last");
        Directory.CreateDirectory(Path.GetDirectoryName(_cache.HashesOf(_options.Version))!);
        digests.Save();
        memory.Save(_cache.HashesOf(_options.Version), begun);
        return bundles;
    }

    /// <summary>With no timestamp given, an equal earlier run of this version lends its own: then nothing is written again.</summary>
    private ManifestPlan Plan(ServerConfiguration configuration, IReadOnlyList<BundleDefinition> bundles)
    {
        var contents = new BundleContents(_full!, configuration, bundles);
        var memory = new BundleMemory(_cache.Bundles);
        var inForce = _published.TryRead(_options.Previous, Manifest.MoM)?.Records.ToDictionary(r => r.Name.ToString(), StringComparer.Ordinal) ?? [];
        var judged = bundles.AsParallel().AsOrdered().WithDegreeOfParallelism(_options.Workers)
            .Select(b => (Bundle: b, Input: contents.InputOf(b, _options.Format), Row: inForce.GetValueOrDefault(b.Name))).ToList();
        var changed = judged.Where(b => b.Row is null || b.Input is not { } input || !memory.IsUnchanged(b.Bundle.Name, input, b.Row, _options.MinVersion)).ToList();
        var unchanged = judged.Except(changed).Select(b => b.Row!).ToList();
        _bundlesComputed = changed.Count;
        _reused = unchanged.Select(r => r.Name.ToString()).ToHashSet(StringComparer.Ordinal);
        if (_options.Timestamp is { } given) return Plan(given);
        var file = _published.ManifestFile(_options.Version, Manifest.MoM);
        if (_published.TryRead(_options.Version, Manifest.MoM) is { } earlier)
        {
            var again = Plan(earlier.Timestamp);
            if (again.MoM.ToBytes().AsSpan().SequenceEqual(File.ReadAllBytes(file))) return again;
        }

        return Plan(_options.Clock.GetUtcNow().ToUnixTimeSeconds());

        ManifestPlan Plan(long timestamp)
        {
            var drafts = changed.AsParallel().AsOrdered().WithDegreeOfParallelism(_options.Workers).Select(b => contents.Draft(b.Bundle)).ToList();
            var plan = ManifestPlan.Make(_options, timestamp, drafts, unchanged, contents.DraftFull(), _published);
            var rows = plan.MoM.Records.ToDictionary(r => r.Name.ToString(), StringComparer.Ordinal);
            foreach (var (draft, (_, input, _)) in drafts.Zip(changed))
                if (input is { } known) memory.Remember(draft, known, rows[draft.Name]);
            return plan;
        }
    }

    private void Warn(string line) => _options.Warn?.Invoke(line);

    private void Explain(string line) => _options.Explain?.Invoke(line);

    private void Timed(string phase, Action work) => Timed(phase, () =>
    {
        work();
        return true;
    });

    private T Timed<T>(string phase, Func<T> work)
    {
        _cancellation.ThrowIfCancellationRequested();
        var watch = Stopwatch.StartNew();
        var result = work();
        _phases.Add((phase, watch.Elapsed));
        return result;
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
