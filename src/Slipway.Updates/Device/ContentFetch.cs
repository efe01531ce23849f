using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>What one fetch works with.</summary>
internal sealed record FetchContext(
    PublishedContent Content,
    DeviceState State,
    Staging Staging,
    DamagePolicy Damage,
    DeviceFigures Figures,
    int Jobs,
    Action<DeviceProgress>? Progress);

/// <summary>Brings content into the staging area in the order packs, deltas, fullfiles; each once, each verified (format 2.4).</summary>
internal sealed class ContentFetch(FetchContext context)
{
    /// <summary>Stages every record, or throws and leaves the root as it was.</summary>
    /// <param name="needed">What is to be written.</param>
    /// <param name="packs">The packs worth asking for.</param>
    /// <param name="deltas">Applies deltas that came with packs.</param>
    /// <param name="target">The release; bounds what is taken.</param>
    /// <param name="cancel">Ends the operation.</param>
    public async Task FillAsync(IReadOnlyList<ManifestRecord> needed, IReadOnlyList<PackName> packs, DeltaUse deltas, Release target, CancellationToken cancel)
    {
        var byHash = new Dictionary<SwupdHash, ManifestRecord>();
        foreach (var record in needed)
        {
            byHash.TryAdd(record.Hash, record);
        }
        context.Staging.Adopt(byHash.Keys.ToHashSet());
        await FetchPacksAsync(packs, byHash, target, cancel);
        await deltas.ApplyAsync(byHash, cancel);
        await FetchFullfilesAsync([.. byHash.Values.Where(record => !context.Staging.Has(record.Hash))], LimitsFor(target), cancel);
    }

    private async Task FetchPacksAsync(IReadOnlyList<PackName> packs, Dictionary<SwupdHash, ManifestRecord> needed, Release target, CancellationToken cancel)
    {
        var done = 0;
        await Parallel.ForEachAsync(packs, Options(cancel), async (pack, token) =>
        {
            var marker = context.State.PackMarker(pack.Bundle, pack.From, pack.To);
            var worth = target.Bundles[pack.Bundle].Records.Any(record => needed.ContainsKey(record.Hash) && !context.Staging.Has(record.Hash));
            if (worth && !File.Exists(marker))
            {
                await FetchPackAsync(pack, needed, LimitsFor(target), marker, token);
            }
            context.Progress?.Invoke(new DeviceProgress("packs", Interlocked.Increment(ref done), packs.Count));
        });
    }

