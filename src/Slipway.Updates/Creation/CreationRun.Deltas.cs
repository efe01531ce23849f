using Slipway.Content;

namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    /// <summary>What is to be compared for a version's deltas, and the jobs that compare what was not yet.</summary>
    private sealed record DeltaWork
    {
        public required DeltaMaker Maker { get; init; }

        public required List<Manifest> Origins { get; init; }

        public required List<DeltaPair> Files { get; init; }

        /// <summary>Rows of the MoM: of an older version, and of this one.</summary>
        public required List<(ManifestRecord Old, ManifestRecord New)> Manifests { get; init; }

        public required List<Job> Jobs { get; init; }
    }

    private sealed record DeltaResult(WorkCount Files, WorkCount Packs, WorkCount Manifests)
    {
        public IReadOnlyList<(DeltaPair Pair, DeltaOutcome Outcome)> Candidates { get; init; } = [];
    }

    private DeltaWork PlanDeltas(ManifestPlan plan)
    {
        var origins = _options.DeltasFrom.Distinct().Select(from => _published.Read(from, Manifest.MoM)).Where(IsSameFormat).ToList();
        var maker = new DeltaMaker(_source!, _cache, _published, Warn);
        var files = origins.SelectMany(o => DeltaPairs.Find(_published.Read(o.Version, Manifest.Full), plan.Full, SizeOf))
            .DistinctBy(p => p.Name).ToList();
        var manifests = ManifestPairs(origins, plan);
        return new DeltaWork
        {
            Maker = maker,
            Origins = origins,
            Files = files,
            Manifests = manifests,
            Jobs =
            [
                .. files.Where(p => !maker.IsKnown(p)).Select(p =>
                    new Job(SizeOf(p.To), DeltaEncoder.MemoryFor(SizeOf(p.From), SizeOf(p.To)), () => maker.Make(p))),
                .. manifests.Where(m => !File.Exists(_cache.Delta(m.Old.Hash, m.New.Hash))).Select(m => ManifestDelta(m.Old, m.New, maker)),
            ],
        };
    }

    private DeltaResult PublishDeltas(ManifestPlan plan, DeltaWork work)
    {
        var outcomes = work.Files.AsParallel().AsOrdered().Select(p => (Pair: p, Outcome: work.Maker.Publish(p))).ToList();
        var made = outcomes.Where(o => o.Outcome == DeltaOutcome.Made).ToList();
        foreach (var outcome in outcomes.GroupBy(o => o.Outcome).OrderBy(g => g.Key))
            Explain($"deltas: {outcome.Count()} {InWords(outcome.Key)}");
        var packs = _options.Packs ? work.Origins.Select(o => MakeDeltaPacks(o, plan)).ToList() : [];
        return new DeltaResult(
            new WorkCount(work.Maker.Compared, work.Files.Count - work.Maker.Compared, made.Sum(m => new FileInfo(_published.Delta(m.Pair)).Length)),
            new WorkCount(packs.Sum(p => p.Made), packs.Sum(p => p.Reused), packs.Sum(p => p.Bytes)),
            PublishManifestDeltas(work))
        { Candidates = outcomes };
    }

    /// <summary>A device crosses a change of format by full manifests and packs alone (format 2.8).</summary>
    private bool IsSameFormat(Manifest origin)
    {
        if (origin.Format == _options.Format) return true;
        Warn($"no deltas from version {origin.Version}: it has format {origin.Format}, this one {_options.Format}");
        return false;
    }

    private long SizeOf(ManifestRecord record) => _sizes.GetOrAdd(record.Hash, _ =>
        _source!.TryFind(record.Hash, record.Version, VariantPath.FullName(record))?.Size ?? -1);

    private WorkCount MakeDeltaPacks(Manifest origin, ManifestPlan plan)
    {
        var before = origin.Records.ToDictionary(r => r.Name);
        var wanted = plan.MoM.Records.Where(r => before.TryGetValue(r.Name, out var old) && old.Version != r.Version)
            .Select(r => (Row: r, From: before[r.Name].Version)).ToList();
        var writer = new PackWriter(_source!, _cache, _rules);
        var made = new System.Collections.Concurrent.ConcurrentDictionary<string, PackPlan>(StringComparer.Ordinal);
        Parallel.ForEach(wanted, Parallelism, w =>
        {
            var name = w.Row.Name.ToString();
            if (w.From > w.Row.Version)
                throw new SlipwayException($"cannot make the pack of {name}", $"version {origin.Version} has a newer one ({w.From}) than {_options.Version}");
            var file = _published.Pack(w.Row.Version, name, w.From);
            if (File.Exists(file)) return;
            var pack = PlanPack(_published.Read(w.From, name), _published.Read(w.Row.Version, name));
            if (pack.IsEmpty) return;
            writer.WriteDeltaPack(file, pack);
            made[name] = pack;
        });
        foreach (var (name, pack) in made.OrderBy(m => m.Key, StringComparer.Ordinal))
            Explain($"pack {name} from {pack.From}: {pack.Deltas.Count} deltas, {pack.Staged.Count} files");
        var bytes = wanted.Select(w => new FileInfo(_published.Pack(w.Row.Version, w.Row.Name.ToString(), w.From))).Where(f => f.Exists).Sum(f => f.Length);
        return new WorkCount(made.Count, wanted.Count - made.Count, bytes);
    }

    private PackPlan PlanPack(Manifest from, Manifest to) => DeltaPackPlan.Make(from, to,
        [.. DeltaPairs.Find(from, to, SizeOf).Select(p => (Pair: p, File: _published.Delta(p))).Where(d => File.Exists(d.File))]);

    /// <summary>Every bundle of this version that a device may have in an older one (format 1.10).</summary>
    private List<(ManifestRecord Old, ManifestRecord New)> ManifestPairs(IReadOnlyList<Manifest> origins, ManifestPlan plan)
    {
        var rows = plan.MoM.Records.Where(r => r.Version == _options.Version).ToDictionary(r => r.Name);
        return [.. origins.SelectMany(o => o.Records).Where(r => rows.ContainsKey(r.Name) && r.Version != _options.Version)
            .DistinctBy(r => (r.Name, r.Version)).Select(r => (r, rows[r.Name]))];
    }

    private Job ManifestDelta(ManifestRecord old, ManifestRecord @new, DeltaMaker maker)
    {
        var from = _published.ManifestFile(old.Version, old.Name.ToString());
        var to = _published.ManifestFile(@new.Version, @new.Name.ToString());
        long fromBytes = new FileInfo(from).Length, toBytes = new FileInfo(to).Length;
        return new Job(toBytes, DeltaEncoder.MemoryFor(fromBytes, toBytes), () =>
            maker.MakeManifestDelta(old.Hash, File.ReadAllBytes(from), @new.Hash, File.ReadAllBytes(to)));
    }

    private WorkCount PublishManifestDeltas(DeltaWork work)
    {
        long bytes = 0;
        foreach (var (old, @new) in work.Manifests)
        {
            var delta = new FileInfo(_cache.Delta(old.Hash, @new.Hash));
            if (delta.Length == 0) continue;
            bytes += delta.Length;
            _cache.Link(delta.FullName, _published.ManifestDelta(_options.Version, old.Name.ToString(), old.Version));
        }

        return new WorkCount(work.Maker.ComparedManifests, work.Manifests.Count - work.Maker.ComparedManifests, bytes);
    }

    private static string InWords(DeltaOutcome outcome) => outcome switch
    {
        DeltaOutcome.Made => "made",
        DeltaOutcome.NotWorth => "not worth making",
        DeltaOutcome.TooLarge => "larger than the full file",
        _ => "without their old content",
    };
}
