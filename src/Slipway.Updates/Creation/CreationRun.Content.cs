using Slipway.Content;

namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    private const long MaxMemory = 700L << 20;

    private long _sinceCommit;

    private sealed record ZeroPack(string File, PackPlan Plan, IReadOnlyList<PackGroup> Groups);

    /// <summary>What fullfiles and zero packs of a version need, and the jobs that make what of it is missing.</summary>
    private sealed record ContentWork
    {
        public required PackWriter Writer { get; init; }

        public required List<ManifestRecord> Named { get; init; }

        public required List<ManifestRecord> Unpublished { get; init; }

        public required List<ContentItem> Items { get; init; }

        public required List<LargeContent> LargeFullfiles { get; init; }

        public required List<ZeroPack> Packs { get; init; }

        public required List<PackGroup> Groups { get; init; }

        public required HashSet<Digest> Anew { get; init; }

        public required List<Job> Jobs { get; init; }
    }

    private sealed record ContentResult(WorkCount Fullfiles, WorkCount Groups, WorkCount Packs);

    private ContentWork PlanContent(ManifestPlan plan)
    {
        var writer = new PackWriter(_source!, _cache, _rules);
        var encoder = new ContentEncoder(_cache, _rules, _cancellation);
        var named = _options.Fullfiles ? OfThisVersion(plan) : [];
        var unpublished = named.Where(r => !File.Exists(_published.Fullfile(_options.Version, r.Hash))).ToList();
        var items = unpublished.Where(r => !File.Exists(_cache.Fullfile(r.Hash)))
            .Select(r => _source!.Find(r.Hash, r.Version, VariantPath.FullName(r))).ToList();
        var packs = _options.Packs ? PlanZeroPacks(plan.MoM, writer) : [];
        var groups = packs.SelectMany(p => p.Groups).DistinctBy(g => (g.Key, g.Pack)).ToList();
        var fullLarge = items.Where(i => CodecTable.IsShared(_rules, i.Size)).Select(i => new LargeContent(i, _cache)).ToList();
        var large = fullLarge.Concat(groups.Select(writer.LargeOf).OfType<LargeContent>()).DistinctBy(l => l.Item.Hash).Where(l => !l.IsPrepared).ToList();
        var missing = groups.Where(g => writer.LargeOf(g) is null && !writer.IsPrepared(g)).ToList();
        var single = items.Where(i => !CodecTable.IsShared(_rules, i.Size));
        return new ContentWork
        {
            Writer = writer,
            Named = named,
            Unpublished = unpublished,
            Items = items,
            LargeFullfiles = fullLarge,
            Packs = packs,
            Groups = groups,
            Anew = missing.Concat(groups.Where(g => large.Any(l => l.Item.Hash == g.Members[0].Hash))).Select(g => g.Key).ToHashSet(),
            Jobs =
            [
                .. large.Select(l => l.ToJob(encoder)), .. missing.Select(g => writer.ToJob(g, encoder)),
                .. single.Select(i => Fullfile.ToJob(i, _rules, _cache, encoder)),
            ],
        };
    }

    private ContentResult PublishContent(ManifestPlan plan, ContentWork work)
    {
        PublishFullfiles(work);
        Parallel.ForEach(work.Packs, Parallelism, p => work.Writer.WriteZeroPack(p.File, p.Groups));
        if (_options.Fullfiles) Explain($"fullfiles: {work.Items.Count} made, {work.Named.Count - work.Items.Count} made before");
        foreach (var pack in work.Packs)
            Explain($"pack {pack.Plan.Bundle} from 0: {pack.Plan.Staged.Count} files in {pack.Groups.Count} groups, "
                + $"{pack.Groups.Count(g => work.Anew.Contains(g.Key))} of them compressed anew");
        var rows = _options.Packs ? plan.MoM.Records.Count : 0;
        return new ContentResult(
            new WorkCount(work.Items.Count, work.Named.Count - work.Items.Count, _options.Fullfiles ? BytesBelow(_published.FilesDirectory(_options.Version)) : 0),
            new WorkCount(work.Anew.Count, work.Groups.Count - work.Anew.Count, 0),
            new WorkCount(work.Packs.Count, rows - work.Packs.Count, work.Packs.Sum(p => new FileInfo(p.File).Length)));
    }

    /// <summary>Bundles count besides the full manifest: one that gives up a variant lifts the base alone in its own manifest (format 1.7).</summary>
    private List<ManifestRecord> OfThisVersion(ManifestPlan plan) =>
        [.. plan.Bundles.Select(b => b.Manifest).Prepend(plan.Full).SelectMany(m => m.Records)
            .Where(r => r.IsPresent && r.Version == _options.Version).DistinctBy(r => r.Hash)];

    private List<ZeroPack> PlanZeroPacks(Manifest mom, PackWriter writer) =>
        [.. mom.Records.OrderBy(r => r.Name).Select(r => (Row: r, File: _published.Pack(r.Version, r.Name.ToString(), 0)))
            .Where(p => !File.Exists(p.File))
            .Select(p => (p.File, Plan: PackPlan.Zero(_published.Read(p.Row.Version, p.Row.Name.ToString()))))
            .Where(p => !p.Plan.IsEmpty).Select(p => new ZeroPack(p.File, p.Plan, writer.Groups(p.Plan)))];

    private void PublishFullfiles(ContentWork work)
    {
        if (!_options.Fullfiles) return;
        Parallel.ForEach(work.LargeFullfiles, Parallelism, l => Fullfile.Write(l, _cache));
        _cache.Commit();
        Directory.CreateDirectory(_published.FilesDirectory(_options.Version));
        Parallel.ForEach(work.Unpublished, Parallelism, r => _cache.Link(_cache.Fullfile(r.Hash), _published.Fullfile(_options.Version, r.Hash)));
    }

    private static long BytesBelow(string directory) => Directory.EnumerateFiles(directory).Sum(f => new FileInfo(f).Length);

    /// <summary>Keeps what is done from time to time: a run that is killed loses no more than that.</summary>
    private void MakeAll(IEnumerable<Job> jobs)
    {
        const long keepBytes = 256 << 20;
        new BoundedWork(_options.Workers, MaxMemory, _cancellation).Run(jobs.Select(job => job with
        {
            Run = () =>
            {
                job.Run();
                if (Interlocked.Add(ref _sinceCommit, job.Bytes) < keepBytes) return;
                Interlocked.Exchange(ref _sinceCommit, 0);
                _cache.Commit();
            },
        }));
        _cache.Commit();
    }
}
