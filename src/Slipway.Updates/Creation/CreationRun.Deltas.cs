using Slipway.Content;

namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    private sealed record DeltaResult(WorkCount Files, WorkCount Packs, WorkCount Manifests)
    {
        public IReadOnlyList<(DeltaPair Pair, DeltaOutcome Outcome)> Candidates { get; init; } = [];
    }

    private DeltaResult MakeDeltas(ManifestPlan plan)
    {
        var origins = _options.DeltasFrom.Distinct().Select(from => _published.Read(from, Manifest.MoM)).Where(IsSameFormat).ToList();
        if (origins.Count == 0) return new DeltaResult(new(0, 0, 0), new(0, 0, 0), new(0, 0, 0));
        var maker = new DeltaMaker(_source!, _cache, _published, Warn);
        var candidates = origins.SelectMany(o => DeltaPairs.Find(_published.Read(o.Version, Manifest.Full), plan.Full, SizeOf))
            .DistinctBy(p => p.Name).ToList();
        MakeAll(candidates.Where(p => !maker.IsKnown(p)).Select(p =>
            new Job(SizeOf(p.To), DeltaEncoder.MemoryFor(SizeOf(p.From), SizeOf(p.To)), () => maker.Make(p))));
        var compared = maker.Compared;
        var outcomes = candidates.AsParallel().AsOrdered().Select(p => (Pair: p, Outcome: maker.Publish(p))).ToList();
        var made = outcomes.Where(o => o.Outcome == DeltaOutcome.Made).ToList();
        foreach (var outcome in outcomes.GroupBy(o => o.Outcome).OrderBy(g => g.Key))
            Explain($"deltas: {outcome.Count()} {InWords(outcome.Key)}");
        var packs = _options.Packs ? origins.Select(o => MakeDeltaPacks(o, plan)).ToList() : [];
        return new DeltaResult(
            new WorkCount(compared, candidates.Count - compared, made.Sum(m => new FileInfo(_published.Delta(m.Pair)).Length)),
            new WorkCount(packs.Sum(p => p.Made), packs.Sum(p => p.Reused), packs.Sum(p => p.Bytes)),
            MakeManifestDeltas(origins, plan, maker))
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

    /// <summary>Deltas between manifests (format 1.10): of every bundle of this version that a device may have in an older one.</summary>
    private WorkCount MakeManifestDeltas(IReadOnlyList<Manifest> origins, ManifestPlan plan, DeltaMaker maker)
    {
        var rows = plan.MoM.Records.Where(r => r.Version == _options.Version).ToDictionary(r => r.Name);
        var wanted = origins.SelectMany(o => o.Records).Where(r => rows.ContainsKey(r.Name) && r.Version != _options.Version)
            .DistinctBy(r => (r.Name, r.Version)).ToList();
        var before = maker.Compared;
        Parallel.ForEach(wanted, Parallelism, old =>
        {
            var row = rows[old.Name];
            if (File.Exists(_cache.Delta(old.Hash, row.Hash))) return;
            var name = old.Name.ToString();
            maker.MakeManifestDelta(old.Hash, File.ReadAllBytes(_published.ManifestFile(old.Version, name)),
                row.Hash, File.ReadAllBytes(_published.ManifestFile(row.Version, name)));
        });
        _cache.Commit();
        long bytes = 0;
        foreach (var old in wanted)
        {
            var delta = new FileInfo(_cache.Delta(old.Hash, rows[old.Name].Hash));
            if (delta.Length == 0) continue;
            bytes += delta.Length;
            _cache.Link(delta.FullName, _published.ManifestDelta(_options.Version, old.Name.ToString(), old.Version));
        }

        return new WorkCount(maker.Compared - before, wanted.Count - (maker.Compared - before), bytes);
    }

    private static string InWords(DeltaOutcome outcome) => outcome switch
    {
        DeltaOutcome.Made => "made",
        DeltaOutcome.NotWorth => "not worth making",
        DeltaOutcome.TooLarge => "larger than the full file",
        _ => "without their old content",
    };
}
