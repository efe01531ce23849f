using System.Collections.Concurrent;

namespace Slipway.Updates;

internal sealed partial class CreationRun
{
    private WorkCount MakeFullfiles(ManifestPlan plan)
    {
        // Bundles count besides the full manifest: one that gives up a variant lifts the base alone in its own manifest (format 1.7).
        var named = plan.Bundles.Select(b => b.Manifest).Prepend(plan.Full).SelectMany(m => m.Records)
            .Where(r => r.IsPresent && r.Version == _options.Version).DistinctBy(r => r.Hash).ToList();
        var wanted = named.Where(r => !File.Exists(_published.Fullfile(_options.Version, r.Hash))).ToList();
        var missing = wanted.Where(r => !File.Exists(_cache.Fullfile(r.Hash)))
            .Select(r => _source!.Find(r.Hash, r.Version, VariantPath.FullName(r))).OrderByDescending(i => i.Size).ToList();
        MakeAll(missing, i => i.Size, MakeFullfile);
        Directory.CreateDirectory(_published.FilesDirectory(_options.Version));
        Parallel.ForEach(wanted, Parallelism, r => _cache.Link(_cache.Fullfile(r.Hash), _published.Fullfile(_options.Version, r.Hash)));
        var bytes = Directory.EnumerateFiles(_published.FilesDirectory(_options.Version)).Sum(f => new FileInfo(f).Length);
        Explain($"fullfiles: {missing.Count} made, {named.Count - missing.Count} made before");
        return new WorkCount(missing.Count, named.Count - missing.Count, bytes);
    }

    private void MakeFullfile(ContentItem item)
    {
        var final = _cache.Fullfile(item.Hash);
        if (Fullfile.FitsInMemory(item))
        {
            _cache.Add(final, Fullfile.Encode(item, _rules));
            return;
        }

        var temporary = _cache.NewTemporary();
        Fullfile.Encode(item, _rules, temporary);
        _cache.Adopt(temporary, final);
    }

    private (WorkCount Groups, WorkCount Packs) MakeZeroPacks(Manifest mom)
    {
        var writer = new PackWriter(_source!, _cache, _rules);
        var plans = mom.Records.OrderBy(r => r.Name).Select(r => (Row: r, File: _published.Pack(r.Version, r.Name.ToString(), 0)))
            .Where(p => !File.Exists(p.File))
            .Select(p => (p.File, Plan: PackPlan.Zero(_published.Read(p.Row.Version, p.Row.Name.ToString()))))
            .Where(p => !p.Plan.IsEmpty).Select(p => (p.File, p.Plan, Groups: writer.Groups(p.Plan))).ToList();
        var groups = plans.SelectMany(p => p.Groups).DistinctBy(g => g.Key).ToList();
        var missing = groups.Where(g => !writer.IsPrepared(g)).OrderByDescending(g => g.Bytes).ToList();
        var anew = missing.Select(g => g.Key).ToHashSet();
        MakeAll(missing, g => g.Bytes, writer.Prepare);
        Parallel.ForEach(plans, Parallelism, p => writer.WriteZeroPack(p.File, p.Groups));
        foreach (var plan in plans)
            Explain($"pack {plan.Plan.Bundle} from 0: {plan.Plan.Staged.Count} files in {plan.Groups.Count} groups, "
                + $"{plan.Groups.Count(g => anew.Contains(g.Key))} of them compressed anew");
        return (new WorkCount(missing.Count, groups.Count - missing.Count, 0),
            new WorkCount(plans.Count, mom.Records.Count - plans.Count, plans.Sum(p => new FileInfo(p.File).Length)));
    }

    /// <summary>Works in parallel, and keeps what is done from time to time: a run that is killed loses no more than that.</summary>
    private void MakeAll<T>(IEnumerable<T> items, Func<T, long> sizeOf, Action<T> make)
    {
        const long keepBytes = 256 << 20;
        var batch = new List<T>();
        long bytes = 0;
        foreach (var item in items)
        {
            batch.Add(item);
            bytes += sizeOf(item);
            if (bytes < keepBytes) continue;
            Make();
        }

        Make();

        void Make()
        {
            // Handed out one by one: they come largest first, and sizes differ by orders of magnitude.
            Parallel.ForEach(Partitioner.Create(batch, loadBalance: true), Parallelism, make);
            _cache.Commit();
            batch.Clear();
            bytes = 0;
        }
    }
}
