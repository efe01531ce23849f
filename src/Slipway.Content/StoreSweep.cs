namespace Slipway.Content;

/// <summary>What one part of the system needs of the store.</summary>
/// <param name="Name">For people: snapshots, releases, builds.</param>
/// <param name="Digests">Read when asked for. An exception means that it is not known, and nothing is removed.</param>
public sealed record StoreRoots(string Name, Func<IEnumerable<Digest>> Digests);

/// <summary>The content that one root needs, as files and bytes; what several need counts for the first of them.</summary>
public sealed record StoreShare(string Name, long Files, long Bytes);

/// <summary>What a sweep removed, or would remove.</summary>
/// <param name="Files">Contents that nothing needs and that are older than the grace.</param>
/// <param name="Young">Contents that nothing needs yet: uploads and results whose record may be about to be written.</param>
public sealed record SweepReport(IReadOnlyList<Digest> Files, long Bytes, StoreShare Young);

/// <summary>Removes from the store what no root needs. Nothing else deletes there. It may be killed at any moment, and others may add meanwhile.</summary>
/// <param name="grace">How long content may be in the store, or be asked for, before anything says that it needs it.</param>
public sealed class StoreSweep(ContentStore store, TimeProvider clock, TimeSpan grace)
{
    // On its way out, and still to be had back.
    private string Leaving => Path.Combine(store.Root, "leaving");

    /// <param name="dryRun">Says what would go and touches nothing.</param>
    public SweepReport Run(IReadOnlyList<StoreRoots> roots, bool dryRun, CancellationToken cancellation)
    {
        // The age is measured from before the roots are read: what is added while they are read is young.
        var limit = clock.GetUtcNow().UtcDateTime - grace;
        if (!dryRun) TakeBack();
        var needed = roots.SelectMany(root => root.Digests()).ToHashSet();
        var removed = new List<Digest>();
        long bytes = 0, youngFiles = 0, youngBytes = 0;
        foreach (var (digest, file) in Contents())
        {
            cancellation.ThrowIfCancellationRequested();
            if (needed.Contains(digest)) continue;
            if (file.LastWriteTimeUtc > limit || (!dryRun && !Remove(digest, limit)))
            {
                youngFiles++;
                youngBytes += file.Length;
                continue;
            }
            removed.Add(digest);
            bytes += file.Length;
        }
        if (!dryRun) RemoveAbandoned(limit);
        return new(removed, bytes, new("in grace", youngFiles, youngBytes));
    }

    /// <summary>Who needs how much; the last share is what nothing needs.</summary>
    public IReadOnlyList<StoreShare> Shares(IReadOnlyList<StoreRoots> roots)
    {
        var sizes = Contents().ToDictionary(content => content.Digest, content => content.File.Length);
        var shares = new List<StoreShare>();
        foreach (var root in roots)
        {
            long files = 0, bytes = 0;
            foreach (var digest in root.Digests())
            {
                if (!sizes.Remove(digest, out var size)) continue;
                files++;
                bytes += size;
            }
            shares.Add(new(root.Name, files, bytes));
        }
        shares.Add(new("needed by nothing", sizes.Count, sizes.Values.Sum()));
        return shares;
    }

    private IEnumerable<(Digest Digest, FileInfo File)> Contents()
    {
        if (!Directory.Exists(store.Root)) yield break;
        foreach (var shelf in Directory.EnumerateDirectories(store.Root).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(shelf).Length != 2) continue;
            foreach (var file in new DirectoryInfo(shelf).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
                if (Digest.TryParse(file.Name, out var digest)) yield return (digest, file);
        }
    }

    /// <summary>Out of everybody's sight first, and only then judged: whoever touched it before sees that it is gone, or its touch is seen here.</summary>
    private bool Remove(Digest digest, DateTime limit)
    {
        var place = store.PathOf(digest);
        var leaving = Path.Combine(Leaving, digest.ToString());
        Directory.CreateDirectory(Leaving);
        File.Move(place, leaving, overwrite: true);
        if (File.GetLastWriteTimeUtc(leaving) <= limit)
        {
            File.Delete(leaving);
            return true;
        }
        File.Move(leaving, place, overwrite: true);
        return false;
    }

    // A sweep died between moving away and judging.
    private void TakeBack()
    {
        if (!Directory.Exists(Leaving)) return;
        foreach (var file in Directory.GetFiles(Leaving))
        {
            var place = store.PathOf(Digest.Parse(Path.GetFileName(file)));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(file, place, overwrite: true);
        }
    }

    // Of writers that died; a living one writes without pause.
    private void RemoveAbandoned(DateTime limit)
    {
        var incoming = Path.Combine(store.Root, "incoming");
        if (!Directory.Exists(incoming)) return;
        foreach (var file in Directory.GetFiles(incoming))
            if (File.GetLastWriteTimeUtc(file) <= limit) File.Delete(file);
    }
}
