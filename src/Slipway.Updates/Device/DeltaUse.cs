using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>The name of a file delta: 10-20-FROM-TO; the numbers mean nothing (format 1.9).</summary>
internal sealed record DeltaName(SwupdHash From, SwupdHash To)
{
    public static DeltaName? Parse(string name)
    {
        var parts = name.Split('-');
        return parts.Length is 2 or 4 && SwupdHash.TryParse(parts[^2], out var from) && SwupdHash.TryParse(parts[^1], out var to)
            ? new DeltaName(from, to)
            : null;
    }

    public override string ToString() => $"10-20-{From}-{To}";
}

/// <summary>Makes new files from old ones of the root and the deltas that came with packs.</summary>
internal sealed class DeltaUse(RootedTree root, FileSet old, FetchContext context)
{
    private readonly Lazy<Dictionary<SwupdHash, BytePath>> _byHash = new(() =>
    {
        var paths = new Dictionary<SwupdHash, BytePath>();
        foreach (var record in old.Present.Where(record => record.Type == RecordType.File))
        {
            paths.TryAdd(record.Hash, record.Name);
        }
        return paths;
    });

    public async Task ApplyAsync(Dictionary<SwupdHash, ManifestRecord> needed, CancellationToken cancel)
    {
        var names = Directory.EnumerateFiles(context.State.Deltas).Select(file => DeltaName.Parse(Path.GetFileName(file))).OfType<DeltaName>()
            .Where(name => needed.ContainsKey(name.To) && !context.Staging.Has(name.To))
            .GroupBy(name => name.To).ToList();
        var done = 0;
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = context.Jobs, CancellationToken = cancel }, (sameResult, _) =>
        {
            foreach (var name in sameResult.TakeWhile(name => !context.Staging.Has(name.To)))
            {
                Apply(name);
            }
            context.Progress?.Invoke(new DeviceProgress("deltas", Interlocked.Increment(ref done), names.Count));
            return ValueTask.CompletedTask;
        });
    }

    private void Apply(DeltaName name)
    {
        // A file that its owner changed is no base for a delta: its fullfile follows.
        if (!_byHash.Value.TryGetValue(name.From, out var path) || root.Stat(path) is not { Type: NodeType.Regular } stat || NodeHash.Of(root, path, stat) != name.From)
        {
            return;
        }
        var file = Path.Combine(context.State.Deltas, name.ToString());
        try
        {
            using var made = new FileStream(Path.Combine(Path.GetDirectoryName(context.State.Deltas)!, "temp", name.To.ToString()), new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
            });
            using var before = root.OpenRead(path);
            var header = DeltaDecoder.Apply(File.ReadAllBytes(file), before, made, $"delta/{name}");
            if (header.TakeFullFile)
            {
                return;
            }
            made.Position = 0;
            if (!context.Staging.AddFile(name.To, header.Mode, header.Uid, header.Gid, made.Length, made))
            {
                context.Damage.Meet($"delta/{name} of a pack", $"it does not make the new {path}");
                return;
            }
            context.Figures.AddDelta();
        }
        catch (InvalidContentException error)
        {
            context.Damage.Meet($"delta/{name} of a pack", error.Why);
        }
    }
}