    private async Task FetchPackAsync(PackName pack, Dictionary<SwupdHash, ManifestRecord> needed, TarLimits limits, string marker, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var file = await context.Content.FetchAsync(pack.Path, context.State.Downloads, limits.MaxTotalBytes, cancel);
            if (file is null)
            {
                return;
            }
            try
            {
                TakeApart(file, needed, limits);
                file.Discard();
                await File.WriteAllBytesAsync(marker, [], cancel);
                context.Figures.AddPack();
                return;
            }
            catch (InvalidContentException error)
            {
                file.Discard();
                if (attempt == 2)
                {
                    context.Damage.Meet(file.Url, error.Why);
                    return;
                }
            }
        }
    }

    private void TakeApart(FetchedFile file, Dictionary<SwupdHash, ManifestRecord> needed, TarLimits limits)
    {
        using var packed = file.Open();
        PackedTar.Read(file.Url, packed, limits, tar =>
        {
            while (tar.Next() is { } entry)
            {
                TakeMember(file.Url, entry, tar.Content, needed);
            }
            return 0;
        });
    }

    private void TakeMember(string url, TarEntry entry, Stream content, Dictionary<SwupdHash, ManifestRecord> needed)
    {
        var name = entry.Name.Relative;
        if (name.StartsWith("staged/"u8) && SwupdHash.TryParse(name.Span["staged/".Length..], out var hash))
        {
            // Every member is checked, needed or not: a pack with one wrong byte is not to be trusted for the others.
            if (!needed.ContainsKey(hash) || context.Staging.Has(hash) ? !HasHash(hash, entry, content) : !context.Staging.Add(hash, entry, content))
            {
                throw new InvalidContentException(url, $"member {name}", $"the hash of member {name} is another one");
            }
        }
        else if (name.StartsWith("delta/"u8) && DeltaName.Parse(name.Name.ToString()) is { } delta && entry.Type == NodeType.Regular)
        {
            KeepDelta(delta, content, needed);
        }
        else if (entry.Type != NodeType.Directory || name.ToString() is not ("delta" or "staged" or ""))
        {
            throw new InvalidContentException(url, $"member {name}", $"a pack has no place for the member {name}");
        }
    }

    private void KeepDelta(DeltaName delta, Stream content, Dictionary<SwupdHash, ManifestRecord> needed)
    {
        if (!needed.ContainsKey(delta.To) || context.Staging.Has(delta.To))
        {
            return;
        }
        using var kept = new FileStream(Path.Combine(context.State.Deltas, delta.ToString()), FileMode.Create, FileAccess.Write);
        content.CopyTo(kept);
    }

    private static bool HasHash(SwupdHash expected, TarEntry entry, Stream content) => expected == entry.Type switch
    {
        NodeType.Regular => SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, entry.Size, content),
        NodeType.Directory => SwupdHash.OfDirectory((uint)entry.Mode, entry.Uid, entry.Gid),
        NodeType.Symlink => SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span),
        _ => SwupdHash.Zero,
    };

    private async Task FetchFullfilesAsync(IReadOnlyList<ManifestRecord> records, TarLimits limits, CancellationToken cancel)
    {
        var done = 0;
        await Parallel.ForEachAsync(records, Options(cancel), async (record, token) =>
        {
            await FetchFullfileAsync(record, limits, token);
            context.Figures.AddFullfile();
            context.Progress?.Invoke(new DeviceProgress("files", Interlocked.Increment(ref done), records.Count));
        });
    }

    private async Task FetchFullfileAsync(ManifestRecord record, TarLimits limits, CancellationToken cancel)
    {
        var path = $"{record.Version}/files/{record.Hash}.tar";
        for (var attempt = 1; ; attempt++)
        {
            var file = await context.Content.FetchAsync(path, context.State.Downloads, limits.MaxTotalBytes, cancel)
                ?? throw new SlipwayException($"file {context.Content.UrlOf(path)}", $"it is not there, and {record.Name} needs it", "publish the version again")
                {
                    Kind = FailureKind.Unreachable,
                };
            try
            {
                using var packed = file.Open();
                PackedTar.Read(file.Url, packed, limits, tar => TakeOnly(file.Url, tar, record));
                return;
            }
            catch (InvalidContentException error) when (attempt == 2)
            {
                throw new InvalidContentException(file.Url, "", $"{error.Why} (it holds {record.Name})", error);
            }
            catch (InvalidContentException)
            {
                // It may have been damaged on its way: once more.
            }
            finally
            {
                file.Discard();
            }
        }
    }

    private int TakeOnly(string url, TarReader tar, ManifestRecord record)
    {
        var entry = tar.Next();
        if (entry is null || entry.Name.Relative.ToString() != record.Hash.ToString())
        {
            throw new InvalidContentException(url, "", "its member is not named as its file");
        }
        if (!context.Staging.Add(record.Hash, entry, tar.Content))
        {
            throw new InvalidContentException(url, "", "its content has another hash");
        }
        return tar.Next() is null ? 0 : throw new InvalidContentException(url, "", "it has more than one member");
    }

    /// <summary>Nothing in a release can be larger than what its signed manifests announce, tar's own blocks allowed for.</summary>
    private static TarLimits LimitsFor(Release target)
    {
        const long PerMember = 2048, Slack = 1 << 20;
        var largest = target.Bundles.Values.Select(bundle => (long)bundle.ContentSize + PerMember * bundle.FileCount).DefaultIfEmpty(0).Sum();
        // Format 25 does not write sizes above two thousand million.
        var bytes = target.Mom.Format <= 25 ? Math.Max(largest, 64L << 30) : largest + Slack;
        return new TarLimits { MaxEntryBytes = bytes, MaxTotalBytes = bytes };
    }

    private ParallelOptions Options(CancellationToken cancel) => new() { MaxDegreeOfParallelism = context.Jobs, CancellationToken = cancel };
}

/// <summary>A pack: what a bundle needs to come from one version of it to another.</summary>
internal sealed record PackName(string Bundle, uint From, uint To)
{
    public string Path => $"{To}/pack-{Bundle}-from-{From}.tar";

    /// <summary>The packs that lead from one release to another.</summary>
    public static IReadOnlyList<PackName> Between(Release? old, Release target) =>
    [
        .. from bundle in target.Bundles.Values
           let before = old?.Bundles.GetValueOrDefault(bundle.Name)?.Version ?? 0
           where before < bundle.Version
           orderby bundle.Name
           select new PackName(bundle.Name, before, bundle.Version),
    ];
}
